"""A whole night: the hub's real engine and escalation, what arrives, and two people who walk from room to room.

Everything that is not the hub is simulated here on one clock of whole seconds; the hub is `hub.alerting.engine.Engine` and
`hub.alerting.escalation.climb.Escalator`, fed in the order of the writer's turn (`hub.ingest.writer.Writer._turn`), and
what they keep is in `Keeper`, from which both are made anew when the hub starts again.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from devices.clock import SECOND
from devices.limits import Priority
from devices.measurement import Cause, EventKind, Link
from devices.quality import Quality
from devices.wire.messages import EventNote, Observation, Presence, SensorFact
from hub.alerting.engine import Engine
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.model import Orders, Telling
from hub.alerting.escalation.policy import parse
from hub.alerting.model import Alert, Changes, Code, Event, Kind, Response, Suppression
from hub.alerting.responses import Action, AlertError
from hub.alerting.rules.model import RuleSet
from hub.alerting.suppressions import SuppressionError, Wish
from tests.scenarios.night import plan as plans
from tests.scenarios.night.bodies import Body, body
from tests.scenarios.night.keeper import Keeper
from tests.scenarios.night.plan import START, Plan
from tests.scenarios.night.rules import people
from tests.scenarios.night.staff import Staff, Visit
from tests.scenarios.night.streams import CUFF, MAT, OXIMETER, Arrival, arrive

WAY = 300_000
"Microseconds from a sensor to the hub."
BEAT = 5
_LATENCY = {"screen": 1, "espa": 3, "sms": 8, "email": 20}
"Seconds until a channel's counterpart has said what became of a telling."
_FAILS = {"screen": 0.0, "espa": 0.02, "sms": 0.02, "email": 0.01}
"Share of tellings that a channel does not deliver; made up."
_UP = SensorFact(CUFF, Link.UP, continuous=False)


@dataclass(slots=True)
class Room:
    """One room as the simulation knows it."""

    number: int
    body: Body
    off: list[tuple[int, int]]
    "What is left of the night's times without a probe."
    silent: dict[str, int] = field(default_factory=dict)
    "Sensors that say nothing, and since when."
    frozen: bool = False
    dead: bool = False
    facts: tuple[SensorFact, ...] = ()
    gaps: dict[str, list[list[int]]] = field(default_factory=dict)
    "By sensor: the seconds in which nothing sound came, [since, until]."

    @property
    def edge(self) -> str:
        """The room's device."""
        return f"e{self.number}"

    @property
    def resident(self) -> str:
        """Who lives there."""
        return f"r{self.number}"


@dataclass(slots=True)
class Outcome:
    """What a night came to."""

    plan: Plan
    keeper: Keeper
    rooms: list[Room]
    log: list[str]
    values: int = 0
    "Measured."
    late_steps: int = 0
    "Steps of ladders that were told more than a second late while the hub was there."
    answers: list[float] = field(default_factory=list)
    "Seconds from an alarm to the carer at the bed."
    refused: int = 0
    "Acts of people that came too late."
    delivered: list[tuple[str, Observation]] = field(default_factory=list)
    "Everything that the hub was given, where that is kept."

    @property
    def digest(self) -> str:
        """Return the hash of the log."""
        return hashlib.blake2b("\n".join(self.log).encode(), digest_size=16).hexdigest()


class Night:
    """One run of a plan."""

    def __init__(self, plan: Plan, ruleset: RuleSet, *, thin: bool = True, keep: bool = False) -> None:
        """Measure everything; nothing has arrived yet.

        Args:
            plan: what goes wrong.
            ruleset: the home's rules.
            thin: leave out what can change no verdict.
            keep: keep what the hub is given, for a judge who looks at it afterwards.
        """
        self._keep = keep
        limits, persons = people(plan, ruleset)
        text = (Path(__file__).parent / "ladder.toml").read_text("utf-8")
        edges: dict[str, str | None] = {f"e{n}": f"r{n}" for n in range(plan.residents)}
        self.keeper = Keeper(limits, persons, ruleset, parse(text, "ladder.toml"), edges)
        self._plan = plan
        self._arrivals: list[list[Arrival]] = [[] for _ in range(plan.seconds)]
        self._rooms: list[Room] = []
        self._out = Outcome(plan, self.keeper, self._rooms, [])
        for number in range(plan.residents):
            made = body(plan, number)
            who = f"r{number}"
            self._out.values += arrive(number, made, limits[who], persons[who], self._arrivals, thin=thin)
            self._rooms.append(Room(number, made, list(made.off)))
            self._facts(self._rooms[-1])
        self._staff = Staff(np.random.default_rng([plan.seed, 3]))
        self._random = np.random.default_rng([plan.seed, 4])
        self._backlog: list[tuple[Room, Observation]] = []
        self._receipts: list[tuple[int, int, Telling]] = []
        self._spots: list[tuple[int, int, str, float]] = []
        self._told: dict[tuple[str, int, int], set[str]] = {}
        self._priorities: dict[str, Priority] = {}
        self._number = 0
        self._engine: Engine
        self._escalator: Escalator
        self._rounds()

    def run(self) -> Outcome:
        """Live through the night."""
        plan = self._plan
        self._start(START * SECOND, "début de la nuit")
        starts = {gap.until for gap in plan.restarts}
        away = 0
        for second in range(plan.seconds):
            now = (START + second) * SECOND + WAY
            for gap in plan.restarts:
                if second == gap.since:
                    away = gap.until
                    self._say(second, "serveur arrêté")
            self._world(second)
            self._measured(second)
            if second < away:
                continue
            if second in starts:
                self._start(now, "serveur reparti du disque")
            self._turn(second, now)
        return self._out

    # ---- the hub ----

    def _start(self, now: int, why: str) -> None:
        self._engine, self._escalator = self.keeper.engine(now), self.keeper.escalator()
        assert {a.id: a for a in self._engine.open_alerts()} == {a.id: a for a in self.keeper.open()}
        self._say((now // SECOND) - START, why)

    def _turn(self, second: int, now: int) -> None:
        engine, escalator = self._engine, self._escalator
        for _, _, telling in self._due(second):
            self._receipt(second, now, telling)
        if self._keep:
            self._out.delivered += [(room.resident, seen) for room, seen in self._backlog]
        for room, seen in self._backlog:
            engine.observe(room.edge, room.resident, seen, now, late=False)
        self._backlog.clear()
        for room in self._rooms[second % BEAT :: BEAT]:
            if not room.dead:
                heart = Presence(room.edge, "s1", "online", now - WAY, sensors=room.facts)
                engine.presence(heart, room.resident, now)
        for note in self._happenings(second):
            engine.happen(*note, now, late=False)
        self._people(second, now)
        engine.tick(now)
        engine.set_troubles(Code.ROTA_HOLE, escalator.holes(), now)
        changes = engine.take_changes()
        if changes:
            escalator.follow(changes, now)
        escalator.tick(now)
        orders = escalator.take_orders()
        if not (changes or orders):
            return
        self._write(second, changes, orders)

    def _write(self, second: int, changes: Changes, orders: Orders) -> None:
        """Put a turn on the disk; then let everybody know."""
        for telling in self.keeper.commit(changes, orders):
            late = telling.created - telling.due
            self._out.late_steps += late > SECOND and not self._was_away(telling.due)
            self._send(second, telling)
        for step in changes.transitions:
            alert = self.keeper.alerts[step.alert]
            self._say(second, f"{step.event} {_name(alert)} {step.author} {step.reason}".rstrip())
            self._hear(second, alert, step.event)
        for alert in changes.alerts.values():
            if not alert.open:
                self._staff.forget(alert.id)

    def _was_away(self, time: int) -> bool:
        second = time / SECOND - START
        return any(gap.since - 1 <= second <= gap.until + 1 for gap in self._plan.restarts)

    # ---- channels ----

    def _send(self, second: int, telling: Telling) -> None:
        self._say(
            second, f"dit {telling.recipient} {telling.channel} étape {telling.step + 1} {telling.reason}"
        )
        self._number += 1
        wait = _LATENCY.get(telling.channel, 0)
        heapq.heappush(self._receipts, (second + wait, self._number, telling))

    def _due(self, second: int) -> Iterable[tuple[int, int, Telling]]:
        while self._receipts and self._receipts[0][0] <= second:
            yield heapq.heappop(self._receipts)

    def _receipt(self, second: int, now: int, telling: Telling) -> None:
        heard = telling.possible and self._random.random() >= _FAILS.get(telling.channel, 0.0)
        self._say(second, f"{'reçu' if heard else 'perdu'} {telling.recipient} {telling.channel}")
        alert = self.keeper.alerts[telling.alert]
        if heard:
            if telling.channel == "espa" and alert.open and alert.response is Response.UNACKNOWLEDGED:
                self._staff.hear(alert.id, alert.priority, alert.edge, second)
            return
        if not telling.rest:
            self._escalator.hurry(telling.alert, telling.round, telling.step, now)

    def _hear(self, second: int, alert: Alert, event: Event) -> None:
        self._priorities[alert.id] = alert.priority
        sounds = alert.open and alert.response is Response.UNACKNOWLEDGED
        if event not in {Event.RAISED, Event.RETURNED, Event.SILENCE_ENDED, Event.RELEASED} or not sounds:
            return
        mute = any(gap.since <= second < gap.until for gap in self._plan.mute)
        first_unit = alert.edge and int(alert.edge[1:]) < self._plan.residents // 2
        if alert.suppression is Suppression.NONE and not (mute and first_unit):
            self._staff.hear(alert.id, alert.priority, alert.edge, second)

    # ---- people ----

    def _people(self, second: int, now: int) -> None:
        for visit in self._staff.go(second, self._priorities):
            for key in visit.alerts:
                self._act(key, Action.TAKE, visit.carer, now)
        for visit in [each for each in self._staff.visits if not each.arrived and each.arrives <= second]:
            visit.arrived = True
            self._arrive(second, now, visit)
        for visit in [each for each in self._staff.visits if each.leaves <= second]:
            self._staff.visits.remove(visit)
            self._leave(now, visit)

    def _arrive(self, second: int, now: int, visit: Visit) -> None:
        raised = [self.keeper.alerts[key].raised for key in visit.alerts]
        self._out.answers.append((now - min(raised)) / SECOND)
        if not visit.room:
            return
        room = self._rooms[int(visit.room[1:])]
        wish = Wish(Kind.CARE, visit.carer, "soin", min(1800.0, visit.leaves - second + 60), edge=room.edge)
        try:
            self._engine.suppress(wish, now)
        except SuppressionError:
            self._out.refused += 1
        room.off = [span for span in room.off if span[0] > second]
        for sensor in list(room.silent):
            self._repair(room, sensor, second)
        room.frozen, room.dead = False, False
        self._facts(room)
        about = [self.keeper.alerts[key] for key in visit.alerts]
        if any(not alert.technical for alert in about):
            self._spots.append((second + 60, room.number, "soin", 0.0))

    def _leave(self, now: int, visit: Visit) -> None:
        for key in visit.alerts:
            if self.keeper.alerts[key].response is Response.TAKEN:
                self._act(key, Action.ACKNOWLEDGE, visit.carer, now)
        # Whatever rang while somebody stood there is seen.
        for alert in self._engine.open_alerts():
            if alert.edge == visit.room and alert.response is Response.UNACKNOWLEDGED:
                self._act(alert.id, Action.ACKNOWLEDGE, visit.carer, now)
                self._staff.forget(alert.id)
        for order in self._engine.suppressors():
            if order.kind is Kind.CARE and order.edge == visit.room and order.author == visit.carer:
                self._engine.lift(order.id, visit.carer, "fini", now)

    def _act(self, key: str, action: Action, who: str, now: int) -> None:
        try:
            self._engine.act(key, action, who, "", now)
        except AlertError:
            self._out.refused += 1

    # ---- rooms ----

    def _world(self, second: int) -> None:
        """Let begin and end what the plan says."""
        for failure in self._plan.failures:
            if failure.since == second:
                room = self._rooms[failure.resident]
                if failure.how == "frozen":
                    room.frozen = True
                else:
                    room.silent[failure.sensor] = second
                self._facts(room)
                self._say(second, f"panne {failure.sensor} {failure.how} {room.resident}")
        for gap in self._plan.dead:
            if gap.since == second:
                self._rooms[gap.resident].dead = True
                self._say(second, f"boîtier éteint {self._rooms[gap.resident].edge}")
        for room in self._rooms:
            if room.off and room.off[0][0] == second:
                self._facts(room, off=True)
            while room.off and room.off[0][1] <= second:
                room.off.pop(0)
                self._facts(room, off=bool(room.off) and room.off[0][0] <= second)

    def _measured(self, second: int) -> None:
        """Let what was measured in this second set out to the hub."""
        for number, seen in self._arrivals[second]:
            room = self._rooms[number]
            if room.dead or seen.sensor in room.silent or (seen.sensor == OXIMETER and _is_off(room, second)):
                self._missing(room, seen.sensor, second)
                continue
            if room.frozen and seen.sensor == OXIMETER:
                self._missing(room, seen.sensor, second)
                self._backlog.append((room, _held(seen)))
            else:
                self._backlog.append((room, seen))
        while self._spots and self._spots[0][0] <= second:
            _, number, _, _ = self._spots.pop(0)
            if not self._rooms[number].dead:
                self._backlog += [(self._rooms[number], seen) for seen in self._spot(number, second)]

    def _spot(self, number: int, second: int) -> list[Observation]:
        """Return what somebody takes at the bed."""
        room, time = self._rooms[number], (START + second) * SECOND
        noise = self._random.normal(0.0, 1.0, 2)
        systolic = room.body.systolic + room.body.added("systolic", second) + 4 * noise[0]
        temperature = room.body.temperature + room.body.added("temperature", second) + 0.1 * noise[1]
        return [
            Observation(CUFF, "systolic", time, float(round(systolic))),
            Observation(CUFF, "temperature", time, round(float(temperature), 1)),
            Observation(CUFF, "consciousness", time, 0.0),
        ]

    def _rounds(self) -> None:
        """Plan who is measured when: everybody in the evening and in the morning."""
        hours = self._plan.seconds / plans.HOUR
        for start in (0.5, 9.5):
            if start < hours:
                for room in self._rooms:
                    at = round(start * plans.HOUR) + room.number * 90
                    if at < self._plan.seconds:
                        self._spots.append((at, room.number, "ronde", 0.0))
        self._spots.sort()

    def _happenings(self, second: int) -> list[tuple[str, EventNote, str]]:
        time = (START + second) * SECOND
        found = []
        for at, number in self._plan.calls:
            if at == second:
                found.append((number, EventNote("appel", EventKind.NURSE_CALL, time, f"c{at}")))
        for worse in self._plan.worse:
            if worse.onset == second and worse.kind is plans.Kind.FALL:
                found.append((worse.resident, EventNote("ceinture", EventKind.FALL, time, f"f{second}")))
            if worse.onset == second:
                self._say(second, f"état {worse.kind} r{worse.resident}")
        rooms = [(self._rooms[number], note) for number, note in found]
        return [(room.edge, note, room.resident) for room, note in rooms if not room.dead]

    def _repair(self, room: Room, sensor: str, second: int) -> None:
        del room.silent[sensor]
        self._say(second, f"réparé {sensor} {room.resident}")

    def _facts(self, room: Room, *, off: bool = False) -> None:
        made = [
            SensorFact(
                sensor,
                Link.DOWN if sensor in room.silent else Link.UP,
                flags=int(Quality.PROBE_OFF) if off and sensor == OXIMETER else 0,
                cause=Cause.NOT_SEEN if sensor in room.silent else Cause.NONE,
            )
            for sensor in (OXIMETER, MAT)
        ]
        room.facts = (*made, _UP)

    def _missing(self, room: Room, sensor: str, second: int) -> None:
        spans = room.gaps.setdefault(sensor, [])
        if spans and second - spans[-1][1] <= 30:
            spans[-1][1] = second
        else:
            spans.append([second, second])

    def _say(self, second: int, text: str) -> None:
        self._out.log.append(f"{second} {text}")


def _held(seen: Observation) -> Observation:
    return Observation(seen.sensor, seen.metric, seen.time, seen.value, seen.flags | int(Quality.HELD))


def _is_off(room: Room, second: int) -> bool:
    return bool(room.off) and room.off[0][0] <= second < room.off[0][1]


def _name(alert: Alert) -> str:
    about = alert.metric or alert.sensor or ""
    return (
        f"{alert.id[:8]} {alert.code} {alert.priority} {alert.edge} {about} {alert.value} {alert.suppression}"
    )


def run(plan: Plan, ruleset: RuleSet, *, thin: bool = True, keep: bool = False) -> Outcome:
    """Live through a night."""
    return Night(plan, ruleset, thin=thin, keep=keep).run()
