"""Attachments of vouchers. A child process opens each attachment to check it. Then the attachment is stored sealed."""
