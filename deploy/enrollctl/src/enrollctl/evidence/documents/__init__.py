"""The documents of an evidence pack: the fields of their rows, and the names of rows in findings (faults of a pack).

A document is `{"about": {…}, "rows": […]}`. Money is integer fen. Instants have the offset +08:00. No row has a name of
a person, a document number, a mobile number, a bank reference or the name of a file (ADR 0019).
"""
