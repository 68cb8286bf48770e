"""Simulates the city registries and the protection center."""
