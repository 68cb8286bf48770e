"""The commands. A module contains one command, or commands that belong together, such as `backup` and `restore`."""
