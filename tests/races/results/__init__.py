"""What a race ended in, and what no rule allows."""
