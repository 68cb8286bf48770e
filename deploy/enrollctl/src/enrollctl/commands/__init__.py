"""The commands. A command, or a group of commands with one name, is one module."""
