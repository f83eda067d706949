"""Everything that one transaction of the writer carries, and how messages become part of it. No clock, no store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from devices.errors import WireError
from devices.limits import Limit
from devices.wire.messages import Envelope, EventNote, Lane, Loss, Observation, Presence, StatusChange
from devices.wire.seal import Keys
from devices.wire.topics import Topic
from hub.alerting.escalation.climb import Trouble
from hub.alerting.expiry import Expired
from hub.alerting.model import TEST_EDGE, Alert, Changes, Code, Suppressor
from hub.alerting.responses import Action
from hub.alerting.rules.model import Person
from hub.alerting.suppressions import Wish
from hub.ingest.cursors import Cursors, Holes, Place
from hub.ingest.directory import Directory
from hub.ingest.facts import Facts
from hub.ingest.hindsight import Found, Hindsight, Judge
from hub.ingest.inbox import Arrival
from hub.ingest.intake import Intake, Misunderstood, parse_topic, take_envelope, take_presence
from hub.ingest.waves import divide
from hub.live import Committed
from hub.store.deeds import Deed
from hub.store.journal import CursorKey, EventKey, EventRecord, Quarantined
from hub.store.ports import NOBODY, Batch, Block, WaveformRow
from hub.store.sensors import Assignment, Refusal, SensorKey, SensorRecord
from hub.store.spot_checks import SpotCheck, Voided

_MAX_REMEMBERED_TOPICS = 10_000
"More than any home's edges have; bounds what made-up topics can make the hub remember."


class AlertEngine(Judge, Protocol):
    """What ingest asks of the alert engine."""

    def observe(self, edge: str, resident: str, observation: Observation, now: int, *, late: bool) -> None:
        """Evaluate one observation of a resident."""
        ...

    def past(self, edge: str, time: int, now: int) -> bool:
        """Tell whether what an edge measured at a time is too old to be about now."""
        ...

    def observe_status(self, edge: str, change: StatusChange, resident: str | None, now: int) -> None:
        """Evaluate a change of a sensor's state."""
        ...

    def happen(self, edge: str, note: EventNote, resident: str | None, now: int, *, late: bool) -> None:
        """Evaluate something that happened, which was not given before."""
        ...

    def presence(self, presence: Presence, resident: str | None, now: int) -> None:
        """Evaluate a heartbeat."""
        ...

    def tick(self, now: int) -> None:
        """Let time pass."""
        ...

    def act(self, alert_id: str, action: Action, author: str, reason: str, now: int) -> Alert:
        """Do what a person asked; raises `AlertError`."""
        ...

    def suppress(self, wish: Wish, now: int) -> Suppressor:
        """Order what a person asked; raises `SuppressionError`."""
        ...

    def lift(self, order: str, author: str, reason: str, now: int) -> Suppressor:
        """End an order; raises `SuppressionError`."""
        ...

    def set_limits(self, resident: str, limits: Iterable[Limit], now: int) -> None:
        """Replace a resident's limits."""
        ...

    def set_people(self, resident: str, person: Person, now: int) -> None:
        """Replace a resident's rules beside limits, and what rules must know of the resident."""
        ...

    def set_system(self, code: Code, trouble: str | None, now: int) -> None:
        """Say what is wrong with what the whole home has once, or `None`."""
        ...

    def set_cut_off(self, now: int, *, cut: bool) -> None:
        """Say whether the hub can hear anybody."""
        ...

    def set_edges(self, edges: Mapping[str, str | None], now: int) -> None:
        """Replace which edges must be heard, and whom they watch."""
        ...

    def set_links(
        self, waiting: Mapping[str, tuple[str, ...]], conflicts: Mapping[SensorKey, str], now: int
    ) -> None:
        """Replace which sensors wait for an owner, by edge, and which another edge owns."""
        ...

    def set_troubles(self, code: Code, troubles: Iterable[Trouble], now: int) -> None:
        """Replace what is wrong with the escalation of alerts."""
        ...

    def set_expired(self, expired: Iterable[Expired], now: int) -> None:
        """Replace which prescribed limits are over, of which nobody has said what now."""
        ...

    def take_changes(self) -> Changes:
        """Return everything that changed since the last call."""
        ...


@dataclass(slots=True)
class Turn:
    """One transaction in the making."""

    now: int
    batch: Batch = field(default_factory=Batch)
    cursors: dict[CursorKey, int] = field(default_factory=dict)
    "Moved by this transaction."
    touched: dict[CursorKey, None] = field(default_factory=dict)
    "Lanes that get an acknowledgement, moved or not, in order of arrival."
    losses: list[tuple[str, str, Loss]] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    events: dict[EventKey, EventRecord] = field(default_factory=dict)
    sensors: dict[SensorKey, SensorRecord] = field(default_factory=dict)
    "What was said of them and is due to be written."
    declared: list[Assignment] = field(default_factory=list)
    "First assignments of sensors."
    refusals: dict[tuple[str, ...], Refusal] = field(default_factory=dict)
    "Stored records that belong to nobody, by all that names a refusal."
    relinked: bool = False
    "Whether it may have changed whose a sensor is."
    heard: dict[str, None] = field(default_factory=dict)
    "Edges that spoke."
    seen: list[str] = field(default_factory=list)
    "Those of them whose `last_seen` is due to be written."
    news: Committed = field(default_factory=lambda: Committed(0))
    refused: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    envelopes: int = 0
    unassigned: int = 0
    oldest_sent: int | None = None
    "Of the live envelopes."
    found: Found = field(default_factory=Found)
    "What edges judged, and what looking back came to."
    deeds: list[Deed] = field(default_factory=list)
    "What people asked for under a key, and was done."
    entered: list[SpotCheck] = field(default_factory=list)
    "Sets of observations that people entered."
    voided: list[Voided] = field(default_factory=list)
    "Values that they took back."
    restated: dict[str, None] = field(default_factory=dict)
    "Residents of whom a value was taken back."
    after: list[Callable[[], None]] = field(default_factory=list)
    "What to do once it is on the disk."

    @property
    def durable(self) -> bool:
        """Whether there is anything to put on the disk."""
        return bool(
            self.cursors
            or self.news.changes
            or self.news.orders
            or self.batch.blocks
            or self.quarantined
            or self.sensors
            or self.heard
            or self.found
            or self.after
        )


class Assembler:
    """Puts messages into turns: verify, decode, place, resolve the resident, evaluate."""

    def __init__(
        self,
        directory: Directory,
        cursors: Cursors,
        engine: AlertEngine,
        known_events: Callable[[Iterable[EventKey]], set[EventKey]] = lambda _keys: set(),
        hindsight: Hindsight | None = None,
    ) -> None:
        """Take who is where, what is on the disk, and who judges.

        Args:
            directory: who is where.
            cursors: the last number of every lane on the disk.
            engine: who judges.
            known_events: tells which of some events are on the disk.
            hindsight: is told what has to be looked back at.
        """
        self.directory = directory
        self.owners = directory.owners()
        self.cursors = cursors
        self._known_events = known_events
        self._facts = Facts(directory.sensors)
        self._engine = engine
        self._holes = Holes()
        self._topics: dict[str, tuple[Topic, Keys]] = {}
        self.hindsight = hindsight or Hindsight(engine, (), ())

    def replace_directory(self, directory: Directory) -> None:
        """Take a new state of who is where."""
        self.directory = directory
        self.owners = directory.owners()
        self._topics.clear()

    def add(self, arrival: Arrival, turn: Turn) -> WireError | None:
        """Take one message into a turn; return why it was refused."""
        try:
            self._add(arrival, turn)
        except WireError as error:
            turn.refused[error.reason] += 1
            return error
        return None

    def _add(self, arrival: Arrival, turn: Turn) -> None:
        text = arrival.topic
        topic, keys = self._topics.get(text) or self._remember(text)
        if topic.kind == "presence":
            self._presence(take_presence(topic, keys, text, arrival.payload), turn)
            return
        if topic.kind in {"signal", "report"}:
            raise WireError("topic", f"{topic.kind} on {text!r} is not for the writer")
        taken = take_envelope(topic, keys, text, arrival.payload)
        turn.heard[topic.edge] = None
        if isinstance(taken, Misunderstood):
            self._misunderstood(taken, turn)
        else:
            self._envelope(taken, turn)

    def _remember(self, text: str) -> tuple[Topic, Keys]:
        found = parse_topic(text, self.directory.keys)
        if len(self._topics) < _MAX_REMEMBERED_TOPICS:
            self._topics[text] = found
        return found

    def _presence(self, presence: Presence, turn: Turn) -> None:
        resident = self.directory.resident(presence.edge, turn.now)
        if presence.state == "online":
            turn.heard[presence.edge] = None
            self.hindsight.judging(presence.edge, judges=presence.judges)
            for record in self._facts.told(presence, turn.now):
                self._learn(record, turn)
            for fact in presence.sensors:
                self._declare(presence.edge, fact.sensor, turn)
        self._engine.presence(presence, resident, turn.now)
        turn.news.presences.append((presence, turn.now))

    def _is_next(self, key: CursorKey, seq: int, turn: Turn) -> bool:
        turn.touched[key] = None
        match self.cursors.take(key, seq):
            case Place.NEXT:
                turn.cursors[key] = seq
                self._holes.closed(key)
                return True
            case Place.DUPLICATE:
                turn.duplicates += 1
            case Place.HOLE if self._holes.final(key, seq, turn.now):
                missing = self.cursors.skip_to(key, seq)
                turn.cursors[key] = seq
                turn.losses.append((key[0], NOBODY, Loss("", missing, 0, turn.now, "envelopes_missing")))
                self._holes.closed(key)
                return True
            case Place.HOLE:
                turn.refused["hole"] += 1
        return False

    def _misunderstood(self, taken: Misunderstood, turn: Turn) -> None:
        if self._is_next((taken.edge, taken.spool, taken.lane), taken.seq, turn):
            turn.refused[taken.reason] += 1
            turn.quarantined.append(
                Quarantined(taken.edge, taken.spool, taken.lane, taken.seq, turn.now, taken.text, taken.body)
            )

    def _envelope(self, taken: Intake, turn: Turn) -> None:
        envelope = taken.envelope
        if not self._is_next((envelope.edge, envelope.spool, envelope.lane), envelope.seq, turn):
            return
        turn.envelopes += 1
        late = envelope.lane is Lane.LATE
        if not late and (turn.oldest_sent is None or envelope.sent < turn.oldest_sent):
            turn.oldest_sent = envelope.sent
        if envelope.observations:
            self._attribute(taken, turn, late=late)
        for block, raw in zip(envelope.waveforms, taken.samples, strict=True):
            self._listen(envelope.edge, {block.sensor}, turn)
            turn.batch.waveforms += divide(self.owners, WaveformRow(NOBODY, envelope.edge, block, raw))
        for status in envelope.statuses:
            who = self.directory.resident(envelope.edge, status.time)
            self._engine.observe_status(envelope.edge, status, who, turn.now)
        for loss in envelope.losses:
            who = self.directory.resident(envelope.edge, loss.since)
            turn.losses.append((envelope.edge, who or NOBODY, loss))
        if envelope.events:
            self._events(envelope, turn, late=late)
        if envelope.observations and (late or self._engine.past(envelope.edge, taken.first, turn.now)):
            # What came in time on its lane, but waited too long on its way, raised nothing either.
            self.hindsight.late(envelope.edge, taken.first, taken.last, turn.now)
        for verdict in envelope.verdicts:
            who = self.owners.owner(envelope.edge, verdict.sensor, verdict.onset)
            self.hindsight.verdict(envelope.edge, who or NOBODY, verdict, turn.now)

    def _attribute(self, taken: Intake, turn: Turn, *, late: bool) -> None:
        """Say whose the observations of an envelope are."""
        envelope = taken.envelope
        edge, observations = envelope.edge, envelope.observations
        span = (taken.first, taken.last)
        resident, whole = self.owners.throughout(edge, taken.sensors, *span)
        if not whole and self._listen(edge, taken.sensors, turn):
            resident, whole = self.owners.throughout(edge, taken.sensors, *span)
        if whole and not taken.stored:
            self._observations(edge, resident, observations, turn, late=late)
        else:
            self._divided(envelope, turn, late=late)

    def _observations(
        self,
        edge: str,
        resident: str | None,
        observations: tuple[Observation, ...],
        turn: Turn,
        *,
        late: bool,
    ) -> None:
        turn.batch.blocks.append(Block(resident or NOBODY, edge, observations))
        if resident is None:
            turn.unassigned += len(observations)
            return
        observe, now = self._engine.observe, turn.now
        for seen in observations:
            observe(edge, resident, seen, now, late=late)
        turn.news.observations.append((edge, resident, observations))

    def _divided(self, envelope: Envelope, turn: Turn, *, late: bool) -> None:
        """Take an envelope whose observations are not all one resident's, each by its own time."""
        edge, owners = envelope.edge, self.owners
        shares: dict[str | None, list[Observation]] = {}
        for seen in envelope.observations:
            if seen.stored:
                resident, reason = owners.stored(edge, seen.sensor, seen.time, turn.now)
                if reason:
                    self._refuse(edge, seen, reason, turn)
            else:
                resident = owners.owner(edge, seen.sensor, seen.time)
            shares.setdefault(resident, []).append(seen)
        for resident, share in shares.items():
            self._observations(edge, resident, tuple(share), turn, late=late)

    def _refuse(self, edge: str, seen: Observation, reason: str, turn: Turn) -> None:
        """Write down that a record which a meter kept is nobody's; the record itself is kept all the same."""
        holder = self.owners.owner(edge, seen.sensor, turn.now) or NOBODY
        key = (edge, seen.sensor, holder, seen.metric, reason)
        known = turn.refusals.get(key)
        if known is None:
            known = Refusal(*key, 0, seen.time, seen.time, turn.now)
        turn.refusals[key] = replace(
            known,
            count=known.count + 1,
            first=min(known.first, seen.time),
            last=max(known.last, seen.time),
        )
        turn.refused[reason] += 1

    def _events(self, envelope: Envelope, turn: Turn, *, late: bool) -> None:
        """Take what happened, each once."""
        edge = envelope.edge
        if edge != TEST_EDGE:
            # A test alarm is no sensor's: nothing of it is in the records.
            self._listen(edge, {note.sensor for note in envelope.events}, turn)
        notes = {(edge, note.sensor, note.identity): note for note in envelope.events}
        known = self._known_events(notes)
        for key, note in notes.items():
            if key in known or key in turn.events:
                turn.duplicates += 1
                continue
            resident = self.owners.owner(edge, note.sensor, note.time)
            turn.events[key] = EventRecord(
                *key, resident or NOBODY, note.kind.value, note.time, note.value, note.detail, turn.now, late
            )
            self._engine.happen(edge, note, resident, turn.now, late=late)

    # ---- sensors ----

    def _listen(self, edge: str, sensors: Iterable[str], turn: Turn) -> bool:
        """Take note of sensors that spoke; tell whether it may have changed whose they are."""
        changed = False
        for sensor in sensors:
            record = self._facts.heard(edge, sensor, turn.now)
            if record is not None:
                changed |= self._learn(record, turn)
            changed |= self._declare(edge, sensor, turn)
        return changed

    def _learn(self, record: SensorRecord, turn: Turn) -> bool:
        turn.sensors[record.key] = record
        before = self.owners.record(*record.key)
        changed = self.owners.learn(record)
        # What it is called on the screens comes from its protocol, which a first reading does not tell.
        turn.relinked |= changed or before is None or before.protocol != record.protocol
        return changed

    def _declare(self, edge: str, sensor: str, turn: Turn) -> bool:
        made = self.owners.declare(edge, sensor, turn.now)
        if made is None:
            return False
        turn.declared.append(made)
        turn.relinked = True
        return True
