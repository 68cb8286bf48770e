"""The background jobs: check an import, apply a confirmed import, publish a moved unit."""
