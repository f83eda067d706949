"""Rules other than limits: what they are, how a file of them is read, and what they say of measurements. Pure."""
