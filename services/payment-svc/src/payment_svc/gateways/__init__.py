"""The protection center: the interface `Center`, its HTTP client, and a center in memory for tests."""
