"""The acts of telemedicine: what they are and what may be done to them, without clock, store or interface."""
