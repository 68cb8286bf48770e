"""HTTP for screens, operators and the center."""
