"""The HTTP API of review-svc for screens, for operators and for the center."""
