"""People before their submission: lists, statuses, reasons, confirmations."""
