"""Virtual sensors that answer with real bytes, and load through the real wire codec."""
