"""Records which tests prove which rows of docs/requirements.tsv."""
