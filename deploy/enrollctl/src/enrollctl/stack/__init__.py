"""A local stack: planned, started, supervised, stopped, shown."""
