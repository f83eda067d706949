"""Beurer BM58 and BM65 cuffs on their USB cable: every kept measurement is fetched, and again after each new one.

The cuff says neither that it measured nor which record is new, and a full memory keeps its count. So all records are
read when the cable is plugged and every few minutes; the edge's disk drops those it had. Nothing is deleted on the cuff.
"""

from __future__ import annotations

import enum

from devices.clock import SECOND
from devices.drivers.base import Entry, Needs, Rejections, SerialSettings, Signature, Write
from devices.errors import DecodeError
from devices.measurement import Reading
from devices.serial import beurer
from devices.serial.beurer import Here, NoRecord, Parser, Readings, Record

SIGNATURE = Signature("beurer-bm58", "serial")

PATIENCE = 3 * SECOND
"Microseconds without the answer that was asked for, after which it is asked again; nine bytes take 19 ms."

ATTEMPTS = 3
"Times one thing is asked before the round is given up; the next round begins with a hello."

ROUND = 120 * SECOND
"Microseconds between two rounds: a measurement that was just taken is known this much later at the most."


class Phase(enum.Enum):
    """What the cuff was asked last."""

    RESTING = enum.auto()
    HELLO = enum.auto()
    COUNT = enum.auto()
    RECORD = enum.auto()


class Beurer:
    """Asks; the shell's ticks are its clock."""

    def __init__(self, sensor: str) -> None:
        self.needs = Needs(serial=SerialSettings(beurer.BAUDRATE), interval=ROUND / SECOND, continuous=False)
        self._readings = Readings(sensor)
        self._parser = Parser()
        self._rejections = Rejections()
        self._phase = Phase.RESTING
        self._asked = 0
        self._attempts = 0
        self._index = self._count = 0
        self._next: Write | None = None
        "Due because of what was just received."

    @property
    def rejected(self) -> int:
        """Answers that could not be, and questions that got none."""
        return self._rejections.count + self._parser.rejected

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self._rejections.last or ("record with an impossible date" if self._parser.rejected else "")

    def start(self, now: int) -> list[Write]:
        """Return the first question."""
        self._parser.clear()
        return self._ask(Phase.HELLO, now)

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what these bytes say, and note the next question."""
        readings: list[Reading] = []
        self._asked = now
        if self._phase is Phase.COUNT and data:
            # A count is a bare number and may look like any answer; it is the one byte that was asked for.
            self._count, data = data[0], data[1:]
            self._go_on(Phase.RECORD if self._count else Phase.RESTING, 1)
        for message in self._parser.feed(data):
            readings += self._readings.take([message], now)
            self._answered(message)
        return readings

    def confirm(self) -> list[Write]:
        """Return the next question: the record before it is on disk."""
        return self._due()

    def poll(self, now: int) -> list[Write]:
        """Return the next question, or the last one again when it got no answer."""
        due = self._due()
        if due:
            self._asked = now
            return due
        # abs: the clock may have been set back since.
        waited = abs(now - self._asked)
        if self._phase is Phase.RESTING:
            return self._ask(Phase.HELLO, now) if waited >= ROUND else []
        if waited < PATIENCE:
            return []
        self._parser.clear()
        self._rejections.add(DecodeError(f"cuff gave no answer to {self._phase.name.lower()}"))
        self._attempts += 1
        if self._attempts >= ATTEMPTS:
            self._go_on(Phase.RESTING, 0)
            self._asked = now
            return []
        self._asked = now
        return [self._question()]

    def _answered(self, message: Here | NoRecord | Record) -> None:
        match self._phase, message:
            case Phase.HELLO, Here():
                self._go_on(Phase.COUNT, 0)
            case Phase.RECORD, Record() if self._index < self._count:
                self._go_on(Phase.RECORD, self._index + 1)
            case Phase.RECORD, Record() | NoRecord():
                self._go_on(Phase.RESTING, 0)
            case _:
                self._rejections.add(DecodeError(f"cuff said {type(message).__name__} unasked"))

    def _go_on(self, phase: Phase, index: int) -> None:
        self._phase, self._index, self._attempts = phase, index, 0
        self._next = None if phase is Phase.RESTING else self._question()

    def _ask(self, phase: Phase, now: int) -> list[Write]:
        self._go_on(phase, 0)
        self._asked = now
        return self._due()

    def _due(self) -> list[Write]:
        due, self._next = self._next, None
        return [] if due is None else [due]

    def _question(self) -> Write:
        match self._phase:
            case Phase.COUNT:
                return Write(beurer.COUNT)
            case Phase.RECORD:
                return Write(beurer.ask(self._index))
            case _:
                return Write(beurer.HELLO)


ENTRIES = (Entry(SIGNATURE, Beurer),)
