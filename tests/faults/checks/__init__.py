"""Checks of a run of the fault rig: its recorded requests are compared with the data in all databases and topics."""
