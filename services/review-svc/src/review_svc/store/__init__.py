"""Every statement of review-svc, set-based."""
