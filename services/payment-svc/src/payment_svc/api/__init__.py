"""The HTTP API of payment-svc for screens, for operators and for the center."""
