"""The rules of stages 3 and 4: no I/O, no clock; the standard library, the trade's words and refusals only."""
