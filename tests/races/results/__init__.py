"""The final state of a race (two commands at the same time), read from all stores, and the checks of this state."""
