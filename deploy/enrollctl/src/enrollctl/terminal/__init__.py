"""Output for the operator: tables, progress, and sentences for failures."""
