"""One sensor's link as a state machine. Pure: events in, actions out, time (monotonic, microseconds) as argument.

Rules:
- A link is up only while readings arrive; bytes that say nothing do not count, nor does a link that merely stands.
- Silence on a standing link for 5 usual intervals (3 s at least) tears it down, so that it is built again from
  nothing: subscriptions that were forgotten on either side come back no other way.
- What is told of a sensor (`shown`) changes when something is learnt: it stays silent or down through every attempt to
  get the link back, until a reading arrives.
- Why a link is not up (`cause`) is told with it, and told again when another reason is learnt. `since` is the time at
  which `shown` became what it is, whatever was learnt about the reason afterwards.
- A sensor may say itself that it is down (it goes, it is broken, its firmware is replaced). That is shown, and the link
  is left alone: nothing would be gained by building it again. It is believed for 10 minutes without a further word. An
  update of its firmware stays what is shown even if the port goes away meanwhile, which it does.
- A meter that speaks only when used (`continuous` false) is never overdue. Its link being away is no fault either: it
  is shown as connecting, which is to say waited for.
- The usual interval is learnt from the readings (an eighth of each new gap), within a tenth and four times the
  driver's, unless the configuration sets it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.measurement import Cause, Link
from devices.quality import NO_DOUBT, Quality

SILENT_INTERVALS = 5
"Usual intervals without a reading after which a sensor is silent."

SHORTEST_SILENCE = 3 * SECOND
"A radio link may well pause this long."

BELIEVED = 600 * SECOND
"A sensor that said it is down is left alone this long; replacing its firmware takes a minute or two."

_LEARNING = 8
_FASTEST, _SLOWEST = 0.1, 4.0


class SessionError(VeilleuseError):
    """The shell reported an event that cannot happen in this phase."""


class Phase(enum.Enum):
    """Where the link is."""

    CLOSED = enum.auto()
    WAITING = enum.auto()
    "The link stands, no reading yet."
    RUNNING = enum.auto()
    ENDING = enum.auto()
    "Torn down by us for its silence, not closed yet."


class Event(enum.Enum):
    """What the shell reports."""

    OPENED = enum.auto()
    FAILED = enum.auto()
    "The link cannot be had."
    READING = enum.auto()
    SAID_DOWN = enum.auto()
    "The sensor says itself that it is down."
    OVERDUE = enum.auto()
    "Made by `tick`, never by the shell."
    CLOSED = enum.auto()
    "The link is gone, by us or by itself."


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the hub what is true of the sensor now."""

    link: Link
    flags: Quality
    detail: str
    cause: Cause = Cause.NONE


@dataclass(frozen=True, slots=True)
class TearDown:
    """Close the link; it will be opened again."""


Action = Announce | TearDown

_EXPLAINED = frozenset({Event.FAILED, Event.CLOSED, Event.OVERDUE})
"What an update of the firmware may bring about."


class Description(Protocol):
    """What a sensor says of itself; `devices.measurement.SensorStatus`."""

    @property
    def link(self) -> Link:
        """Down, when it says so; anything else is a sign of life."""
        ...

    @property
    def flags(self) -> Quality:
        """What is to be doubted."""
        ...

    @property
    def detail(self) -> str:
        """Facts for a technician."""
        ...

    @property
    def cause(self) -> Cause:
        """Why it is down."""
        ...


_KEEP = None
_TABLE: dict[tuple[Phase, Event], tuple[Phase, Link | None]] = {
    (Phase.CLOSED, Event.OPENED): (Phase.WAITING, _KEEP),
    (Phase.CLOSED, Event.FAILED): (Phase.CLOSED, Link.DOWN),
    (Phase.WAITING, Event.READING): (Phase.RUNNING, Link.UP),
    (Phase.WAITING, Event.SAID_DOWN): (Phase.RUNNING, Link.DOWN),
    (Phase.WAITING, Event.OVERDUE): (Phase.ENDING, Link.SILENT),
    (Phase.WAITING, Event.CLOSED): (Phase.CLOSED, Link.DOWN),
    (Phase.RUNNING, Event.READING): (Phase.RUNNING, Link.UP),
    (Phase.RUNNING, Event.SAID_DOWN): (Phase.RUNNING, Link.DOWN),
    (Phase.RUNNING, Event.OVERDUE): (Phase.ENDING, Link.SILENT),
    (Phase.RUNNING, Event.CLOSED): (Phase.CLOSED, Link.DOWN),
    # A reading may still be under way while the link is being closed; it is kept, and changes nothing here.
    (Phase.ENDING, Event.READING): (Phase.ENDING, _KEEP),
    (Phase.ENDING, Event.SAID_DOWN): (Phase.ENDING, _KEEP),
    (Phase.ENDING, Event.CLOSED): (Phase.CLOSED, _KEEP),
}

_METER: dict[tuple[Phase, Event], tuple[Phase, Link | None]] = {
    **{key: value for key, value in _TABLE.items() if key[1] is not Event.OVERDUE},
    (Phase.CLOSED, Event.OPENED): (Phase.RUNNING, Link.UP),
    (Phase.CLOSED, Event.FAILED): (Phase.CLOSED, Link.CONNECTING),
    (Phase.RUNNING, Event.CLOSED): (Phase.CLOSED, Link.CONNECTING),
}


class Session:
    """State of one sensor's link."""

    __slots__ = (
        "_continuous",
        "_fixed",
        "_interval",
        "_nominal",
        "_said_down",
        "_since",
        "cause",
        "detail",
        "flags",
        "last",
        "phase",
        "shown",
        "since",
    )

    def __init__(
        self, *, interval: float, continuous: bool = True, fixed: bool = False, now: int = 0
    ) -> None:
        """Start closed, shown as connecting.

        Args:
            now: monotonic time.
            interval: usual seconds between readings.
            continuous: false for a meter that speaks only when used.
            fixed: the interval is the configuration's and is not learnt.
        """
        self._nominal = self._interval = interval * SECOND
        self._continuous = continuous
        self._fixed = fixed
        self._since = 0
        self._said_down = False
        self.phase = Phase.CLOSED
        self.shown = Link.CONNECTING
        self.cause = Cause.NONE
        self.since = now
        "Monotonic time at which `shown` became what it is."
        self.flags = NO_DOUBT
        self.detail = ""
        self.last: int | None = None
        "Monotonic time of the newest reading, whatever the link did since."

    @property
    def patience(self) -> int:
        """Microseconds of silence after which the sensor is silent."""
        usual = max(SHORTEST_SILENCE, round(SILENT_INTERVALS * self._interval))
        return max(BELIEVED, usual) if self._said_down else usual

    def first(self) -> Announce:
        """Return what to tell when the edge starts: the sensor is known and was never seen."""
        return self._announcement()

    def opened(self, now: int) -> list[Action]:
        """The link stands."""
        actions = self._step(Event.OPENED, now)
        self._since = now
        self._said_down = False
        return actions

    def failed(self, detail: str, now: int, cause: Cause = Cause.NONE) -> list[Action]:
        """The link cannot be had, and why."""
        return self._step(Event.FAILED, now, cause, detail)

    def closed(self, detail: str, now: int, cause: Cause = Cause.NONE) -> list[Action]:
        """The link is gone, and why. That a meter goes after use needs no reason."""
        return self._step(Event.CLOSED, now, cause if self._continuous else Cause.NONE, detail)

    def reading(self, now: int) -> list[Action]:
        """Something that was measured, or the sensor's word about itself, arrived."""
        return self._hear(Event.READING, now)

    def described(self, status: Description, now: int) -> list[Action]:
        """The sensor said something about itself: probe off, battery low, or that it is down."""
        before = self._announcement()
        if status.link is Link.DOWN:
            self._hear(Event.SAID_DOWN, now, status.cause, status.detail)
            self._said_down = True
        else:
            self._hear(Event.READING, now)
        self.flags = status.flags
        if self.phase is Phase.RUNNING:
            self.detail = status.detail
        return [] if before == self._announcement() else [self._announcement()]

    def tick(self, now: int) -> list[Action]:
        """Time passed."""
        standing = self.phase in {Phase.WAITING, Phase.RUNNING}
        if not (self._continuous and standing) or now - self._since < self.patience:
            return []
        detail = f"no reading for {(now - self._since) / SECOND:.1f} s"
        return [*self._step(Event.OVERDUE, now, Cause.NO_READINGS, detail), TearDown()]

    def _step(self, event: Event, now: int, cause: Cause = Cause.NONE, detail: str = "") -> list[Action]:
        table = _TABLE if self._continuous else _METER
        try:
            phase, shown = table[self.phase, event]
        except KeyError:
            raise SessionError(f"event {event.name.lower()} in phase {self.phase.name.lower()}") from None
        self.phase = phase
        if shown is None or (shown, cause) == (self.shown, self.cause) or self._updating(event, now):
            return []
        if shown is not self.shown:
            self.since = now
        self.shown, self.cause, self.detail = shown, cause, detail
        return [self._announcement()]

    def _updating(self, event: Event, now: int) -> bool:
        """Tell whether an update explains what happened."""
        told = self.last is not None and now - self.last < BELIEVED
        return self.cause is Cause.UPDATING and told and event in _EXPLAINED

    def _announcement(self) -> Announce:
        return Announce(self.shown, self.flags, self.detail, self.cause)

    def _hear(self, event: Event, now: int, cause: Cause = Cause.NONE, detail: str = "") -> list[Action]:
        """Take a sign of life."""
        running = self.phase is Phase.RUNNING
        actions = self._step(event, now, cause, detail)
        # The time before a link stood, or during which the sensor was down, is no interval.
        if running and self.last is not None and not self._said_down:
            self._learn(now - max(self.last, self._since))
        self.last = self._since = now
        self._said_down = False
        return actions

    def _learn(self, gap: int) -> None:
        if not self._fixed:
            bounded = min(max(gap, _FASTEST * self._nominal), _SLOWEST * self._nominal)
            self._interval += (bounded - self._interval) / _LEARNING
