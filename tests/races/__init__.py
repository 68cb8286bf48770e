"""Pairs of acts that two services decide about one person or line, raced over a real stack (`make races`)."""
