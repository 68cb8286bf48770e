"""Every SQL statement of the service, by noun."""
