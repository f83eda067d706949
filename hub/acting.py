"""What people do in the acts of télémédecine: each step is one transaction, with its place in the audit trail.

An act that is opened from another takes over what that one knows (`hub.acts.context`), and what the opening does to the one
before (a téléconsultation that becomes an emergency) is written in the same transaction. What only time does is done by `run`.
Who asks for a physician has opened an act by it (`ask`); the questionnaire that was answered meanwhile joins the téléconsultation.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from hub.acts.context import begun, carry
from hub.acts.fields import ActError, FieldError, Fields
from hub.acts.model import (
    CALL,
    LONGEST_REASON,
    Act,
    Actor,
    Kind,
    Order,
    Role,
    Step,
    due,
    moved,
    opened,
    repeated,
)
from hub.acts.registry import MACHINES
from hub.alerting.model import SYSTEM
from hub.consult.evidence import alert_of, freeze, text_of
from hub.consult.model import CallRefusedError
from hub.store import acts, consult, records, snapshots, triages, wounds
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.ports import TimeSeries
from hub.store.records import AuditEntry
from hub.woundcare import WOUND_NAME

TICK: Final = 20.0
"Seconds between two looks at what time does to acts; their deadlines are hours and days away."
PICTURES: Final = "pictures"
"Field that names pictures which were kept of calls, each as `call/picture`."
ANSWERED: Final = 12 * 3600 * SECOND
"Age up to which a questionnaire that no téléconsultation has yet is about the one that is asked for (R)."
_HELPING: Final = frozenset({Kind.ASSISTANCE, Kind.CONSULTATION})
"Acts in which a physician comes to a resident."
_CLOCK: Final = Actor(SYSTEM, Role.CLOCK)
_log = logging.getLogger(__name__)


class UnknownActError(ActError):
    """There is no such act, or it is another resident's."""

    code = "unknown_act"


class UnknownAlertError(ActError):
    """There is no such alert, or it is another resident's."""

    code = "unknown_alert"


class ActKeyUsedError(ActError):
    """The act's name was given to another one."""

    code = "key_used"


@dataclass(frozen=True, slots=True)
class Opening:
    """An act that somebody wants to open."""

    kind: Kind
    resident: str
    reason: str = ""
    "Empty: the reason of the act it is opened from."
    id: str = ""
    "Named by who asks, so that asking again changes nothing; empty: the hub names it."
    alert: str | None = None
    from_act: str | None = None
    call: str | None = None
    triage: str | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """A step that somebody wants to take."""

    event: str
    number: int
    "Of the last step that they saw."
    reason: str = ""
    fields: Fields = field(default_factory=dict)
    facts: Fields = field(default_factory=dict)
    "What the hub adds."
    within: Callable[[Connection, Act], None] | None = None
    "Done in the same transaction, with the act as the step made it; what it raises undoes the step."


class Acting:
    """The acts of a home."""

    def __init__(
        self,
        database: Database,
        series: TimeSeries,
        clock: Clock,
        changed: Callable[[Act], None] = lambda _: None,
    ) -> None:
        """Take up a home's acts.

        Args:
            database: where they are.
            series: what is frozen of an alert's evidence comes from there.
            clock: the hub's.
            changed: told of every act to which something happened, once that is on disk; from any thread.
        """
        self._database = database
        self._series = series
        self._clock = clock
        self._changed = changed

    # ---- in a thread ----

    def open(self, wish: Opening, actor: Actor, metrics: Iterable[str] = ()) -> Act:
        """Open an act.

        Args:
            wish: what is opened, about whom and why.
            actor: who opens it.
            metrics: whose last values belong to the evidence of an alert.

        Raises:
            ActError: nothing is opened.
            StoreError: it cannot be written.
        """
        now = self._clock.utc()
        evidence = self._evidence(wish, metrics, now)
        with self._database.write() as connection:
            known = acts.find(connection, wish.id) if wish.id else None
            if known is not None:
                return _same(known, wish, actor)
            act = _new(wish, actor, evidence, now)
            act = _with_call(connection, act)
            before = None if wish.from_act is None else self._before(connection, wish)
            history = () if before is None else acts.steps(connection, [before.id])[before.id]
            if before is not None:
                act = begun(act, carry(before, history))
            act = _with_triage(connection, act, now)
            if not act.reason:
                raise FieldError("reason", "is missing")
            made, step = opened(act, MACHINES[act.kind])
            acts.add(connection, made, step)
            detail = f"{made.kind} of {made.resident}: {made.reason}"
            records.audit(connection, AuditEntry(now, actor.username, "act_opened", made.id, detail))
            left = None if before is None else _follow(connection, before, history, made, actor)
        self._changed(made)
        if left is not None:
            self._changed(left)
        return made

    def ask(
        self, wish: Opening, actor: Actor, metrics: Iterable[str] = (), planned: int | None = None
    ) -> Act | None:
        """Open the act that asking for a physician is; where one goes on already, that is it and nothing is opened.

        Args:
            wish: what is opened.
            actor: who asks.
            metrics: whose last values belong to the evidence of an alert.
            planned: when the physician is to come, microseconds UTC; `None` as soon as possible.

        Raises:
            ActError: nothing is opened.
            StoreError: it cannot be written.
        """
        with self._database.read() as connection:
            going = acts.of_resident(connection, wish.resident)
        if any(act.kind in _HELPING and act.state not in MACHINES[act.kind].final for act in going):
            return None
        made = self.open(wish, actor, metrics)
        if planned is not None:
            made = self.step(made.id, Doing("plan", made.version, fields={"at": planned}), actor)
        return made

    def step(self, key: str, doing: Doing, actor: Actor) -> Act:
        """Let something happen to an act; what happened already is not done again.

        Raises:
            ActError: nothing happens.
            StoreError: it cannot be written.
        """
        with self._database.write() as connection:
            act = _known(connection, key)
            history = acts.steps(connection, [key])[key]
            order = Order(
                doing.event,
                actor,
                self._clock.utc(),
                doing.number,
                doing.reason,
                doing.fields,
                facts=doing.facts,
            )
            if repeated(history, order):
                return act
            made = _take(connection, _with_triage(connection, act, order.time), history, order)
            if doing.within is not None:
                doing.within(connection, made)
        self._changed(made)
        return made

    def tick(self) -> int:
        """Do what time does to acts; returns to how many. One that cannot be done keeps no other waiting."""
        now, done = self._clock.utc(), 0
        with self._database.read() as connection:
            waiting = [act.id for act in acts.overdue(connection, now)]
        for key in waiting:
            try:
                done += self._overdue(key, now)
            except (ActError, StoreError) as error:
                _log.error("time cannot do its step to act %s: %s", key, error)
        return done

    # ---- on the event loop ----

    async def run(self) -> None:
        """Look at the clock for as long as the hub runs."""
        while True:
            await asyncio.to_thread(self.tick)
            await asyncio.sleep(TICK)

    # ---- parts ----

    def _overdue(self, key: str, now: int) -> bool:
        with self._database.write() as connection:
            act = _known(connection, key)
            history = acts.steps(connection, [key])[key]
            next_due = due(act, history, MACHINES[act.kind])
            # Somebody may have done something since it was read.
            if next_due is None or next_due.time > now:
                return False
            made = _take(connection, act, history, Order(next_due.event, _CLOCK, now, act.version))
        self._changed(made)
        return True

    def _evidence(self, wish: Opening, metrics: Iterable[str], now: int) -> str:
        if not wish.alert:
            return ""
        with self._database.read() as connection:
            try:
                found = alert_of(connection, wish.alert, wish.resident)
            except CallRefusedError as error:
                raise UnknownAlertError(str(error)) from None
            return text_of(freeze(connection, self._series, found, metrics, now))

    def _before(self, connection: Connection, wish: Opening) -> Act:
        before = _known(connection, wish.from_act or "")
        if before.resident != wish.resident:
            raise UnknownActError(f"act {before.id!r} of this resident is unknown")
        return before


def _new(wish: Opening, actor: Actor, evidence: str, now: int) -> Act:
    reason = wish.reason.strip()
    if len(reason) > LONGEST_REASON:
        raise FieldError("reason", f"{len(reason)} characters, at most {LONGEST_REASON} allowed")
    return Act(
        wish.id or secrets.token_hex(8),
        wish.kind,
        wish.resident,
        "",
        now,
        actor.username,
        reason,
        alert=wish.alert,
        from_act=wish.from_act,
        call=wish.call,
        triage=wish.triage,
        evidence=evidence,
    )


def _same(known: Act, wish: Opening, actor: Actor) -> Act:
    """Return an act that was opened under this name before, if it is the one that is asked for."""
    asked = (wish.kind, wish.resident, actor.username, wish.from_act)
    if (known.kind, known.resident, known.author, known.from_act) != asked:
        raise ActKeyUsedError(f"act {wish.id!r} is another one")
    return known


def _with_call(connection: Connection, act: Act) -> Act:
    """Return an act with the reason, the alert and the evidence of its call, where it has none of its own."""
    if act.call is None:
        return act
    _must_be_call_of(connection, act.call, act.resident)
    opening = consult.opening(connection, act.call)
    return replace(
        act,
        reason=act.reason or opening.reason,
        alert=act.alert or opening.alert,
        evidence=act.evidence or opening.evidence,
    )


def _with_triage(connection: Connection, act: Act, now: int) -> Act:
    """Return a téléconsultation that has no questionnaire with the newest one, unless another consultation has that."""
    if act.kind is not Kind.CONSULTATION or act.triage is not None:
        return act
    found = triages.of_resident(connection, act.resident, now - ANSWERED, limit=1)
    taken = {other.triage for other in acts.of_resident(connection, act.resident) if other.kind is act.kind}
    return act if not found or found[0].id in taken else replace(act, triage=found[0].id)


def _must_be_call_of(connection: Connection, key: str, resident: str) -> None:
    call = consult.call(connection, key)
    if call is None or call.resident != resident:
        raise FieldError(CALL, f"call {key[:64]!r} of this resident is unknown")


def _must_be_pictures_of(connection: Connection, names: object, resident: str) -> None:
    for name in names if isinstance(names, list) else []:
        call, _, picture = str(name).partition("/")
        if call.startswith(WOUND_NAME):
            _must_be_of_wound(connection, call.removeprefix(WOUND_NAME), picture, resident)
            continue
        _must_be_call_of(connection, call, resident)
        if picture not in {kept.id for kept in snapshots.of_call(connection, call)}:
            raise FieldError(PICTURES, f"picture {picture[:64]!r} is unknown")


def _must_be_of_wound(connection: Connection, key: str, picture: str, resident: str) -> None:
    wound, known = wounds.find(connection, key), wounds.picture(connection, picture)
    if wound is None or wound.resident != resident or known is None or known.wound != key or known.withdrawn:
        raise FieldError(PICTURES, f"picture {picture[:64]!r} of this resident's wounds is unknown")


def _known(connection: Connection, key: str) -> Act:
    found = acts.find(connection, key)
    if found is None:
        raise UnknownActError(f"act {key[:64]!r} is unknown")
    return found


def _take(connection: Connection, act: Act, history: tuple[Step, ...], order: Order) -> Act:
    """Carry out a step and write it down, with who did it."""
    made, step = moved(act, history, order, MACHINES[act.kind])
    if CALL in order.fields and made.call is not None:
        _must_be_call_of(connection, made.call, act.resident)
    _must_be_pictures_of(connection, step.fields.get(PICTURES), act.resident)
    acts.save(connection, made, step)
    detail = f"{act.resident} {act.kind} {step.number} {act.state}->{step.state}"
    detail += f": {step.reason}" if step.reason else ""
    records.audit(connection, AuditEntry(step.time, step.author, f"act_{step.event}", act.id, detail))
    return made


def _follow(
    connection: Connection, before: Act, history: tuple[Step, ...], made: Act, actor: Actor
) -> Act | None:
    """Do to the act before what the opening of the next one does to it; returns it when that is anything."""
    event = MACHINES[before.kind].follows.get((before.state, made.kind))
    if event is None:
        return None
    order = Order(event, actor, made.opened, before.version, made.reason, into=made.id)
    return _take(connection, before, history, order)
