"""All SQL statements of member-svc, one module for each noun. Most statements handle many rows at once."""
