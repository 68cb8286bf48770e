"""The SQL statements of payment-svc, one module for each noun."""
