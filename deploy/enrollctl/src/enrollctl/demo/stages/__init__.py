"""The six stages, as HTTP calls of the unions' accounts."""
