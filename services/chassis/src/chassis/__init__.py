"""The library that all services use. Other code imports a package's `__init__`, never a module inside it."""
