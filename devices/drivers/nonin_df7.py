"""Nonin oximeters in data format 7: as format 2, with a curve of 16 bits."""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, SerialSettings, Signature, Write
from devices.drivers.stream import StreamDriver
from devices.serial import nonin_df2, nonin_df7

SIGNATURE = Signature("nonin-df7", "serial")

SELECT = bytes([0x02, 0x70, 0x02, 0x02, 0x07, 0x03])
"Asks for this format (sheet 04 part 1)."


class NoninDf7(StreamDriver[nonin_df2.Frame]):
    """Asks for the format and listens."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            Needs(serial=SerialSettings(nonin_df7.BAUDRATE), interval=nonin_df7.PACKET / nonin_df7.RATE),
            nonin_df7.Parser(),
            nonin_df7.Readings(sensor),
        )

    def start(self, now: int) -> list[Write]:
        """Return the command that selects the format."""
        return [Write(SELECT)]


ENTRIES = (Entry(SIGNATURE, NoninDf7),)
