"""Nonin oximeters in data format 2: pulse, saturation and the curve, all the time."""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, SerialSettings, Signature, Write
from devices.drivers.stream import StreamDriver
from devices.serial import nonin_df2
from devices.serial.nonin_df2 import Frame

SIGNATURE = Signature("nonin-df2", "serial")

SELECT = bytes([0x02, 0x70, 0x02, 0x02, 0x02, 0x03])
"Asks for this format; sensors leave the factory with others, and keep the choice (sheet 04 part 1)."


class NoninDf2(StreamDriver[Frame]):
    """Asks for the format and listens."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            Needs(serial=SerialSettings(nonin_df2.BAUDRATE), interval=nonin_df2.PACKET / nonin_df2.RATE),
            nonin_df2.Parser(),
            nonin_df2.Readings(sensor),
        )

    def start(self, now: int) -> list[Write]:
        """Return the command that selects the format."""
        return [Write(SELECT)]


ENTRIES = (Entry(SIGNATURE, NoninDf2),)
