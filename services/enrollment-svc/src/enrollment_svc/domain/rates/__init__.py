"""The rules of money, rates, cover and windows."""
