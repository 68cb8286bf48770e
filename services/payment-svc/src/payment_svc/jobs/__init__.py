"""The background jobs: calls to the protection center, and reminders to districts."""
