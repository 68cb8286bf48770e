"""Stands in for the city registries and the protection center."""
