"""The commands. A module holds one command, or commands that belong together, such as `backup` and `restore`."""
