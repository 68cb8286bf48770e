"""The HTTP API of enrollment-svc for screens and for operators."""
