"""Topics and consumer groups on the broker, as an administrator reads and makes them."""
