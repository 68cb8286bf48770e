"""The background jobs: the calls to the protection center, and the folding of line sums."""
