"""Pairs of commands that two services decide about one person or line, raced on a real stack (`make races`)."""
