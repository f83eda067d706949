"""What edges judged by themselves, the stretches of time that are to be looked back at, and where both differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from devices.wire.messages import Verdict
from hub.store.schema import DIFFERENCES, VERDICTS, WINDOWS

VerdictKey = tuple[str, str, str]
"(edge, limit or sensor, onset or the event's identity)."
EQUAL, DIFFERENT = "equal", "different"


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict, whose it is, and what became of it."""

    edge: str
    resident: str
    "Empty for nobody."
    verdict: Verdict
    outcome: str = ""
    "`equal` or `different` once it was compared."
    answered: bool = False
    "What the room acknowledged is acknowledged here."

    @property
    def key(self) -> VerdictKey:
        """Names the occurrence."""
        verdict = self.verdict
        if verdict.event:
            return self.edge, verdict.sensor, verdict.event
        return self.edge, verdict.limit, str(verdict.onset)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time of one edge that something new is known about."""

    edge: str
    since: int
    until: int
    touched: int
    "Hub time at which it last grew."


@dataclass(frozen=True, slots=True)
class DifferenceRecord:
    """A difference between the edge's verdict and ours; both sides as JSON, empty for none."""

    edge: str
    limit_id: str
    onset: int
    kind: str
    resident: str
    found: int
    theirs: str
    ours: str


def merged(old: Verdict, new: Verdict) -> Verdict:
    """Return what two messages about one occurrence say together, in whatever order they came."""
    worst = min if new.side == "low" else max
    seen = [time for time in (old.acknowledged, new.acknowledged) if time is not None]
    ended = new if new.cleared is not None else old
    return msgspec.structs.replace(
        new,
        worst=worst(old.worst, new.worst),
        cleared=ended.cleared,
        ending=ended.ending,
        rang=old.rang or new.rang,
        acknowledged=min(seen, default=None),
    )


def save(connection: Connection, rows: Iterable[Told]) -> None:
    """Write verdicts down, each together with what was known of it; it has to be compared again."""
    for row in rows:
        known = connection.execute(select(VERDICTS.c.body).where(_is(row.key))).scalar()
        verdict = row.verdict if known is None else merged(_decode(known), row.verdict)
        edge, subject, onset = row.key
        values = {
            "edge": edge,
            "subject": subject,
            "occurrence": onset,
            "resident": row.resident,
            "onset": verdict.onset,
            "acknowledged": verdict.acknowledged,
            "body": _encode(verdict).decode(),
        }
        statement = upsert(VERDICTS).values(**values, outcome="", answered=False)
        changed = {name: values[name] for name in ("resident", "acknowledged", "body")}
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["edge", "subject", "occurrence"], set_=changed | {"outcome": ""}
            )
        )


def unanswered(connection: Connection) -> list[Told]:
    """Return the verdicts that the room acknowledged and the hub has not yet."""
    query = select(VERDICTS).where(VERDICTS.c.acknowledged.is_not(None), ~VERDICTS.c.answered)
    return [_told(row) for row in connection.execute(query).mappings()]


def between(connection: Connection, edge: str, since: int, until: int) -> list[Told]:
    """Return an edge's verdicts whose occurrences began in [since, until]."""
    query = select(VERDICTS).where(
        VERDICTS.c.edge == edge, VERDICTS.c.onset >= since, VERDICTS.c.onset <= until
    )
    return [_told(row) for row in connection.execute(query.order_by(VERDICTS.c.onset)).mappings()]


def answer(connection: Connection, keys: Iterable[VerdictKey]) -> None:
    """Note that what the room acknowledged needs nothing more."""
    for key in keys:
        connection.execute(update(VERDICTS).where(_is(key)).values(answered=True))


def set_outcomes(connection: Connection, outcomes: Mapping[VerdictKey, str]) -> None:
    """Note what comparing came to."""
    for key, outcome in outcomes.items():
        connection.execute(update(VERDICTS).where(_is(key)).values(outcome=outcome))


def windows(connection: Connection) -> list[Window]:
    """Return the stretches to be looked back at, the one that rests longest first."""
    rows = connection.execute(select(WINDOWS).order_by(WINDOWS.c.touched)).mappings()
    return [Window(**row) for row in rows]


def save_windows(connection: Connection, rows: Iterable[Window]) -> None:
    """Write stretches down; one for each edge."""
    for row in rows:
        values = {"edge": row.edge, "since": row.since, "until": row.until, "touched": row.touched}
        statement = upsert(WINDOWS).values(**values)
        connection.execute(statement.on_conflict_do_update(index_elements=["edge"], set_=values))


def drop_windows(connection: Connection, edges: Iterable[str]) -> None:
    """Forget stretches that were looked back at."""
    for edge in edges:
        connection.execute(delete(WINDOWS).where(WINDOWS.c.edge == edge))


def save_differences(connection: Connection, rows: Iterable[DifferenceRecord]) -> None:
    """Write differences down; one that is known stays as it is."""
    for row in rows:
        values = {name: getattr(row, name) for name in DifferenceRecord.__slots__}
        connection.execute(upsert(DIFFERENCES).values(**values).on_conflict_do_nothing())


def differences(connection: Connection, limit: int = 100) -> list[DifferenceRecord]:
    """Return the differences, newest first."""
    query = select(DIFFERENCES).order_by(DIFFERENCES.c.found.desc(), DIFFERENCES.c.onset.desc()).limit(limit)
    return [DifferenceRecord(**row) for row in connection.execute(query).mappings()]


def _is(key: VerdictKey) -> ColumnElement[bool]:
    return (VERDICTS.c.edge == key[0]) & (VERDICTS.c.subject == key[1]) & (VERDICTS.c.occurrence == key[2])


def _told(row: RowMapping) -> Told:
    return Told(row["edge"], row["resident"], _decode(row["body"]), row["outcome"], row["answered"])


def _decode(body: str) -> Verdict:
    return _decoder.decode(body)


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Verdict)
