"""The jobs of status-checker: queries to the registries."""
