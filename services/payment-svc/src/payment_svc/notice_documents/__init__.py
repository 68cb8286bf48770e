"""The notice document 参保告知书 (F061): its content and its PDF page."""
