"""Use cases of the working calendar, and due times."""
