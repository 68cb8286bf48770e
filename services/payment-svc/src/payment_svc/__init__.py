"""Stage 6: payment voucher."""
