"""All SQL statements of member-svc, set-based, one module for each noun."""
