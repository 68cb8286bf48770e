"""Attachments of vouchers. A child process opens each one to check it. Then it is stored sealed."""
