"""The six stages over HTTP, as the people of the unions walk them."""
