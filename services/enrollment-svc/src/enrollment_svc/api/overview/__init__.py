"""The progress of a union or a person through all stages, and sums for reconciliation."""
