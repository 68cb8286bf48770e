"""The rules of stage 6: the money owed, the last day to pay, and how a payment fills submissions. No I/O, no clock."""
