"""Every SQL statement of the service, one module for each noun."""
