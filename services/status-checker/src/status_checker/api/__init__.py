"""The HTTP routes of status-checker."""
