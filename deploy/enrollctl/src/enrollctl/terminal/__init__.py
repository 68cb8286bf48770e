"""What an operator reads while a command runs and when it fails."""
