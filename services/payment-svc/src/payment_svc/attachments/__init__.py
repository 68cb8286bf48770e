"""Attachments of vouchers: a child process opens them to check them, then they are stored sealed."""
