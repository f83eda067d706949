"""The writer: one thread that makes what arrives durable, in order, and only then lets anybody know.

A turn is: take what has arrived, verify and evaluate it, commit all of it in one transaction, acknowledge it to the
edges, tell the screens. The engine and the cursors run ahead of the disk only inside a turn; a commit that fails is
tried again with the same content until it succeeds, so they never part. If the process ends in between, nothing of
the turn was acknowledged, and the edges send it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from sqlalchemy import Connection, func, select

from devices.backoff import Backoff
from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.wire.messages import Acknowledgement, Lane, encode
from hub.alerting.escalation.climb import Escalator, Trouble
from hub.alerting.escalation.policy import BUILT_IN
from hub.alerting.model import Alert, Code, Suppressor
from hub.alerting.responses import Action
from hub.alerting.rules.model import Person, RuleSet
from hub.alerting.suppressions import Wish
from hub.health import Health
from hub.ingest import directory, entering
from hub.ingest.cursors import Cursors
from hub.ingest.directory import Directory
from hub.ingest.hindsight import Found, Hindsight
from hub.ingest.inbox import Inbox
from hub.ingest.memory import memory
from hub.ingest.turn import AlertEngine, Assembler, Turn
from hub.live import Audience
from hub.metrics import Metrics
from hub.standing import NO_RULES
from hub.store import deeds, journal, sensors, spot_checks, tellings, verdicts
from hub.store.database import Database
from hub.store.deeds import Deed
from hub.store.errors import StoreError, StoreRefusedError, StoreUnavailableError
from hub.store.journal import EventKey, Quarantined
from hub.store.ports import Batch, TimeSeries
from hub.store.schema import AUDIT
from hub.store.spot_checks import SpotCheck

PACE = SECOND // 50
"Under load a transaction begins at most every 20 ms, so that many messages share one write to the disk."
TICK = SECOND
"How often the engine is told that time passes."
_HEARD_EVERY = 5 * SECOND
"How often `edges.last_seen` is written."
_RELOAD = 60 * SECOND
"How often who is where is read again, though nobody said that it changed."
_MAX_ARRIVALS = 2_000
"Messages of one transaction; bounds how long one takes."

_NOBODY = Person()

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Postman(Protocol):
    """Who carries messages to edges."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Seal and publish a message; must not block and must not raise."""
        ...


class WriterClosedError(VeilleuseError):
    """The writer has stopped: the request was not carried out."""


class RepeatedError(VeilleuseError):
    """The same was asked before under the same key, and was done then; nothing was done again."""

    def __init__(self, deed: Deed) -> None:
        super().__init__(f"{deed.action} of {deed.target[:64]!r} was done before under the same key")
        self.deed = deed


@dataclass(slots=True)
class Parts:
    """What a writer works with."""

    clock: Clock
    database: Database
    timeseries: TimeSeries
    engine: AlertEngine
    master: bytes
    "The hub's master secret."
    directory: Directory
    postman: Postman
    metrics: Metrics
    health: Health
    ruleset: RuleSet = NO_RULES
    "What holds where nothing is prescribed."
    inbox: Inbox = field(default_factory=Inbox)
    audiences: Sequence[Audience] = ()
    escalator: Escalator = field(default_factory=lambda: Escalator(BUILT_IN))
    "Who is told of what nobody answers."
    on_directory: Callable[[Directory, Directory], None] = field(default=lambda _old, _new: None)
    "Told the old and the new state of who is where; called by the writer's thread."


class Writer:
    """See the module. `act` and `change` may be called by any thread."""

    def __init__(self, parts: Parts) -> None:
        """Take up where the disk says that the last writer ended; `start` begins."""
        self._parts = parts
        self.inbox = parts.inbox
        with parts.database.read() as connection:
            cursors = journal.cursors(connection)
            self._audit_seen = _last_audit(connection)
            self._hindsight = Hindsight(
                parts.engine, verdicts.windows(connection), verdicts.unanswered(connection)
            )
        self._memory = memory(
            parts.database, parts.timeseries, lambda: self._assembler.directory, parts.ruleset
        )
        self._assembler = Assembler(
            parts.directory, Cursors(cursors), parts.engine, self._known_events, self._hindsight
        )
        self._relinked = True
        self._backoff = Backoff(base=0.1, ceiling=5.0)
        self._heard: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._next_tick = 0
        self._reloaded = parts.clock.monotonic()
        self._promised: list[Callable[[], None]] = []
        self._at_hand = Turn(0)
        self._deeds: list[Deed] = []
        self.failed = threading.Event()
        "Set when the writer ended by an error; the process must end too, and start again from the disk."

    @property
    def directory(self) -> Directory:
        """Who is where, as the writer sees it now."""
        return self._assembler.directory

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn at hand and end; what still waits was not acknowledged and is sent again."""
        self.inbox.close()
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def act(self, alert_id: str, action: Action, author: str, reason: str, key: str = "") -> Future[Alert]:
        """Do what a person asked about an alert; done when it is on the disk.

        Args:
            alert_id: the alert.
            action: what is done.
            author: by whom.
            reason: in their words.
            key: names this request among all of its author's; with an empty one it is done each time it is asked.

        The future raises:
            AlertError: the alert is unknown or the action is not allowed in its state.
            RepeatedError: it was done before under this key.
            WriterClosedError: the hub is stopping.

        Raises:
            ValueError: it is no action; said here, for the writer's thread must not end of it.
        """
        engine, asked = self._parts.engine, Action(action)

        def work(now: int) -> Alert:
            deed = self._new(Deed(author, key, asked.value, alert_id, now))
            acted = engine.act(alert_id, asked, author, reason, now)
            self._keep(deed)
            return acted

        return self._evaluate(work)

    def suppress(self, wish: Wish, key: str = "") -> Future[Suppressor]:
        """Order that something does not sound for a while; done when it is on the disk.

        The future raises:
            SuppressionError: it is not possible.
            RepeatedError: it was done before under this key.
            WriterClosedError: the hub is stopping.
        """
        target = wish.alert or f"{wish.edge}/{wish.sensor}"

        def work(now: int) -> Suppressor:
            deed = self._new(Deed(wish.author, key, wish.kind.value, target, now))
            made = self._parts.engine.suppress(wish, now)
            self._keep(replace(deed, result=made.id))
            return made

        return self._evaluate(work)

    def lift(self, order: str, author: str, reason: str) -> Future[Suppressor]:
        """End an order before its end; done when that is on the disk.

        The future raises:
            SuppressionError: it is not in force.
            WriterClosedError: the hub is stopping.
        """
        return self._evaluate(lambda now: self._parts.engine.lift(order, author, reason, now))

    def enter(self, check: SpotCheck) -> Future[SpotCheck]:
        """Take a version of a set of observations that somebody entered; done when it is on the disk.

        The same version again, under the same key, gives what is stored and changes nothing.

        The future raises:
            EntryError: it cannot be taken.
            WriterClosedError: the hub is stopping.
        """

        def work(now: int) -> SpotCheck:
            turn = self._at_hand
            with self._parts.database.read() as connection:
                known = spot_checks.versions(connection, check.id)
            known += [each for each in turn.entered if each.id == check.id]
            watched = self.directory.watched(now)
            edge = next((edge for edge, who in watched.items() if who == check.resident), "")
            return entering.enter(check, known, edge, turn, self._parts.engine)

        return self._evaluate(work)

    def change(self, work: Callable[[Connection], _T]) -> Future[_T]:
        """Run a change to the records in a transaction of its own, then take up what it changed.

        The future raises what `work` raises (nothing is written then) or `WriterClosedError`.
        """
        done: Future[_T] = Future()

        def job() -> None:
            try:
                with self._parts.database.write() as connection:
                    result = work(connection)
            except VeilleuseError as error:
                done.set_exception(error)
                return
            self._reload()
            # With the turn: limits that were withdrawn may have ended alerts.
            self._promised.append(lambda: done.set_result(result))

        self._ask(job, done)
        return done

    def _new(self, deed: Deed) -> Deed:
        """Return what somebody asks for, or raise `RepeatedError`: it was done, in this turn or one before."""
        if deed.key:
            known = next((d for d in self._deeds if (d.author, d.key) == (deed.author, deed.key)), None)
            if known is None:
                with self._parts.database.read() as connection:
                    known = deeds.find(connection, deed.author, deed.key)
            if known is not None:
                raise RepeatedError(known)
        return deed

    def _keep(self, deed: Deed) -> None:
        if deed.key:
            self._deeds.append(deed)

    def _evaluate(self, work: Callable[[int], _T]) -> Future[_T]:
        """Let the engine do something, and promise its result for when it is on the disk."""
        done: Future[_T] = Future()

        def job() -> None:
            try:
                result = work(self._parts.clock.utc())
            except VeilleuseError as error:
                done.set_exception(error)
            else:
                self._promised.append(lambda: done.set_result(result))

        self._ask(job, done)
        return done

    def hurry(self, alert: str, number: int, step: int) -> None:
        """Let the step after one that reached nobody be due now; see `Escalator.hurry`. Lost when the hub ends first."""
        escalator, clock = self._parts.escalator, self._parts.clock
        self.inbox.ask(lambda: escalator.hurry(alert, number, step, clock.utc()))

    def late(self, troubles: Sequence[Trouble]) -> None:
        """Let exactly these troubles of the escalation ring."""
        engine, clock = self._parts.engine, self._parts.clock
        self.inbox.ask(lambda: engine.set_troubles(Code.ESCALATION_LATE, troubles, clock.utc()))

    def ring(self, code: Code, troubles: Sequence[Trouble]) -> None:
        """Let exactly these troubles of one kind ring; see `Engine.set_troubles`."""
        engine, clock = self._parts.engine, self._parts.clock
        self.inbox.ask(lambda: engine.set_troubles(code, troubles, clock.utc()))

    def system(self, code: Code, trouble: str | None) -> None:
        """Say what is wrong with what the whole home has once, or that nothing is."""
        engine, clock = self._parts.engine, self._parts.clock
        self.inbox.ask(lambda: engine.set_system(code, trouble, clock.utc()))

    def cut_off(self, *, cut: bool) -> None:
        """Say whether the hub hears nobody, since it has no broker; see `Engine.set_cut_off`."""
        engine, clock = self._parts.engine, self._parts.clock
        self.inbox.ask(lambda: engine.set_cut_off(clock.utc(), cut=cut))

    # ---- the writer's thread ----

    def _ask(self, job: Callable[[], None], done: Future[_T]) -> None:
        if not self.inbox.ask(job):
            done.set_exception(WriterClosedError("the hub is stopping"))

    def _run(self) -> None:
        orderly = False
        try:
            while not self._stop.is_set():
                self._turn()
            orderly = True
        except _StoppedError:
            orderly = True
        finally:
            self.inbox.close()
            if not orderly:
                # The engine may be ahead of the disk now: only a new process, from the disk, is right again.
                self._parts.health.failing(
                    "writer", "the writer ended by an error: nothing is stored any more"
                )
                self.failed.set()

    def _turn(self) -> None:
        clock, escalator = self._parts.clock, self._parts.escalator
        wait = max(0, self._next_tick - clock.monotonic()) / SECOND
        due = escalator.due
        if due is not None:
            # A step of an escalation is due to the moment, not to the tick.
            wait = min(wait, max(0, due - clock.utc()) / SECOND)
        arrivals, jobs = self.inbox.take(wait, _MAX_ARRIVALS)
        started = clock.monotonic()
        turn = Turn(clock.utc())
        self._promised, self._deeds = turn.after, turn.deeds
        self._at_hand = turn
        for job in jobs:
            job()
        if started >= self._next_tick:
            # Before what arrived: what a turn learns of sensors is on the disk only at its end.
            self._look(started)
        for arrival in arrivals:
            refused = self._assembler.add(arrival, turn)
            if refused is not None:
                _log.debug("refused: %s", refused)
        if started >= self._next_tick:
            self._tick(turn.now, started)
            self._look_back(turn.now)
        turn.news.changes = self._parts.engine.take_changes()
        escalator.follow(turn.news.changes, turn.now)
        escalator.tick(turn.now)
        turn.news.orders = escalator.take_orders()
        self._hindsight.alerts(turn.news.changes.alerts.values(), turn.now)
        turn.found = self._hindsight.take_found()
        turn.seen = [e for e in turn.heard if turn.now - self._heard.get(e, 0) >= _HEARD_EVERY]
        self._relinked |= turn.relinked
        if turn.durable:
            self._commit(turn)
        self._announce(turn)
        self._maintain()
        rest = started + PACE - clock.monotonic()
        if arrivals and rest > 0:
            self._stop.wait(rest / SECOND)

    def _tick(self, now: int, monotonic: int) -> None:
        self._next_tick = monotonic + TICK
        self._parts.engine.tick(now)
        self._parts.engine.set_troubles(Code.ROTA_HOLE, self._parts.escalator.holes(), now)
        self._parts.metrics.inbox.set(len(self.inbox))

    def _look_back(self, now: int) -> None:
        try:
            self._hindsight.look(self._memory, now)
        except StoreUnavailableError as error:
            # The stretch stays to be looked back at.
            self._parts.health.degraded("hindsight", f"late measurements cannot be judged: {error}")
        else:
            self._parts.health.well("hindsight")

    def _look(self, monotonic: int) -> None:
        """Read again who is where, if it may have changed."""
        try:
            with self._parts.database.read() as connection:
                newest = _last_audit(connection)
        except StoreUnavailableError as error:
            self._parts.health.failing("records", f"the records cannot be read: {error}")
            return
        self._parts.health.well("records")
        # Another process (the command line) changed rooms, residents or edges: every such change is audited. Limits
        # begin and end at times that are known ahead.
        due = self._parts.clock.utc() >= self._assembler.directory.changes_at
        if newest != self._audit_seen or self._relinked or due or monotonic - self._reloaded >= _RELOAD:
            self._audit_seen = newest
            self._reload()

    def _reload(self) -> None:
        self._reloaded = self._parts.clock.monotonic()
        try:
            self._take_directory()
            self._relinked = False
        except StoreUnavailableError as error:
            self._audit_seen = -1
            self._parts.health.failing("records", f"the records cannot be read: {error}")

    def _take_directory(self) -> None:
        parts, old = self._parts, self._assembler.directory
        now = parts.clock.utc()
        with parts.database.read() as connection:
            new = directory.load(connection, parts.master, now, parts.ruleset)
        for resident in old.limits.keys() | new.limits.keys():
            limits = new.limits.get(resident, ())
            if limits != old.limits.get(resident, ()):
                parts.engine.set_limits(resident, limits, now)
        for resident in old.people.keys() | new.people.keys():
            person = new.people.get(resident, _NOBODY)
            if person != old.people.get(resident, _NOBODY):
                parts.engine.set_people(resident, person, now)
        parts.engine.set_edges(new.watched(now), now)
        parts.engine.set_expired(new.expired_of_edges(now), now)
        self._assembler.replace_directory(new)
        owners = self._assembler.owners
        parts.engine.set_links(owners.waiting(now), owners.conflicts(), now)
        parts.on_directory(old, new)

    def _commit(self, turn: Turn) -> None:
        parts, failures = self._parts, 0
        began = parts.clock.monotonic()
        while True:
            try:
                self._write(turn)
                break
            except StoreRefusedError as error:
                _log.warning("time-series store refused a batch for good: %s", error)
                self._set_aside(turn, str(error))
            except StoreUnavailableError as error:
                failures += 1
                parts.metrics.commit_failures.inc()
                parts.health.failing("commit", f"nothing can be stored: {error}")
                if failures == 1:
                    _log.warning("commit failed, will be tried again: %s", error)
                if self._stop.wait(self._backoff.next()):
                    raise _StoppedError from None
        if failures:
            self._backoff.reset()
            parts.health.well("commit")
            _log.warning("commit succeeded after %d failures", failures)
        parts.metrics.commit_seconds.observe((parts.clock.monotonic() - began) / SECOND)

    def _write(self, turn: Turn) -> None:
        parts, now = self._parts, turn.now
        parts.timeseries.put(turn.batch)
        with parts.database.write() as connection:
            parts.timeseries.put_within(connection, turn.batch)
            journal.save_changes(connection, turn.news.changes)
            deeds.save(connection, turn.deeds, now)
            tellings.save_orders(connection, turn.news.orders, now)
            spot_checks.save(connection, turn.entered, turn.voided)
            journal.save_losses(connection, turn.losses, now)
            journal.save_quarantined(connection, turn.quarantined)
            journal.save_events(connection, turn.events.values())
            sensors.save_sensors(connection, turn.sensors.values())
            sensors.declare(connection, turn.declared)
            sensors.save_refusals(connection, turn.refusals.values())
            journal.save_cursors(connection, turn.cursors, now)
            journal.save_seen(connection, turn.seen, now)
            self._write_found(connection, turn.found)
        for edge in turn.seen:
            self._heard[edge] = now

    def _write_found(self, connection: Connection, found: Found) -> None:
        verdicts.save(connection, found.verdicts)
        verdicts.save_windows(connection, found.windows.values())
        verdicts.drop_windows(connection, found.dropped)
        verdicts.set_outcomes(connection, found.outcomes)
        verdicts.save_differences(connection, found.differences)
        verdicts.answer(connection, found.answered)

    def _known_events(self, keys: Iterable[EventKey]) -> set[EventKey]:
        try:
            with self._parts.database.read() as connection:
                return journal.known_events(connection, keys)
        except StoreUnavailableError as error:
            # Rather a call that rings twice than one that does not; on the disk it is there once all the same.
            self._parts.health.failing("records", f"the records cannot be read: {error}")
            return set()

    def _set_aside(self, turn: Turn, reason: str) -> None:
        """Move what the time-series store refuses for good into quarantine: kept, and out of the way."""
        for block in turn.batch.blocks:
            body = encode(block.observations)
            turn.quarantined.append(Quarantined(block.edge, "", "", 0, turn.now, reason, body))
        for row in turn.batch.waveforms:
            turn.quarantined.append(Quarantined(row.edge, "", "", 0, turn.now, reason, encode(row.block)))
        turn.batch = Batch()
        self._parts.metrics.store_refused.inc()

    def _announce(self, turn: Turn) -> None:
        parts, now = self._parts, self._parts.clock.utc()
        for key in turn.touched:
            edge, spool, lane = key
            seq = self._assembler.cursors.last(key)
            if seq:
                parts.postman.send(edge, "ack", Acknowledgement(spool, Lane(lane), seq, now))
        for done in turn.after:
            done()
        self._restate(turn)
        self._count(turn, now)
        if turn.durable or turn.news.presences:
            turn.news.time = now
            for audience in parts.audiences:
                audience.committed(turn.news)

    def _restate(self, turn: Turn) -> None:
        """Say what the newest values of residents are after one was taken back."""
        for resident in turn.restated:
            try:
                turn.news.restated[resident] = self._parts.timeseries.latest(resident)
            except StoreUnavailableError as error:
                # The screens show the value until the next one, or until the hub starts again.
                _log.warning("what was taken back stays on the screens: %s", error)

    def _count(self, turn: Turn, now: int) -> None:
        metrics = self._parts.metrics
        for reason, number in turn.refused.items():
            metrics.refused.labels(reason).inc(number)
        metrics.duplicates.inc(turn.duplicates)
        metrics.commits.inc(int(turn.durable))
        metrics.envelopes.inc(turn.envelopes)
        metrics.observations.inc(sum(len(block.observations) for block in turn.batch.blocks))
        metrics.unassigned.inc(turn.unassigned)
        metrics.quarantined.inc(len(turn.quarantined))
        metrics.verdicts.labels("equal").inc(turn.found.equal)
        for kind in turn.found.differing:
            metrics.verdicts.labels(kind).inc()
        metrics.alert_transitions.inc(len(turn.news.changes.transitions))
        if turn.oldest_sent is not None:
            metrics.lag_seconds.observe(max(0, now - turn.oldest_sent) / SECOND)
        for presence, received in turn.news.presences:
            metrics.edge_counts(presence.edge, presence.counters)
            if presence.state == "online" and presence.synchronised:
                metrics.skew.labels(presence.edge).set((presence.time - received) / SECOND)

    def _maintain(self) -> None:
        try:
            self._parts.timeseries.maintain()
        except StoreError as error:
            self._parts.health.degraded("compaction", f"observations cannot be compacted: {error}")
        else:
            self._parts.health.well("compaction")


class _StoppedError(Exception):
    """The writer was told to stop while a commit kept failing."""


def _last_audit(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(AUDIT.c.id), 0))).scalar_one())
