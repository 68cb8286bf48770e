"""The demo: walks a roster through the six stages with the HTTP calls that a screen would make."""
