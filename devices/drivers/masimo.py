"""Masimo bedside oximeters that print a line a second (ASCII-1)."""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, SerialSettings, Signature
from devices.drivers.stream import StreamDriver
from devices.serial import masimo
from devices.serial.masimo import Line

SIGNATURE = Signature("masimo", "serial")


class Masimo(StreamDriver[Line]):
    """Listens."""

    def __init__(self, sensor: str) -> None:
        self._lines = masimo.Parser()
        super().__init__(
            Needs(serial=SerialSettings(masimo.BAUDRATE), interval=1.0), self._lines, masimo.Readings(sensor)
        )

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self._lines.last_error


ENTRIES = (Entry(SIGNATURE, Masimo),)
