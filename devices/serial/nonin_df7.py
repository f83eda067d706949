"""Nonin serial data format 7: as format 2, with 16 bits of pleth and no start byte (sheet 04 part 1.2).

    STATUS | PLETH high | PLETH low | VALUE | CHK      9600 baud, 8N1; CHK is the sum of the four before it

What VALUE means, what the bits of STATUS are and how 25 frames make a packet is format 2's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devices.serial import nonin_df2
from devices.serial.nonin_df2 import SIZE, Status
from devices.serial.timing import ABOUT_A_SECOND

BAUDRATE = nonin_df2.BAUDRATE
RATE = nonin_df2.RATE
"Frames, and so pleth samples, per second."
PACKET = nonin_df2.PACKET
"Frames in a packet."
MIDDLE = 0x8000
"Half of the pleth's range: taken off, so that it fits signed 16 bits."


@dataclass(frozen=True, slots=True)
class Frame(nonin_df2.Frame):
    """One frame; its pleth is 0 to 65535."""

    def __bytes__(self) -> bytes:
        head = bytes([self.status | Status.ALWAYS, *self.pleth.to_bytes(2, "big"), self.value])
        return head + bytes([sum(head) & 0xFF])


class Parser(nonin_df2.Parser):
    """Finds frames in a stream of bytes, whatever the chunks."""

    __slots__ = ()

    # Without a start byte a frame is found by chance at one of 512 places; three in a row at one of 10^8.
    IN_A_ROW = 3

    def good(self, data: bytearray, at: int) -> bool:
        """Tell whether the bytes at a place look like a frame."""
        return bool(data[at] & Status.ALWAYS) and sum(data[at : at + SIZE - 1]) & 0xFF == data[at + SIZE - 1]

    def build(self, data: bytearray, at: int, place: int) -> Frame:
        """Return the frame at a place."""
        return Frame(Status(data[at]), int.from_bytes(data[at + 1 : at + 3], "big"), data[at + 3], place)

    def _in_step(self, data: bytearray, at: int) -> bool:
        # A flat curve gives sums that also fit one byte beside the frames, but no SYNC once a packet there.
        return self._since_sync < PACKET and super()._in_step(data, at)

    def status(self, data: bytearray, at: int) -> int:
        """Return the STATUS byte of the frame at a place."""
        return data[at]


class Readings(nonin_df2.Readings):
    """Turns frames into readings, for one sensor."""

    def __init__(self, sensor: str, *, every: int = ABOUT_A_SECOND) -> None:
        """Start with nothing known; arguments as format 2's."""
        super().__init__(sensor, every=every, middle=MIDDLE)


def packet(
    *,
    pulse_rate: int | None,
    spo2: int | None,
    pleth: Sequence[int],
    status: Status = Status.ALWAYS,
    low_battery: bool = False,
) -> list[Frame]:
    """Return the 25 frames of one packet, as a sensor sends them; pleth samples 0 to 65535."""
    frames = nonin_df2.packet(
        pulse_rate=pulse_rate, spo2=spo2, pleth=pleth, status=status, low_battery=low_battery
    )
    return [Frame(frame.status, frame.pleth, frame.value, frame.place) for frame in frames]
