"""Acts that race, by what they are about."""
