"""The protection center: the port, the adapter, and one in memory."""
