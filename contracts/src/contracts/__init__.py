"""The events that services exchange. A downstream system needs no other package of ours."""
