"""The rules of stage 5 (review), one module for each noun: no database, no network, no clock."""
