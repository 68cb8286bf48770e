"""Plans, rates, windows, and what a submission would cost."""
