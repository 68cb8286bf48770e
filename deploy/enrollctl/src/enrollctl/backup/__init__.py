"""Makes backups of all data at one point in time. Restores, rebuilds and exchanges databases."""
