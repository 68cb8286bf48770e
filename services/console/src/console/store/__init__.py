"""The SQL statements of the console."""
