"""Reads what an evidence pack contains from the databases and topics of a stack."""
