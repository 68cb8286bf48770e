"""All six services, for scenarios in which rosters pass all six stages."""
