"""A host in lockstep with an emulated node: the project's own driver, a line in between, and the truth beside it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from devices.clock import BUILD_FLOOR
from devices.measurement import Event, EventKind, Measurement, Reading, SensorStatus, Waveform
from firmware_bridge.driver import NodeDriver
from tests.firmware.board import MS, Board, S
from tests.firmware.faults import FaultyLine, Rates

POLL = S // 2
"The edge's shell asks its driver twice a second."

GOOD = Rates()


class Host:
    """Feeds a driver as the edge's shell does. UTC is true time behind `BUILD_FLOOR`."""

    def __init__(self, board: Board, rates: Rates = GOOD, seed: int = 1, name: int = 0x11223344) -> None:
        self.board = board
        self.up, self.down = FaultyLine(rates, seed), FaultyLine(rates, seed + 1)
        self.on_waveform: Callable[[Waveform], None] = lambda _: None
        self.events: list[Event] = []
        self.measurements: list[Measurement] = []
        self.statuses: list[SensorStatus] = []
        self.waveforms: Counter[str] = Counter()
        "Samples by metric."
        self.keeping = True
        "Whether what is received gets onto the disk; false is an edge whose disk stands still."
        self._name = name
        self._steps = random.Random(seed)
        self.connect()

    def connect(self) -> None:
        """Open the line anew, with a driver that knows nothing."""
        self.driver = NodeDriver("node", lambda: self._name)
        self._polled = self.utc
        self._out = b"".join(write.data for write in self.driver.start(self.utc))

    @property
    def utc(self) -> int:
        """Time now, microseconds since 1970."""
        return BUILD_FLOOR + self.board.now

    def calls(self) -> list[Event]:
        """Nurse calls that were received, in their order."""
        return [event for event in self.events if event.kind is EventKind.NURSE_CALL]

    def run(self, microseconds: int) -> None:
        """Let time pass on both sides, in steps of no fixed length: no shell is in phase with a node for long."""
        end = self.board.now + microseconds
        while self.board.now < end:
            self._step(min(self._steps.randrange(5 * MS, 25 * MS), end - self.board.now))

    def _step(self, microseconds: int) -> None:
        if self.utc - self._polled >= POLL:
            self._polled = self.utc
            self._out += b"".join(write.data for write in self.driver.poll(self.utc))
        out, self._out = self.down(self._out), b""
        for piece in self.board.step(microseconds, out):
            if data := self.up(piece.data):
                for reading in self.driver.receive("", data, BUILD_FLOOR + piece.time):
                    self._take(reading)

    def _take(self, reading: Reading) -> None:
        match reading:
            case Event():
                self.events.append(reading)
                if self.keeping:
                    self._out += b"".join(write.data for write in self.driver.confirm())
            case Waveform():
                self.waveforms[reading.metric] += len(reading.samples)
                self.on_waveform(reading)
            case Measurement():
                self.measurements.append(reading)
            case SensorStatus():
                self.statuses.append(reading)
