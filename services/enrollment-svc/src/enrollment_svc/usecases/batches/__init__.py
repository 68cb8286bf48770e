"""Use cases of submitted lines: decisions, withdrawals, flags, payments."""
