"""The library that all services use. Code outside a package such as `chassis.web` imports the package, never a module
inside it.
"""
