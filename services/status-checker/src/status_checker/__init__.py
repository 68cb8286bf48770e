"""Stage 2: status verification against the two city registries."""
