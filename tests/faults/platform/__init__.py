"""All six services, for scenarios of the fault rig in which rosters pass all six stages."""
