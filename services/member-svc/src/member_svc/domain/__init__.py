"""The rules of stage 1, by noun: no database, no network, no clock."""
