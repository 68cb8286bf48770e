"""Plans, rates, windows, and the simulated cost of a submission."""
