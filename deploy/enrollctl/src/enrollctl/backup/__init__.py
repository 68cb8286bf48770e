"""Makes backups of one point in time; restores, rebuilds and exchanges databases."""
