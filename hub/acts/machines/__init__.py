"""One module per act: its states, what happens in them, and who may do it."""
