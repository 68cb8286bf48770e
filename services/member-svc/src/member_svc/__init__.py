"""Stage 1: roster import."""
