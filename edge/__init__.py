"""The room's agent: reads sensors, keeps readings on disk, sends them, takes calls."""
