"""From a transport's bytes to readings: one driver per protocol, found by signature."""
