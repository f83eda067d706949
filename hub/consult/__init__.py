"""Teleconsultation: the room's state machine and its signalling."""
