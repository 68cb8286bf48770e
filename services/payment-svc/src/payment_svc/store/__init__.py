"""Every SQL statement of the service: dues, vouchers, figures."""
