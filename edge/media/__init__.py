"""What the room's pictures and sound are called and how their bytes are cut: without any library of media."""
