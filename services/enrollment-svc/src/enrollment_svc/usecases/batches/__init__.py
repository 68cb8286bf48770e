"""What becomes of submitted lines."""
