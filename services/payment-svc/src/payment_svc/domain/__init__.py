"""The rules of stage 6: the money owed, the last day to pay, and which submissions a payment pays. No I/O, no clock."""
