"""The results of a demo run: read from the stores, checked, printed."""
