"""A node's core and the edge's driver, one step after the other on one virtual clock, over a line that does harm."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from devices.measurement import Event, EventKind, Measurement, Reading, SensorStatus, Waveform
from firmware_bridge.driver import NodeDriver
from tests.firmware_bridge.host_board import Board
from tests.firmware_bridge.line import Faults, Line

STEP = 5
"Milliseconds between two looks of the host."

POLL = 500
"The edge's shell asks this often."


@dataclass
class Heard:
    """What the driver handed on."""

    events: list[Event] = field(default_factory=list)
    statuses: list[SensorStatus] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    waveforms: list[Waveform] = field(default_factory=list)
    arrivals: dict[str, int] = field(default_factory=dict)
    "Identity of an event to the time at which it was handed on."
    doubled: int = 0

    def take(self, readings: list[Reading], now: int) -> None:
        for reading in readings:
            match reading:
                case Event():
                    self.doubled += reading.identity in self.arrivals
                    self.arrivals.setdefault(reading.identity, now)
                    self.events.append(reading)
                case SensorStatus():
                    self.statuses.append(reading)
                case Measurement():
                    self.measurements.append(reading)
                case Waveform():
                    self.waveforms.append(reading)

    def kinds(self) -> Counter[EventKind]:
        return Counter(event.kind for event in self.events)

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind is kind]


class Lockstep:
    """One room: board, line, driver."""

    def __init__(self, board: Board, faults: Faults | None = None, seed: int = 0) -> None:
        self.board = board
        self.heard = Heard()
        self.confirming = True
        "False while the edge's disk does not take anything."
        self.to_host = Line(faults or Faults(), seed * 2 + 1)
        self.to_node = Line(faults or Faults(), seed * 2 + 2)
        self._names = random.Random(seed)
        self._elapsed = 0
        self.connect()

    def connect(self) -> None:
        """The edge opens the line: with a driver that knows nothing."""
        self.driver = NodeDriver("node", lambda: self._names.randrange(1, 1 << 32))
        self._send(self.driver.start(self.board.now))

    def run(self, milliseconds: int) -> None:
        for _ in range(milliseconds // STEP):
            self._step()

    def settle(self) -> None:
        """Let everything that waits arrive."""
        for _ in range(100):
            self.run(500)
            if self.board.look("waiting") == 0:
                break
        self.run(2000)

    def press(self, held: int, pause: int) -> int:
        """Press the button; return when."""
        begin = self.board.now
        self.board.press(button=True)
        self.run(held)
        self.board.press()
        self.run(pause)
        return begin

    def _step(self) -> None:
        at = self.board.now
        data = self.to_host.carry(self.board.run(STEP))
        readings = self.driver.receive("", data, at) if data else []
        self.heard.take(readings, self.board.now)
        if self.confirming and any(isinstance(reading, Event) for reading in readings):
            self._send(self.driver.confirm())
        self._elapsed += STEP
        if self._elapsed % POLL == 0:
            self._send(self.driver.poll(self.board.now))

    def _send(self, writes: list) -> None:
        for write in writes:
            self.board.give(self.to_node.carry(write.data))
