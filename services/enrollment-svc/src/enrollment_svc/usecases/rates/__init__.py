"""Use cases of plans, rates and windows."""
