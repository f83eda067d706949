"""Nonin oximeters in data format 13: spot-checks that the sensor keeps until they are taken.

The sensor deletes a record when it is answered, so the answer is given only by `confirm`, after the record is on disk.
A record that was lost on the way to the disk is not answered, and the sensor sends it again.
"""

from __future__ import annotations

from dataclasses import replace

from devices.clock import BUILD_FLOOR
from devices.drivers.base import Entry, Needs, SerialSettings, Signature, Write
from devices.drivers.stream import StreamDriver
from devices.measurement import Reading
from devices.serial import nonin_df13
from devices.serial.nonin_df13 import Record, Status

SIGNATURE = Signature("nonin-df13", "serial")


class NoninDf13(StreamDriver[Record]):
    """Sets the clock, asks for the format, and answers each record that is safe."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            Needs(serial=SerialSettings(nonin_df13.BAUDRATE), interval=60.0, continuous=False),
            nonin_df13.Parser(),
            nonin_df13.Readings(sensor),
        )
        self._waiting: list[Record] = []
        "Received, not yet safe."
        self._empty: list[Record] = []
        "Received without a value."
        self._answered: Record | None = None
        "The last one answered."
        self._ignored = False
        "It came again after its answer, once."

    def start(self, now: int) -> list[Write]:
        """Return the commands that set the sensor's clock to UTC, when we know it, and select the format."""
        self._waiting.clear()
        self._empty.clear()
        self._answered, self._ignored = None, False
        clock = [Write(nonin_df13.set_clock(now))] if now >= BUILD_FLOOR else []
        return [*clock, Write(nonin_df13.SELECT)]

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what these bytes say, and remember which records await their answer."""
        records = self._parser.feed(data)
        readings: list[Reading] = []
        for record in records:
            told = self._meaning.take([record], now)
            readings += told
            self._remember(record, self._waiting if told else self._empty)
        return readings

    def confirm(self) -> list[Write]:
        """Return one answer for each record received since the last call."""
        return self._answer(self._waiting)

    def poll(self, now: int) -> list[Write]:
        """Return the answers to records that hold no value: there is nothing to keep, but others wait behind them."""
        return self._answer(self._empty)

    def _answer(self, records: list[Record]) -> list[Write]:
        answers = [Write(nonin_df13.ACK)] * len(records)
        if records:
            self._answered, self._ignored = records[-1], False
        records.clear()
        return answers

    def _remember(self, record: Record, records: list[Record]) -> None:
        """Note that a record wants an answer, once however often it is sent.

        An answer names no record: one too many deletes the next record before it was ever sent. A record that comes
        again right after its answer may have crossed with it on the line; only if it comes twice was the answer lost.
        """
        # Sent again it may say "from memory", and is the same record.
        record = replace(record, status=record.status & ~Status.FROM_MEMORY)
        if record in records:
            return
        if record == self._answered and not self._ignored:
            self._ignored = True
            return
        records.append(record)


ENTRIES = (Entry(SIGNATURE, NoninDf13),)
