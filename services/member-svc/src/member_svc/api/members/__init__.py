"""Members, their service cards, and batches of cards."""
