"""HTTP of review-svc, for screens, operators and the center."""
