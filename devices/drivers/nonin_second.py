"""Nonin oximeters in data formats 1 and 8: pulse and saturation once a second, no curve."""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, SerialSettings, Signature, Write
from devices.drivers.stream import StreamDriver
from devices.serial import nonin_second
from devices.serial.nonin_second import Frame1, Frame8

SIGNATURE_1 = Signature("nonin-df1", "serial")
SIGNATURE_8 = Signature("nonin-df8", "serial")

SELECT_8 = bytes([0x02, 0x70, 0x02, 0x02, 0x08, 0x03])
"Asks for format 8 (sheet 04 part 1). Format 1 has no such command: it is what OEM III modules leave the factory with."

_NEEDS = Needs(serial=SerialSettings(nonin_second.BAUDRATE), interval=1 / nonin_second.RATE)


class NoninDf1(StreamDriver[Frame1]):
    """Listens."""

    def __init__(self, sensor: str) -> None:
        super().__init__(_NEEDS, nonin_second.Parser1(), nonin_second.Readings(sensor))


class NoninDf8(StreamDriver[Frame8]):
    """Asks for the format and listens."""

    def __init__(self, sensor: str) -> None:
        super().__init__(_NEEDS, nonin_second.Parser8(), nonin_second.Readings(sensor))

    def start(self, now: int) -> list[Write]:
        """Return the command that selects the format."""
        return [Write(SELECT_8)]


ENTRIES = (Entry(SIGNATURE_1, NoninDf1), Entry(SIGNATURE_8, NoninDf8))
