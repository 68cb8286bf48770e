"""The city registries: the port, the HTTP adapter with rate limit and circuit breaker, and a fake for tests."""
