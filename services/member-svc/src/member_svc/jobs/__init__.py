"""What runs in the background: an import's check, its confirmation, the move of a unit."""
