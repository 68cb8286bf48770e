"""Calls the services' /ops routes over HTTP, and issues the tokens for these calls."""
