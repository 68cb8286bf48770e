"""The stages and steps of a union's year."""
