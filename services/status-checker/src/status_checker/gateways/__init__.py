"""The city registries: the port, the adapter with its guard, and one in memory."""
