"""Plans, rates and windows are set."""
