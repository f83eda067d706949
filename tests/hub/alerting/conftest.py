"""A hub that keeps what the engine changes, and can be ended and started at any point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, LimitState, Priority
from devices.measurement import EventKind, Link
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import EventNote, Observation, Presence, SensorFact, StatusChange
from hub.alerting.engine import Engine, Settings
from hub.alerting.ledger import subject_of
from hub.alerting.model import (
    Alert,
    Code,
    Condition,
    Event,
    Kind,
    StateKey,
    Suppression,
    Suppressor,
    Transition,
)
from hub.alerting.responses import Action
from hub.alerting.rules.model import Person
from hub.alerting.suppressions import Wish
from hub.alerting.technical import Delays

START = BUILD_FLOOR
LOW = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=10.0, hysteresis=2.0)


@dataclass
class Hub:
    """The engine and its disk, on a clock that the test moves; times are seconds after the start."""

    limits: dict[str, tuple[Limit, ...]] = field(default_factory=lambda: {"jeanne": (LOW,)})
    edges: Mapping[str, str | None] = field(default_factory=dict)
    now: float = 0.0
    alerts: dict[str, Alert] = field(default_factory=dict)
    transitions: dict[tuple[str, int], Transition] = field(default_factory=dict)
    states: dict[StateKey, LimitState] = field(default_factory=dict)
    suppressors: dict[str, Suppressor] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    memories: dict[StateKey, str] = field(default_factory=dict)
    delays: Delays = field(default_factory=Delays)
    priorities: dict[Code, Priority] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def utc(self) -> int:
        return START + round(self.now * SECOND)

    def restart(self) -> None:
        """Lose everything that is not on the disk, and start from the disk."""
        numbers = dict(sorted(self.transitions))
        opened = [(alert, numbers[alert.id]) for alert in self.alerts.values() if alert.open]
        orders = [order for order in self.suppressors.values() if order.ended is None]
        settings = Settings(
            self.utc, self.edges, self.delays, priorities=self.priorities, memories=dict(self.memories)
        )
        self.engine = Engine(self.limits, dict(self.states), opened, settings, orders, self.people)

    def commit(self) -> list[Event]:
        """Put what changed on the disk and return the events, in order."""
        changes = self.engine.take_changes()
        self.alerts |= changes.alerts
        for step in changes.transitions:
            assert (step.alert, step.number) not in self.transitions, "a step was told twice"
            self.transitions[step.alert, step.number] = step
        self.states |= changes.states
        self.memories |= changes.memories
        self.suppressors |= changes.suppressors
        return [step.event for step in changes.transitions]

    def value(self, value: float, at: float | None = None, **more: Any) -> list[Event]:
        """Let a value of Jeanne's arrive now, measured `at`; returns what it did."""
        if at is None:
            at = self.now
        metric, resident = more.get("metric", "spo2"), more.get("resident", "jeanne")
        seen = Observation(
            more.get("sensor", "ox"),
            metric,
            START + round(at * SECOND),
            value,
            int(more.get("flags", Quality(0))),
        )
        edge, late = more.get("edge", "room-12"), more.get("late", False)
        self.engine.observe(edge, resident, seen, self.utc, late=late)
        return self.commit()

    def hold(self, value: float, until: float) -> list[Event]:
        """Let the same value arrive every second."""
        events = self.value(value)
        while self.now < until:
            self.now += 1
            events += self.value(value)
        return events

    def presence(self, session: str = "s1", edge: str = "room-12", **more: Any) -> list[Event]:
        """Let a heartbeat arrive; `link` and `flags` are those of its one sensor."""
        fact = SensorFact(
            "ox",
            more.get("link", Link.UP),
            flags=int(more.get("flags", Quality(0))),
            continuous=more.get("continuous", True),
        )
        sensors = more.get("sensors", (fact,))
        time = self.utc + round(more.get("ahead", 0.0) * SECOND)
        full, state = more.get("spool_full", False), more.get("state", "online")
        presence = Presence(edge, session, state, time, spool_full=full, sensors=sensors)
        self.engine.presence(presence, more.get("resident", "jeanne"), self.utc)
        return self.commit()

    def status(self, link: Link, flags: Quality = NO_DOUBT, at: float | None = None) -> list[Event]:
        """Let a sensor's change arrive."""
        time = START + round((self.now if at is None else at) * SECOND)
        self.engine.observe_status("room-12", StatusChange("ox", time, link, int(flags)), "jeanne", self.utc)
        return self.commit()

    def tick(self, until: float | None = None, step: float = 1.0) -> list[Event]:
        """Let time pass."""
        events: list[Event] = []
        while until is not None and self.now + step <= until:
            self.now += step
            self.engine.tick(self.utc)
            events += self.commit()
        if until is None:
            self.engine.tick(self.utc)
            events += self.commit()
        return events

    def beat(self, until: float, **more: Any) -> list[Event]:
        """Let time pass with a heartbeat every 5 s."""
        events: list[Event] = []
        while self.now < until:
            events += self.tick(min(until, self.now + 5))
            events += self.presence(**more)
        return events

    def act(self, action: str, alert: Alert | None = None, author: str = "ines") -> list[Event]:
        """Let a person act."""
        self.engine.act((alert or self.only).id, Action(action), author, "", self.utc)
        return self.commit()

    def suppress(self, kind: Kind, seconds: float, author: str = "ines", **more: Any) -> Suppressor:
        """Let a person order that something does not sound; a silence is of the only alert unless named."""
        if kind is Kind.SILENCE and "alert" not in more:
            more["alert"] = self.only.id
        elif kind is not Kind.SILENCE:
            more.setdefault("edge", "room-12")
        wish = Wish(kind, author, more.pop("reason", "in_room"), seconds, **more)
        order = self.engine.suppress(wish, self.utc)
        self.commit()
        return order

    def lift(self, order: Suppressor, author: str = "ines") -> list[Event]:
        """Let a person end an order."""
        self.engine.lift(order.id, author, "", self.utc)
        return self.commit()

    def happen(self, kind: EventKind, identity: str, **more: Any) -> list[Event]:
        """Let something happen to Jeanne now."""
        note = EventNote(more.get("sensor", "ox"), kind, self.utc, identity)
        edge, resident = more.get("edge", "room-12"), more.get("resident", "jeanne")
        self.engine.happen(edge, note, resident, self.utc, late=False)
        return self.commit()

    def open(self) -> list[Alert]:
        """Return the alerts on the screen, oldest first."""
        return sorted((a for a in self.alerts.values() if a.open), key=lambda a: (a.raised, a.onset))

    @property
    def only(self) -> Alert:
        """Return the one alert on the screen."""
        [alert] = self.open()
        return alert

    def check(self) -> None:
        """Check what must hold at any time."""
        numbers: dict[str, list[int]] = {}
        for alert, number in self.transitions:
            numbers.setdefault(alert, []).append(number)
        assert numbers.keys() == self.alerts.keys()
        for alert, found in numbers.items():
            assert sorted(found) == list(range(1, len(found) + 1))
            events = [self.transitions[alert, number].event for number in sorted(found)]
            assert events[0] is Event.RAISED
            assert events.count(Event.RAISED) == 1
            assert events.count(Event.CLEARED) == (self.alerts[alert].condition is Condition.CLEARED)
        active = [subject_of(a) for a in self.alerts.values() if a.condition is Condition.ACTIVE]
        assert len(active) == len(set(active))
        orders = {order.id: order for order in self.suppressors.values() if order.ended is None}
        assert {order.id: order for order in self.engine.suppressors()} == orders
        for alert in self.alerts.values():
            assert alert.muted_by is None or alert.muted_by in orders
            assert alert.muted_by is None or alert.suppression is not Suppression.NONE
            steps = [self.transitions[alert.id, number].event for number in sorted(numbers[alert.id])]
            told = [step for step in steps if step in {Event.SILENCED, Event.SILENCE_ENDED}]
            assert not told or told[0] is Event.SILENCED
            assert not alert.open or (bool(told) and told[-1] is Event.SILENCED) == (
                alert.muted_by is not None
            )
        assert {a.id: a for a in self.engine.open_alerts()} == {a.id: a for a in self.open()}


Value = float | Callable[[float], float]


class Line:
    """A scenario on a time line: push at 1.2 s, want between 2.0 and 2.5 s. Times are seconds after the start.

    It is played twice: by a hub that lives throughout, and by one that is killed before every single step and starts from
    its disk; both must do the same. Time passes for the engine once a second.
    """

    def __init__(self, *, killed: bool = True, **hub: Any) -> None:
        self._make = lambda: Hub(**({"limits": {}} | hub))
        self._killed = killed
        self._steps: list[tuple[float, int, Callable[[Hub], object]]] = []
        self.hub = self._make()
        "The one that lived throughout, once it was played."

    def do(self, at: float, step: Callable[[Hub], object]) -> Line:
        """Let something happen."""
        self._steps.append((at, len(self._steps), step))
        return self

    def push(self, moment: float, value: float, metric: str = "spo2", **more: Any) -> Line:
        """Let one value be measured and arrive."""
        return self.do(moment, lambda hub: hub.value(value, metric=metric, **more))

    def stream(self, since: float, until: float, value: Value, metric: str = "spo2", **more: Any) -> Line:
        """Let a value be measured every second, or `every` seconds, of [since, until)."""
        every, at = more.pop("every", 1.0), since
        while at < until:
            self.push(at, value(at) if callable(value) else value, metric, **more)
            at += every
        return self

    def beat(self, since: float, until: float, **more: Any) -> Line:
        """Let the room's device be heard every 5 s."""
        at = since
        while at < until:
            self.do(at, lambda hub: hub.presence(**more))
            at += 5
        return self

    def person(self, at: float, person: Person) -> Line:
        """Let Jeanne's rules be others."""

        def step(hub: Hub) -> None:
            hub.people = {"jeanne": person}
            hub.engine.set_people("jeanne", person, hub.utc)

        return self.do(at, step)

    def want(self, until: float, *wanted: tuple[Event, float, float]) -> list[Alert]:
        """Play, and check that exactly these steps of alerts are taken, in this order, each in [from, to].

        Returns the alerts that were raised, as they are at the end.
        """
        self.hub, seen = self._play(until, killed=False)
        said = [(event, at) for event, at, _ in seen]
        assert [event for event, _ in said] == [event for event, _, _ in wanted], said
        for (event, at), (_, low, high) in zip(said, wanted, strict=True):
            assert low <= at <= high, f"{event} at {at}, wanted {low} to {high}"
        if self._killed:
            other, again = self._play(until, killed=True)
            assert again == seen
            assert (other.alerts, other.states) == (self.hub.alerts, self.hub.states)
            assert other.memories == self.hub.memories
        self.hub.check()
        return [self.hub.alerts[alert] for event, _, alert in seen if event is Event.RAISED]

    def _play(self, until: float, *, killed: bool) -> tuple[Hub, list[tuple[Event, float, str]]]:
        hub, seen = self._make(), []
        ticks = [(float(second), -1, _tick) for second in range(int(until) + 1)]
        for at, _, step in sorted([*self._steps, *ticks], key=lambda each: each[:2]):
            if at > until:
                break
            hub.now = at
            if killed:
                hub.restart()
            before = set(hub.transitions)
            step(hub)
            hub.commit()
            new = [key for key in hub.transitions if key not in before]
            seen += [(hub.transitions[key].event, at, key[0]) for key in new]
        return hub, seen


def _tick(hub: Hub) -> None:
    hub.engine.tick(hub.utc)


@pytest.fixture
def line() -> type[Line]:
    """A scenario to be written; see `Line`."""
    return Line


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def watched() -> Hub:
    """A hub that waits for one edge."""
    return Hub(edges={"room-12": "jeanne"})


@pytest.fixture
def new_hub() -> type[Hub]:
    return Hub
