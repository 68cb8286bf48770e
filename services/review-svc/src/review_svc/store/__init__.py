"""The SQL statements of review-svc, one module for each noun."""
