"""Stage 99: sample."""
