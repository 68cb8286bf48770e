"""What travels between services. A downstream system installs this package and nothing else of ours."""
