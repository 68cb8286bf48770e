"""Which tests prove which rows of the feature table."""
