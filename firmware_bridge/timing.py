"""Maps a node's 32-bit clock to the host's time (PROTOCOL.md, part 6). Pure; all times in microseconds.

What is used follows a straight line through the best exchanges without jumping: a difference is worked off within
`WORK_OFF`. It steps only when the node started anew, when the host's own clock was set, or while fewer than
`SETTLED` exchanges are known.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND

WRAP = 1 << 32
"The node's clock starts again from 0: every 71.6 min."

WINDOW = 120 * SECOND
"Exchanges older than this say nothing about the clock's rate now."

SETTLED = 4
"Exchanges that a line needs."

BEST = 4
"One in this many is used: those with the shortest round trips."

WORK_OFF = 8 * SECOND
"Time in which a difference between what is used and the newest line is worked off."

STEP = SECOND
"A difference of this much is no drift: the host's clock was set."

PPM = 200
"Largest rate error assumed of a node that does not state its own."

SCATTER = 5_000
"Microseconds by which exchanges scatter about the line on an ordinary system: few of them say little about the rate."

MAX_EXCHANGES = 256
"Kept at most: two a second for the whole window. Bounds memory."


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer: the node's `node` was the host's `host`, give or take half of `rtt`."""

    node: float
    host: float
    rtt: int


class Timing:
    """The model of one node's clock."""

    __slots__ = (
        "_anchored",
        "_base",
        "_exchanges",
        "_first_guess",
        "_newest",
        "_offset",
        "_ppm",
        "_rate",
        "_slew",
    )

    def __init__(self) -> None:
        self._ppm = PPM
        self.restart()

    def restart(self) -> None:
        """Forget everything: the node's clock starts from 0."""
        self._newest: int | None = None
        self._anchored = False
        self._first_guess: int | None = None
        self._exchanges: list[Exchange] = []
        # host = node + _offset + (_rate - 1) * (node - _base) + _slew, worked in over WORK_OFF behind _base
        self._base = 0.0
        self._offset = 0.0
        self._rate = 1.0
        self._slew = 0.0

    @property
    def exchanges(self) -> int:
        """Exchanges that the model rests on."""
        return len(self._exchanges)

    @property
    def drift(self) -> float:
        """Parts per million by which the node's clock is slow."""
        return (self._rate - 1.0) * 1e6

    def trust(self, ppm: int) -> None:
        """Take what the descriptor says of the clock's largest rate error; 0 is nothing."""
        self._ppm = ppm or PPM

    def sent(self, t_us: int, arrival: int) -> None:
        """Take a frame that was stamped when it was sent."""
        self._first_guess = arrival - self._advance(t_us)

    def uptime(self, t_us: int, seconds: int, arrival: int) -> None:
        """Take a heartbeat: its whole seconds since start say how often the clock wrapped."""
        unwrapped = self._advance(t_us)
        wraps = round((seconds * SECOND + SECOND // 2 - unwrapped) / WRAP) * WRAP
        self._newest = unwrapped + wraps
        if wraps and not self._anchored:
            # Until now the number of wraps was a guess, and the model is off by the same.
            self._shift(wraps)
        self._anchored = True
        self._first_guess = arrival - self._newest

    def exchange(self, asked: int, received: int, answered: int, arrival: int, line: int) -> None:
        """Take the four stamps of one exchange.

        Args:
            asked: host time at which the question was sent.
            received: node time (32 bits) at which it was received.
            answered: node time at which the answer was sent.
            arrival: host time at which the answer was there.
            line: time that the bytes of both need on the line; no round trip is shorter.
        """
        end = self._advance(answered)
        begin = end - (answered - received) % WRAP
        rtt = max((arrival - asked) - (end - begin), line)
        arrival = asked + rtt + (end - begin)
        self._add(Exchange((begin + end) / 2, (asked + arrival) / 2, rtt))

    def place(self, t_us: int, age: int = 0) -> int | None:
        """Return the host's time of a stamp that is `age` seconds old; `None` while nothing is known of the clock."""
        node = self.unwrap(t_us, age)
        if self._exchanges:
            return round(self._used(node))
        return None if self._first_guess is None else node + self._first_guess

    def uncertainty(self, t_us: int) -> int:
        """Return by how much a recent stamp's place may be wrong, as far as the exchanges tell; 0 without any."""
        if not self._exchanges:
            return 0
        age = max(0.0, self.unwrap(t_us) - self._exchanges[-1].node)
        return round(min(each.rtt for each in self._exchanges) / 2 + age * self._ppm / 1e6)

    def unwrap(self, t_us: int, age: int = 0) -> int:
        """Return the node's time since its start (give or take whole wraps that nobody saw)."""
        if self._newest is None:
            return t_us
        near = self._newest - age * SECOND
        return near + (t_us - near + WRAP // 2) % WRAP - WRAP // 2

    def _advance(self, t_us: int) -> int:
        unwrapped = self.unwrap(t_us)
        self._newest = unwrapped if self._newest is None else max(unwrapped, self._newest)
        return unwrapped

    def _shift(self, wraps: int) -> None:
        self._exchanges = [Exchange(each.node + wraps, each.host, each.rtt) for each in self._exchanges]
        self._base += wraps
        self._offset -= wraps

    def _add(self, new: Exchange) -> None:
        if self._exchanges and abs(self._used(new.node) - new.host) >= STEP + new.rtt / 2:
            self._exchanges = []
        recent = [each for each in self._exchanges if new.node - each.node <= WINDOW]
        self._exchanges = [*recent, new][-MAX_EXCHANGES:]
        base, offset, rate = self._line()
        target = new.node + offset + (rate - 1.0) * (new.node - base)
        before = self._used(new.node)
        self._base, self._rate = new.node, rate
        if len(self._exchanges) < SETTLED or abs(target - before) >= STEP:
            self._offset, self._slew = target - new.node, 0.0
        else:
            self._offset, self._slew = before - new.node, target - before

    def _line(self) -> tuple[float, float, float]:
        """Return base, offset there, and rate of the line through the best exchanges."""
        best = sorted(self._exchanges, key=lambda each: each.rtt)
        best = best[: max(SETTLED, len(best) // BEST)]
        if len(best) < SETTLED:
            return best[0].node, best[0].host - best[0].node, 1.0
        # About their middle, so that no digits are lost; offsets are small where times are not.
        base = sum(each.node for each in best) / len(best)
        offset = sum(each.host - each.node for each in best) / len(best)
        spread = sum((each.node - base) ** 2 for each in best)
        lean = sum((each.node - base) * (each.host - each.node - offset) for each in best)
        most = self._ppm / 1e6
        # Least squares, held by what is known beforehand: the rate is about 1, as far as half of what the node states.
        slope = lean / (spread + (SCATTER / (most / 2)) ** 2)
        return base, offset, 1.0 + min(max(slope, -most), most)

    def _used(self, node: float) -> float:
        since = node - self._base
        worked = self._slew * min(max(since, 0.0) / WORK_OFF, 1.0)
        return node + self._offset + (self._rate - 1.0) * since + worked
