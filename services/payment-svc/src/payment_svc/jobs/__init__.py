"""What runs outside of a request: calls to the protection center, reminders."""
