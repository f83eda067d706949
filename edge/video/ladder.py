"""How good a picture the weakest line of a call carries: rungs, and when to climb down or up. Pure.

One picture is encoded for all who watch, so the weakest of them decides. The estimates are the receivers' own (REMB). An
estimate follows what is sent. So one that is low while less than that is sent, because little moves, is no weak line; and it
cannot say that more would fit: going up is an attempt. One that fails is followed
by a longer wait before the next, so that a steady weak line is not shaken every few seconds.

Below the lowest rung nothing of the picture is sent: sound and vital signs need what is left. The bit rates are ours, after
measurements with VP8 between aiortc and Chromium (640x480 at 15/s needs about 300 kbit/s; under 100 kbit/s a picture costs the
sound).
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import SECOND

FALL = 2 * SECOND
"An estimate must stay below a rung this long: one REMB after a burst is no weak line."
RISE = 10 * SECOND
"Without a fall for this long, the next rung is tried."
LONGEST = 160 * SECOND
"Longest wait between two attempts."
GRACE = 5 * SECOND
"After climbing: the estimate still speaks of the smaller picture until the larger one has arrived for a while."
STEADY = 20 * SECOND
"A rung that held this long has proved itself."

SHARE = 0.6
"Of the bit rate that a camera was asked for: where little moves it sends less, and estimates follow what is sent."


@dataclass(frozen=True, slots=True)
class Rung:
    """One size of the picture."""

    name: str
    "As the pages are told: `720p15`; `sound` for none."
    height: int
    "Lines; 0 for no picture."
    fps: int
    floor: int
    "Bits per second below which the rung is left."
    ceiling: int
    "Bits per second above which the picture gains nothing."


SOUND = Rung("sound", 0, 0, 0, 0)
RUNGS = (
    Rung("720p15", 720, 15, 700_000, 1_500_000),
    Rung("480p15", 480, 15, 250_000, 900_000),
    Rung("360p10", 360, 10, 100_000, 350_000),
    SOUND,
)
"Best first."


def rungs(height: int, fps: int) -> tuple[Rung, ...]:
    """Return the rungs that a camera can fill, best first; the picture is never made larger than it is.

    Args:
        height: lines of the camera's picture.
        fps: pictures a second; a slower camera slows every rung.
    """
    fitting = tuple(rung for rung in RUNGS if rung.height <= height)
    if fitting == (SOUND,):
        lowest = RUNGS[-2]
        fitting = (Rung(f"{height}p{lowest.fps}", height, lowest.fps, lowest.floor, lowest.ceiling), SOUND)
    return tuple(
        rung if rung.fps <= fps else Rung(f"{rung.height}p{fps}", rung.height, fps, rung.floor, rung.ceiling)
        for rung in fitting
    )


def passed(height: int, fps: int, bitrate: int) -> tuple[Rung, ...]:
    """Return the rungs of a camera that encodes by itself: as it is, or not at all.

    Args:
        height: lines of its picture.
        fps: its pictures a second.
        bitrate: bits per second that it was asked for; less than `SHARE` of that is no line for it.
    """
    return (Rung(f"{height}p{fps}", height, fps, round(SHARE * bitrate), bitrate), SOUND)


class Ladder:
    """Where the picture stands. Times are monotonic, microseconds."""

    def __init__(self, available: tuple[Rung, ...], now: int, *, start: int) -> None:
        """Begin.

        Args:
            available: rungs, best first, `SOUND` last.
            now: the time.
            start: bits per second that a line carries before it has said anything.
        """
        self._rungs = available
        self._estimates: dict[object, int] = {}
        self._start = start
        self._at = next(place for place, rung in enumerate(available) if rung.floor <= start)
        self._since = self._calm = now
        self._weak: int | None = None
        self._lowest = start
        self._wait = RISE
        self._tried = False

    @property
    def rung(self) -> Rung:
        """The rung now."""
        return self._rungs[self._at]

    @property
    def best(self) -> bool:
        """Whether the camera has nothing better."""
        return self._at == 0

    @property
    def bitrate(self) -> int:
        """Bits per second for the encoder; 0 without a picture."""
        rung = self.rung
        return 0 if rung is SOUND else max(rung.floor, min(self._weakest(), rung.ceiling))

    def estimate(self, viewer: object, bitrate: int) -> None:
        """Take what a viewer's line carries, bits per second."""
        self._estimates[viewer] = bitrate

    def leave(self, viewer: object) -> None:
        """Forget a viewer."""
        self._estimates.pop(viewer, None)

    def tick(self, now: int, sent: int) -> bool:
        """Let time pass; tell whether the rung changed.

        Args:
            now: the time.
            sent: bits per second of the picture, as they were of late.
        """
        weakest = self._weakest()
        carried = weakest >= self.rung.floor or weakest > sent
        if not carried and not (self._tried and now - self._since < GRACE):
            self._weak = now if self._weak is None else self._weak
            if now - self._weak < FALL:
                return False
            self._fall(weakest, now)
            return True
        self._weak = None
        if weakest < self._lowest * 0.9:
            # It is falling, though it still carries this rung: not the moment to ask for more.
            self._calm, self._lowest = now, weakest
        self._lowest = max(self._lowest, weakest)
        if self._tried and now - self._since >= STEADY:
            self._tried, self._wait = False, RISE
        if self._at > 0 and now - self._calm >= self._wait:
            self._rise(now)
            return True
        return False

    def _fall(self, weakest: int, now: int) -> None:
        if self._tried:
            self._wait = min(2 * self._wait, LONGEST)
        self._tried, self._weak = False, None
        self._at = next(place for place, rung in enumerate(self._rungs) if rung.floor <= weakest)
        self._since = self._calm = now
        self._lowest = weakest

    def _rise(self, now: int) -> None:
        self._at -= 1
        self._tried = True
        self._since = self._calm = now
        self._lowest = self._weakest()

    def _weakest(self) -> int:
        return min(self._estimates.values(), default=self._start)
