"""What was asked, compared with what every store and topic holds."""
