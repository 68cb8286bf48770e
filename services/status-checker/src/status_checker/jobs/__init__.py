"""What runs outside of a transaction: questions to the registries."""
