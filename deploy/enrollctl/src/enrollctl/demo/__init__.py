"""The main job, walked by the HTTP calls that a screen would make."""
