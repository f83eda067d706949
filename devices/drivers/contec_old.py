"""Contec CMS50D+ of the first generation: speaks all the time, needs no command."""

from __future__ import annotations

from devices.drivers.base import Entry, Needs, SerialSettings, Signature
from devices.drivers.stream import StreamDriver
from devices.serial import contec_old
from devices.serial.contec_old import Frame

SIGNATURE = Signature("contec-old", "serial")


class ContecOld(StreamDriver[Frame]):
    """Listens."""

    def __init__(self, sensor: str) -> None:
        # No XON/XOFF: live frames may hold those two bytes; the sensor wants it only for its memory.
        line = SerialSettings(contec_old.BAUDRATE, parity=contec_old.PARITY)
        super().__init__(Needs(serial=line), contec_old.Parser(), contec_old.Readings(sensor))


ENTRIES = (Entry(SIGNATURE, ContecOld),)
