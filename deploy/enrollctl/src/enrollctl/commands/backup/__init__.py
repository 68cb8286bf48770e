"""Commands that save, restore and rebuild databases, and that manage databases which were set aside."""
