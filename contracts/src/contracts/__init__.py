"""The events that services exchange. A system that only reads events needs no other package of this repository."""
