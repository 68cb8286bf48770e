"""The six stages of the demo, as HTTP calls of made-up accounts of the unions, the center and an operator."""
