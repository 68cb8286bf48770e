"""The evidence pack of a settled batch (ADR 0019): one signed file, which is checked without the stack."""
