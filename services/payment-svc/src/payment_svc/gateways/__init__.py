"""The protection center: the port, the HTTP adapter, and an adapter in memory."""
