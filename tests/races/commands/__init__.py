"""The commands that are sent at the same time, two in each race. There is one module for each kind of data."""
