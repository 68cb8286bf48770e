"""The rules of stage 6: what is owed, until when, and what a payment fills. No I/O, no clock of its own."""
