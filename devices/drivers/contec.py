"""Contec CMS50D+/E/F of the second generation: starts when told, and stops unless told that somebody listens."""

from __future__ import annotations

from devices.clock import SECOND
from devices.drivers.base import Entry, Needs, SerialSettings, Signature, Write
from devices.drivers.stream import StreamDriver
from devices.serial import contec
from devices.serial.contec import Message, Order

SIGNATURE = Signature("contec", "serial")

START = Write(contec.command(Order.START_REAL_TIME))
KEEP_ALIVE = Write(contec.command(Order.KEEP_ALIVE))

KEEP_ALIVE_AFTER = round((contec.KEEP_ALIVE_EVERY - 1) * SECOND)
"Microseconds between two keep-alives: a second early, because the shell asks about once a second."


class Contec(StreamDriver[Message]):
    """Starts the sensor and keeps it awake."""

    def __init__(self, sensor: str) -> None:
        # XON/XOFF as the public drivers open it; every data byte has bit 7, so none is taken for one of them.
        line = SerialSettings(contec.BAUDRATE, xonxoff=True)
        super().__init__(Needs(serial=line), contec.Parser(), contec.Readings(sensor))
        self._spoke = 0

    def start(self, now: int) -> list[Write]:
        """Return the command that starts the real-time stream."""
        self._spoke = now
        return [START]

    def poll(self, now: int) -> list[Write]:
        """Return a keep-alive when one is due; at every call while the time is unknown."""
        # abs: after the clock was set back the last one lies in the future.
        if now and abs(now - self._spoke) < KEEP_ALIVE_AFTER:
            return []
        self._spoke = now
        return [KEEP_ALIVE]


ENTRIES = (Entry(SIGNATURE, Contec),)
