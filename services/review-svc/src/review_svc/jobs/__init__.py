"""What runs outside of a transaction: calls to the protection center."""
