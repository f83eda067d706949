"""Bluetooth SIG characteristics: one frozen dataclass per message, `parse` and `__bytes__`."""
