"""Fan-out to the screens: what was committed, and nothing before it was.

The writer's thread hands over with `committed`; everything else happens on the event loop. Each screen has a
`Subscription` whose memory is bounded: values are coalesced (only the newest of each counts) and leave at most
4 times a second; alerts, calls and what changes a resident's watch leave at once. A screen that falls behind gets a
new snapshot instead of what it missed, so that no alert is ever dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from devices.clock import SECOND, Clock
from devices.wire.messages import Observation, Presence
from hub.acts.model import Act
from hub.alerting.escalation.model import Orders
from hub.alerting.model import Changes, Kind, Suppressor
from hub.store.call_requests import CallRequest
from hub.store.consult import Participant
from hub.store.ports import Latest
from hub.store.records import CallRecord
from hub.ward import News, Roll, Told, Ward

VALUES_EVERY = 250_000
"Microseconds between two messages of values: 4 a second is what an eye follows and a tablet draws easily."
HEARTBEAT_EVERY = SECOND
MAX_WAITING = 256
"Messages that wait for one screen; a tablet that sleeps must not fill the hub's memory."


@dataclass(slots=True)
class Committed:
    """What one transaction put on disk."""

    time: int
    "Hub time of the commit, microseconds UTC."
    observations: list[tuple[str, str, tuple[Observation, ...]]] = field(default_factory=list)
    "(edge, resident id, what was observed); observations of an edge without a resident are not here."
    changes: Changes = field(default_factory=Changes)
    orders: Orders = field(default_factory=Orders)
    "Whom alerts that nobody answered are passed on to."
    presences: list[tuple[Presence, int]] = field(default_factory=list)
    "Heartbeats with their time of reception."
    restated: dict[str, list[Latest]] = field(default_factory=dict)
    "Every newest value of residents of whom one was taken back."


class Audience(Protocol):
    """Who is told; called by the writer's thread after each commit."""

    def committed(self, news: Committed) -> None:
        """Take news; must not block and must not raise."""
        ...


@dataclass(frozen=True, slots=True)
class SnapshotDue:
    """Tell everything anew."""


@dataclass(frozen=True, slots=True)
class ValuesDue:
    """New values, by resident then metric."""

    values: Mapping[str, Mapping[str, Latest]]


@dataclass(frozen=True, slots=True)
class AlertDue:
    """An alert was raised or changed."""

    told: Told


@dataclass(frozen=True, slots=True)
class EdgeDue:
    """An edge spoke or fell silent; `residents` are those of whom it changes what people should know."""

    edge: str
    residents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallDue:
    """A call changed."""

    call: CallRecord
    caller_name: str
    participants: tuple[Participant, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRequestDue:
    """A request for a physician was made, taken or withdrawn."""

    request: CallRequest


@dataclass(frozen=True, slots=True)
class ActDue:
    """Something happened to an act of télémédecine."""

    act: Act


@dataclass(frozen=True, slots=True)
class SuppressionDue:
    """An order that something does not sound began or ended."""

    order: Suppressor


@dataclass(frozen=True, slots=True)
class ProbeDue:
    """Play a hardly audible sound and say whether it passed: the test alarm (hub.synthetic)."""

    id: str


@dataclass(frozen=True, slots=True)
class HeartbeatDue:
    """Nothing else to say."""


Due = (
    SnapshotDue
    | ValuesDue
    | AlertDue
    | EdgeDue
    | CallDue
    | CallRequestDue
    | ActDue
    | SuppressionDue
    | ProbeDue
    | HeartbeatDue
)
_BESIDE = CallDue | CallRequestDue | ActDue
"What no snapshot holds."

PROVEN_FOR = 20 * SECOND
"How long a screen's word that it can be heard is believed: it says so every 5 s, and a frozen page says nothing."


@dataclass(frozen=True, slots=True)
class Tablet:
    """What a screen says of itself: can it be heard?"""

    username: str
    audio: str
    visible: bool
    battery: float | None
    time: int
    ward: bool = True
    "Whether somebody of the ward is signed in there, not a physician elsewhere or a technician."
    name: str = ""
    "Of who is signed in."
    showing: tuple[str, ...] = ()
    "Alerts that its page draws in sight."
    sounding: bool = False
    "They sound now."
    seen: tuple[str, ...] = ()
    "Those that somebody touched there."


class Subscription:
    """One screen's way out of the hub; lives on the event loop."""

    def __init__(
        self, clock: Clock, username: str, *, devices: bool, fell_behind: Callable[[], None]
    ) -> None:
        """Begin with a snapshot; see `Live.subscribe`."""
        self.username = username
        self._devices = devices
        self.tablet: Tablet | None = None
        self._clock = clock
        self._fell_behind = fell_behind
        self._wake = asyncio.Event()
        self._waiting: deque[Due] = deque([SnapshotDue()])
        self._values: dict[str, dict[str, Latest]] = {}
        self._edges: dict[str, None] = {}
        self._values_from = clock.monotonic()
        self._heartbeat_at = clock.monotonic() + HEARTBEAT_EVERY
        self._wake.set()

    def push(self, due: Due) -> None:
        """Put something that leaves at once; when too much waits, a snapshot takes its place."""
        if self._waiting and isinstance(self._waiting[0], SnapshotDue):
            # It is made when it leaves, so it will hold this too; but for calls and acts.
            if isinstance(due, _BESIDE) and len(self._waiting) < MAX_WAITING:
                self._waiting.append(due)
            return
        if len(self._waiting) >= MAX_WAITING:
            self.resynchronise()
            self._fell_behind()
        else:
            self._waiting.append(due)
        self._wake.set()

    def resynchronise(self) -> None:
        """Let a snapshot take the place of all that waits; calls and acts are not part of it and stay."""
        calls = [due for due in self._waiting if isinstance(due, _BESIDE)]
        self._waiting = deque([SnapshotDue(), *calls[-MAX_WAITING // 2 :]])
        self._wake.set()

    def push_values(self, values: Mapping[str, Mapping[str, Latest]], edges: Iterable[str]) -> None:
        """Put what may wait for the next of 4 messages a second."""
        for resident, metrics in values.items():
            self._values.setdefault(resident, {}).update(metrics)
        if self._devices:
            self._edges.update(dict.fromkeys(edges))
        self._wake.set()

    def take(self) -> list[Due]:
        """Return what is due now, in order; nothing when it is not time yet."""
        now = self._clock.monotonic()
        due = list(self._waiting)
        self._waiting.clear()
        if due and isinstance(due[0], SnapshotDue):
            self._values, self._edges = {}, {}
        if (self._values or self._edges) and now >= self._values_from:
            due += [EdgeDue(edge, ()) for edge in self._edges]
            if self._values:
                due.append(ValuesDue(self._values))
            self._values, self._edges = {}, {}
            self._values_from = now + VALUES_EVERY
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + HEARTBEAT_EVERY
            due.append(HeartbeatDue())
        return due

    async def next(self) -> list[Due]:
        """Wait until something is due and return it, a heartbeat at the latest after a second."""
        while True:
            due = self.take()
            if due:
                return due
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _pause(self) -> float:
        """Return the seconds until values or a heartbeat are due."""
        until = self._heartbeat_at
        if self._values or self._edges:
            until = min(until, self._values_from)
        return max(0, until - self._clock.monotonic()) / SECOND


class Live:
    """The ward as it is now, and everybody who looks at it."""

    def __init__(self, clock: Clock, *, fell_behind: Callable[[], None]) -> None:
        """Make an empty ward.

        Args:
            clock: the hub's clock.
            fell_behind: called whenever a screen is given a new snapshot because too much waited for it.
        """
        self.ward = Ward()
        self._clock = clock
        self._fell_behind = fell_behind
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()

    def load(
        self,
        roll: Roll,
        latest: Mapping[str, Iterable[Latest]],
        alerts: Iterable[Told],
        orders: Iterable[Suppressor] = (),
    ) -> None:
        """Take up what the store knows; call it on the event loop before the first commit."""
        self._loop = asyncio.get_running_loop()
        self.ward.load(roll, latest, alerts, orders)
        self._resynchronise()

    def enroll(self, roll: Roll) -> None:
        """Take up changed records and show them to everybody; any thread may call it."""

        def apply() -> None:
            if roll != self.ward.roll:
                self.ward.enroll(roll)
                self._resynchronise()

        self._hand_over(apply)

    def committed(self, news: Committed) -> None:
        """Take what is on disk now; the writer's thread calls it."""
        self._hand_over(self._apply, news)

    def call_changed(
        self, call: CallRecord, caller_name: str, participants: tuple[Participant, ...] = ()
    ) -> None:
        """Tell the screens of a call; any thread may call it."""
        self._hand_over(self._push, CallDue(call, caller_name, participants))

    def call_request_changed(self, request: CallRequest) -> None:
        """Tell the screens of a request for a physician; any thread may call it."""
        self._hand_over(self._push, CallRequestDue(request))

    def act_changed(self, act: Act) -> None:
        """Tell the screens that something happened to an act; any thread may call it."""
        self._hand_over(self._push, ActDue(act))

    @contextlib.contextmanager
    def subscribe(self, username: str, *, devices: bool) -> Iterator[Subscription]:
        """Open a screen's way out for as long as the context lasts; its first message is a snapshot.

        Args:
            username: who looks.
            devices: tell every heartbeat of every edge, not only what changes a resident's watch.
        """
        subscription = Subscription(self._clock, username, devices=devices, fell_behind=self._fell_behind)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def tablets(self) -> list[Tablet]:
        """Return what the screens that are open now said of themselves."""
        return [found.tablet for found in self._subscriptions if found.tablet is not None]

    def present(self) -> frozenset[str]:
        """Return the accounts whose pages are open now; called on the event loop."""
        return frozenset(found.username for found in self._subscriptions)

    def audible(self) -> list[Tablet]:
        """Return the ward's screens that proved lately that they can be heard; called on the event loop."""
        now = self._clock.utc()
        return [
            tablet
            for tablet in self.tablets()
            if tablet.ward and tablet.audio == "ready" and now - tablet.time < PROVEN_FOR
        ]

    def probe(self, key: str) -> int:
        """Ask every screen of the ward that can be heard to prove it, and return how many there are."""
        heard = {id(tablet) for tablet in self.audible()}
        asked = [found for found in self._subscriptions if id(found.tablet) in heard]
        for subscription in asked:
            subscription.push(ProbeDue(key))
        return len(asked)

    async def run(self) -> None:
        """Notice the silence of edges, every second, until cancelled."""
        while True:
            await asyncio.sleep(1)
            self.tick()

    def tick(self) -> None:
        """Tell of the edges that fell silent by now."""
        for edge in self.ward.tick(self._clock.utc()):
            self._push(EdgeDue(edge, tuple(self.ward.residents_of(edge))))

    def _apply(self, committed: Committed) -> None:
        news = News()
        self.ward.alert(committed.changes, news)
        self.ward.observe(committed.observations, news)
        for presence, received in committed.presences:
            self.ward.hear(presence, received, news)
        for order in committed.changes.suppressors.values():
            self._push(SuppressionDue(order))
            if order.kind is Kind.OUT_OF_SERVICE:
                news.edges[order.edge] = True
        for told in news.alerts:
            self._push(AlertDue(told))
        for resident, values in committed.restated.items():
            self.ward.restate(resident, values)
            # A page knows of newer values, not of values that are gone.
            self._resynchronise()
        quiet = []
        for edge, changed in news.edges.items():
            if changed:
                self._push(EdgeDue(edge, tuple(self.ward.residents_of(edge))))
            else:
                quiet.append(edge)
        if news.values or quiet:
            for subscription in self._subscriptions:
                subscription.push_values(news.values, quiet)

    def _push(self, due: Due) -> None:
        for subscription in self._subscriptions:
            subscription.push(due)

    def _resynchronise(self) -> None:
        for subscription in self._subscriptions:
            subscription.resynchronise()

    def _hand_over(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            # A loop that is closed has no screens left.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)
