"""Stage 1: the union tree, members, and the import of rosters."""
