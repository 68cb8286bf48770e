"""The final state of a race, read from all stores, and its checks."""
