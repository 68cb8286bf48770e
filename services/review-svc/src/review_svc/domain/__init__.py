"""Rules of stage 5, by noun. Standard library only."""
