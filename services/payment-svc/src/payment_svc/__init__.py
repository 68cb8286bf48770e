"""Stage 6: what districts owe the protection center, and their payment vouchers."""
