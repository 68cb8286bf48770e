"""The SQL statements of the service, by noun."""
