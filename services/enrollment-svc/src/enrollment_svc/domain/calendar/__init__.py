"""The rules of the working calendar."""
