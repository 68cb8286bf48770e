"""The protection center: submissions, vouchers, its decisions and its callbacks."""
