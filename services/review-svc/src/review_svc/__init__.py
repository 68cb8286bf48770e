"""Stage 5: superior review and submission to the protection center."""
