"""参保告知书 (F061): its words, and its page."""
