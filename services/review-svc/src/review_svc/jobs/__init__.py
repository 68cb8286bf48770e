"""The background jobs: the calls to the protection center, and the periodic update of the sums of lines."""
