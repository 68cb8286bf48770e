"""Sends pairs of commands about one person or batch line at the same time, on a real stack (`make races`)."""
