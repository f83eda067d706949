"""What was delivered and what was lost: events counted once, samples counted exactly (PROTOCOL.md, parts 4 and 5). Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from firmware_bridge.messages import MAX_ACKS, Ack, Happened

AGAIN = 2_000_000
"Microseconds after which an event that was never confirmed is delivered again: the disk may have failed."

MAX_RUNS = 8
"Runs (node, boot) of which events are remembered; a node's queue holds events of two at most."

MAX_NUMBERS = 4096
"Event numbers remembered of one run: bounds what a node gone mad makes us keep."

INDEXES = 1 << 32


@dataclass(slots=True)
class _Run:
    low: int = 0
    "Numbers below this were delivered and confirmed."
    delivered: dict[int, int] = field(default_factory=dict)
    "Number to the time of its delivery; not yet confirmed."
    confirmed: set[int] = field(default_factory=set)

    def forget(self, low: int) -> None:
        """Drop the numbers below `low`."""
        if low > self.low:
            self.low = low
            self.delivered = {number: time for number, time in self.delivered.items() if number >= low}
            self.confirmed = {number for number in self.confirmed if number >= low}

    def bound(self) -> None:
        """Keep `MAX_NUMBERS` at most: of more, the newer half."""
        numbers = [*self.delivered, *self.confirmed]
        if len(numbers) > MAX_NUMBERS:
            self.forget(sorted(numbers)[MAX_NUMBERS // 2])


class EventLedger:
    """Which events were delivered, which are on disk, and which acknowledgements must be sent."""

    __slots__ = ("_owed", "_runs", "repeated")

    def __init__(self) -> None:
        self._runs: OrderedDict[tuple[int, int], _Run] = OrderedDict()
        self._owed: dict[tuple[int, int, int], None] = {}
        self.repeated = 0
        "Events received more than once."

    def take(self, message: Happened, now: int) -> bool:
        """Return whether an event must be delivered now."""
        run = self._run(message.node, message.boot)
        run.forget(message.event - message.behind)
        number = message.event
        if number < run.low or number in run.confirmed:
            self.repeated += 1
            self._owe(message)
            return False
        before = run.delivered.get(number)
        self.repeated += before is not None
        # abs: the host's clock may have been set meanwhile.
        if before is not None and abs(now - before) < AGAIN:
            return False
        run.delivered[number] = now
        run.bound()
        return True

    def settle(self, message: Happened) -> None:
        """Take an event that needs no disk for done."""
        run = self._run(message.node, message.boot)
        run.delivered.pop(message.event, None)
        run.confirmed.add(message.event)
        run.bound()
        self._owe(message)

    def confirm(self) -> None:
        """Everything that was delivered is on disk."""
        for (node, boot), run in self._runs.items():
            for number in run.delivered:
                self._owed[node, boot, number] = None
            run.confirmed.update(run.delivered)
            run.delivered.clear()

    def acks(self) -> list[Ack]:
        """Return what must be acknowledged, and take it for sent."""
        runs: dict[tuple[int, int], list[int]] = {}
        for node, boot, number in self._owed:
            runs.setdefault((node, boot), []).append(number)
        self._owed.clear()
        return [
            Ack(node, boot, tuple(numbers[at : at + MAX_ACKS]))
            for (node, boot), numbers in runs.items()
            for at in range(0, len(numbers), MAX_ACKS)
        ]

    def _owe(self, message: Happened) -> None:
        if len(self._owed) < MAX_NUMBERS:
            self._owed[message.node, message.boot, message.event] = None

    def _run(self, node: int, boot: int) -> _Run:
        run = self._runs.setdefault((node, boot), _Run())
        self._runs.move_to_end((node, boot))
        while len(self._runs) > MAX_RUNS:
            self._runs.popitem(last=False)
        return run


@dataclass(slots=True)
class SampleLedger:
    """One stream's samples: received + lost is what the node took since it was first heard.

    Within one run of the node this is `expected - first`.
    """

    first: int = 0
    "Index at which the counting began: not 0 if the node was running already."
    expected: int | None = None
    "Index of the next sample; `None` before the first word of a node that was running already."
    received: int = 0
    lost: int = 0
    repeated: int = 0
    "Blocks that were older than what is expected."

    def take(self, index: int, count: int) -> int | None:
        """Take a block; return how many samples are missing before it, `None` if it is a repetition."""
        missing = self.reach(index)
        if missing is None:
            self.repeated += 1
            return None
        self.received += count
        self.expected = (index + count) % INDEXES
        return missing

    def reach(self, index: int) -> int | None:
        """Take note that the next block begins at `index`; return how many samples are missing, `None` if it is past."""
        if self.expected is None:
            self.first = self.expected = index
        missing = (index - self.expected) % INDEXES
        if missing >= INDEXES // 2:
            return None
        self.lost += missing
        self.expected = index
        return missing
