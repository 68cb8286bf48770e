"""Plans, starts, supervises, stops and shows a local stack."""
