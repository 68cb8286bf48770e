"""The rules of accounts, sign-in, sessions and token keys."""
