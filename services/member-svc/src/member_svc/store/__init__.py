"""Every SQL statement of member-svc, set-based, by the noun it is about."""
