"""Attachments of vouchers: opened in a child process, then stored sealed."""
