"""What every service stands on. Each package exports in its `__init__` what others may import."""
