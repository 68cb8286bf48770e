"""The roster and the registries' answers become candidates; checks and confirmations."""
