"""The card registry and the employment registry of the city."""
