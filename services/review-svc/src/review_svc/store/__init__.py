"""The SQL statements of review-svc, by noun; each one handles a set of rows."""
