"""Everything that one transaction of the writer carries, and how messages become part of it. No clock, no store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from devices.errors import WireError
from devices.limits import Limit
from devices.wire.messages import Envelope, Lane, Loss, Observation, Presence, StatusChange, WaveformBlock
from devices.wire.seal import Keys
from devices.wire.topics import Topic
from hub.alerting.model import Alert, Changes
from hub.alerting.responses import Action
from hub.ingest.cursors import Cursors, Holes, Place
from hub.ingest.directory import Directory
from hub.ingest.inbox import Arrival
from hub.ingest.intake import Intake, Misunderstood, parse_topic, take_envelope, take_presence
from hub.live import Committed
from hub.store.journal import CursorKey, Quarantined
from hub.store.ports import NOBODY, Batch, Block, WaveformRow

_MAX_REMEMBERED_TOPICS = 10_000
"More than any home's edges have; bounds what made-up topics can make the hub remember."


class AlertEngine(Protocol):
    """What ingest asks of the alert engine."""

    def observe(self, edge: str, resident: str, observation: Observation, now: int, *, late: bool) -> None:
        """Evaluate one observation of a resident."""
        ...

    def observe_status(self, edge: str, change: StatusChange, resident: str | None, now: int) -> None:
        """Evaluate a change of a sensor's state."""
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

    def set_limits(self, resident: str, limits: Iterable[Limit], now: int) -> None:
        """Replace a resident's limits."""
        ...

    def set_edges(self, edges: Mapping[str, str | None], now: int) -> None:
        """Replace which edges must be heard, and whom they watch."""
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
    after: list[Callable[[], None]] = field(default_factory=list)
    "What to do once it is on the disk."

    @property
    def durable(self) -> bool:
        """Whether there is anything to put on the disk."""
        return bool(
            self.cursors
            or self.news.changes
            or self.batch.blocks
            or self.quarantined
            or self.heard
            or self.after
        )


class Assembler:
    """Puts messages into turns: verify, decode, place, resolve the resident, evaluate."""

    def __init__(self, directory: Directory, cursors: Cursors, engine: AlertEngine) -> None:
        """Take who is where, what is on the disk, and who judges."""
        self.directory = directory
        self.cursors = cursors
        self._engine = engine
        self._holes = Holes()
        self._topics: dict[str, tuple[Topic, Keys]] = {}

    def replace_directory(self, directory: Directory) -> None:
        """Take a new state of who is where."""
        self.directory = directory
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
            resident, whole = self.directory.resident_throughout(envelope.edge, taken.first, taken.last)
            if whole:
                self._observations(envelope.edge, resident, envelope.observations, turn, late=late)
            else:
                self._divided(envelope, turn, late=late)
        if envelope.waveforms:
            self._waveforms(envelope, taken.samples, turn)
        for status in envelope.statuses:
            who = self.directory.resident(envelope.edge, status.time)
            self._engine.observe_status(envelope.edge, status, who, turn.now)
        for loss in envelope.losses:
            who = self.directory.resident(envelope.edge, loss.since)
            turn.losses.append((envelope.edge, who or NOBODY, loss))

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
        """Take an envelope during which the resident changed."""
        shares: dict[str | None, list[Observation]] = {}
        for seen in envelope.observations:
            shares.setdefault(self.directory.resident(envelope.edge, seen.time), []).append(seen)
        for resident, share in shares.items():
            self._observations(envelope.edge, resident, tuple(share), turn, late=late)

    def _waveforms(self, envelope: Envelope, samples: tuple[bytes, ...], turn: Turn) -> None:
        block: WaveformBlock
        for block, raw in zip(envelope.waveforms, samples, strict=True):
            who = self.directory.resident(envelope.edge, block.time) or NOBODY
            turn.batch.waveforms.append(WaveformRow(who, envelope.edge, block, raw))
