"""The console: accounts, sign-in, sessions, tokens, and the gateway to the services."""
