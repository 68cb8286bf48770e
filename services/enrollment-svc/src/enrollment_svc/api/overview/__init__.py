"""Where a union or a person stands over all stages; sums for reconciliation."""
