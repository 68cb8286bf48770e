"""The folder of a local stack, which is `.local` by default, and its files."""
