"""Who is watching, looked at every two seconds: the chain of every resident, and what concerns the whole home.

It gathers what others know, lets the pure parts decide (`hub.alerting.watch`, `hub.alerting.preflight`), and rings through
the writer. Pages ask it; nothing here is stored, since all of it is about now.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from devices.clock import SECOND, Clock
from devices.limits import Priority
from devices.measurement import Link as SensorLink
from devices.nomenclature import METRICS
from hub.alerting.escalation.climb import Trouble
from hub.alerting.escalation.policy import Policy
from hub.alerting.model import Alert, Code
from hub.alerting.preflight import Contactable, Way, contactable, night, of_night
from hub.alerting.watch import Human, Room, Watch, Watched, find_holes
from hub.health import Health
from hub.live import Live
from hub.notify.base import State
from hub.synthetic import Trial
from hub.ward import Ward
from hub.words import kind_of

EVERY = 2.0
"Seconds between two looks."
BROKER_FOR = 15 * SECOND
"How long the hub may be without a broker: as long as an edge may be silent."
QUIET_FOR = 60 * SECOND
"How old the newest word of a sensor may be that measures all the time and whose metrics say nothing of it."
_HUB = frozenset({"writer", "commit", "records", "notifications", "broker"})
"Parts without which an alarm does not come through."
_NO_HUMAN = frozenset({"screen", "light", "probe"})
"Channels that are no person's."


T = TypeVar("T")


class Bell(Protocol):
    """How it rings; `hub.ingest.writer.Writer`."""

    def ring(self, code: Code, troubles: Sequence[Trouble]) -> None:
        """Let exactly these troubles of one kind ring."""
        ...

    def system(self, code: Code, trouble: str | None) -> None:
        """Say what is wrong with what the whole home has once."""
        ...

    def cut_off(self, *, cut: bool) -> None:
        """Say whether the hub hears nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Staff:
    """What is known of who is told; each is asked when it is needed, on the event loop."""

    policy: Callable[[], Policy]
    "With the rota as it is now."
    channels: Callable[[], Mapping[str, State]]
    "State of every channel."
    ways: Callable[[], Mapping[str, tuple[Way, ...]]]
    "By person of the policy: how they can be told now."


@dataclass(frozen=True, slots=True)
class WatchTimes:
    """When what is looked for; `hub.config.WatchSettings`."""

    tablets_within: float
    "Seconds without a screen that can be heard before that rings; 0 where the home has no tablets."
    night: datetime.time
    morning: datetime.time
    ahead: float
    "Hours before the night from which on who cannot be reached is named."


class Watching:
    """Lives on the event loop."""

    def __init__(
        self, live: Live, clock: Clock, health: Health, bell: Bell, staff: Staff, times: WatchTimes
    ) -> None:
        """Make it; `run` begins.

        Args:
            live: the ward as it is now, and its screens.
            clock: the hub's clock.
            health: what is wrong with the hub.
            bell: how it rings.
            staff: who is told.
            times: when.
        """
        self._live = live
        self._clock = clock
        self._health = health
        self._bell = bell
        self._staff = staff
        self._times = times
        self._watch = Watch()
        self._rung: dict[Code, object] = {}
        self._audible_at = clock.monotonic()
        self._broker_at = clock.monotonic()
        self._cut = False
        self.problem = ""
        "Why the hub cannot do its work."
        self.humans: tuple[Human, ...] = ()
        self.trial: Trial | None = None
        "The last test alarm."
        self.arrived: Trial | None = None
        "The last one that came to its end."

    @property
    def watched(self) -> Mapping[str, Watched]:
        """Return every resident's chain as of the last look."""
        return self._watch.watched

    @property
    def staff(self) -> Staff:
        """Return what is known of who is told."""
        return self._staff

    @property
    def morning(self) -> datetime.time:
        """Return when the day begins."""
        return self._times.morning

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Look once, and ring what is new."""
        now = self._clock.utc()
        ward = self._live.ward
        self.humans = tuple(self._humans(now))
        rooms = [room_of(ward, who, now) for who in ward.roll.inhabitants]
        self.problem = self._hub_problem()
        watched = self._watch.update(rooms, self.problem, self.humans, now)
        self._look_at_tablets()
        self._look_at_broker()
        self._look_ahead(now)
        self._holes([told.alert for told in ward.alerts()], list(watched.values()), now)

    def preflight(self, now: int) -> tuple[tuple[int, int], list[Contactable]]:
        """Return the night that is now or comes next, and how everybody on its rota can be told now."""
        policy = self._staff.policy()
        span = night(policy.rota.zone, self._times.night, self._times.morning, now)
        return span, contactable(policy, of_night(policy, span), self._staff.ways())

    def due(self, night_begins: int, now: int) -> bool:
        """Return whether a night is near enough that who cannot be reached is an alert."""
        return now >= night_begins - round(self._times.ahead * 3600 * SECOND)

    def take(self, trial: Trial) -> None:
        """Take what became of a test alarm."""
        self.trial = trial
        if trial.arrived:
            self.arrived = trial
            seconds = (trial.ended - trial.started) / SECOND
            self._health.fact("synthetic", f"the last test alarm came through in {seconds:.1f} s")
        elif trial.unheard:
            # Everything that is the hub's works; that nobody listens is said by `tablet_mute`.
            self._health.fact(
                "synthetic", "the last test alarm found no screen of the ward that can be heard"
            )
        if trial.arrived or trial.unheard:
            self._health.well("synthetic")
        else:
            self._health.failing("synthetic", f"the test alarm was last seen at: {trial.place}")
        self._system(Code.SYNTHETIC_LOST, None if trial.arrived or trial.unheard else trial.place.value)

    def disk(self, free: int | None) -> None:
        """Say how many megabytes the hub's disk has left, or that it has enough."""
        self._system(Code.DISK_LOW, None if free is None else str(free // 50 * 50))

    # ---- what is gathered ----

    def _humans(self, now: int) -> Iterator[Human]:
        for tablet in self._live.audible():
            yield Human(tablet.name or tablet.username, "tablet", tablet.time)
        policy, channels, ways = self._staff.policy(), self._staff.channels(), self._staff.ways()
        ladder = policy.ladders.get(Priority.HIGH)
        seen = set()
        for step in () if ladder is None else ladder.steps:
            for found in policy.resolve(step, now):
                person = policy.people.get(found.recipient)
                working = {way.channel for way in ways.get(found.recipient, ()) if way.well}
                for channel, _ in found.ways:
                    state = channels.get(channel)
                    carries = channel in working if found.role or person else state is not None and state.well
                    if channel in _NO_HUMAN or not carries or found.recipient in seen:
                        continue
                    seen.add(found.recipient)
                    book = policy.people if person else policy.devices
                    yield Human(book[found.recipient].name, channel, now)

    def _hub_problem(self) -> str:
        failing = self._health.failing_parts()
        found = sorted(part for part in failing if part in _HUB or part.startswith("task_"))
        if found:
            return found[0]
        return "path" if "synthetic" in failing else ""

    # ---- what rings ----

    def _look_at_tablets(self) -> None:
        now = self._clock.monotonic()
        if self._live.audible() or not self._times.tablets_within:
            self._audible_at = now
        silent = now - self._audible_at
        mute = bool(self._times.tablets_within) and silent >= self._times.tablets_within * SECOND
        self._system(Code.TABLET_MUTE, f"{len(self._live.tablets())} open" if mute else None)

    def _look_at_broker(self) -> None:
        now = self._clock.monotonic()
        cut = "broker" in self._health.failing_parts()
        if cut != self._cut:
            self._cut = cut
            # At once, and not when it rings: every room falls silent as soon as the broker does.
            self._bell.cut_off(cut=cut)
        if not cut:
            self._broker_at = now
        self._system(Code.BROKER_DOWN, "broker" if now - self._broker_at >= BROKER_FOR else None)

    def _look_ahead(self, now: int) -> None:
        span, people = self.preflight(now)
        missing = [one.name for one in people if not one.ready] if self.due(span[0], now) else []
        self._system(Code.CONTACT_UNREACHABLE, ", ".join(missing) or None)

    def _holes(self, alerts: list[Alert], watched: list[Watched], now: int) -> None:
        self._once(Code.WATCH_HOLE, tuple(find_holes(watched, alerts, now)), self._bell.ring)

    def _system(self, code: Code, trouble: str | None) -> None:
        self._once(code, trouble, self._bell.system)

    def _once(self, code: Code, said: T, say: Callable[[Code, T], None]) -> None:
        """Say what changed; the first word after a start ends what rang before it."""
        if code not in self._rung or self._rung[code] != said:
            self._rung[code] = said
            say(code, said)


def room_of(ward: Ward, resident: str, now: int) -> Room:
    """Return what is known of where a resident lives."""
    edge = ward.roll.inhabitants[resident].edge
    state = None if edge is None else ward.edges.get(edge)
    unwatched = ward.unwatched(resident) or ""
    if edge is None or state is None or state.presence is None:
        return Room(resident, edge or "", unwatched, None if state is None else state.heard)
    up = {
        fact.sensor: fact.last
        for fact in state.presence.sensors
        if fact.continuous and fact.link is SensorLink.UP and kind_of(fact.protocol) != "climate"
    }
    values = [value for value in ward.values(resident) if value.edge == edge and value.sensor in up]
    told = [last for last in up.values() if last is not None]
    fresh = any(now - value.time < stale_after(value.metric) for value in values) or any(
        now - last < QUIET_FOR for last in told
    )
    newest = max([*(value.time for value in values), *told], default=None)
    return Room(resident, edge, unwatched, state.heard, newest, fresh)


def stale_after(metric: str) -> int:
    """Return the age, in microseconds, at which a value becomes a dash."""
    row = METRICS.get(metric)
    return QUIET_FOR if row is None else round(row.stale_after * SECOND)
