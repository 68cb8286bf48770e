"""Use cases of candidates: roster, registries' answers, checks, confirmations and removals."""
