"""The city registries: the interface, the HTTP client with rate limit and circuit breaker, and a fake for tests."""
