"""What a run came to: read back, judged, printed."""
