"""Questionnaires before a teleconsultation: as they were evaluated, what people decided, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, or_, select

from hub.acts.model import Kind
from hub.acts.triage.model import Outcome
from hub.acts.triage.rates import Rates
from hub.store.errors import StoreError
from hub.store.schema_acts import ACT_STEPS, ACTS
from hub.store.schema_triage import TRIAGE_DECISIONS, TRIAGES

_REORIENTED, _EMERGENCY, _IN_CHARGE, _BEGIN = "reoriented", "emergency", "in_charge", "begin"
"States and an event of `hub.acts.machines.consultation`."


class DecidedMeanwhileError(StoreError):
    """Somebody decided about a questionnaire since it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Triage:
    """One evaluated questionnaire. Times are microseconds UTC; the texts but `motif` are JSON."""

    id: str
    resident: str
    time: int
    author: str
    ruleset: str
    "Digest of the rules' file."
    motif: str
    answers: str
    measured: str
    outcome: Outcome
    reasons: str
    result: str
    act: str | None = None
    "In which it was asked, if in one."


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a questionnaire."""

    triage: str
    number: int
    "From 1 on."
    time: int
    author: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reorientation:
    """A consultation that a questionnaire led to, and that was not the right way."""

    triage: str
    act: str
    resident: str
    asked: int
    "When the questionnaire was evaluated."
    closed: int | None
    motif: str
    outcome: Outcome
    "What the questionnaire said."
    ruleset: str
    state: str
    "`reoriented`, or `emergency`."
    fields: str
    "Of the act, as JSON: to whom."
    reason: str
    "Typed with the last step."


def add(connection: Connection, triage: Triage) -> None:
    """Write down an evaluated questionnaire."""
    connection.execute(insert(TRIAGES).values(asdict(triage) | {"outcome": triage.outcome.value}))


def decide(connection: Connection, decision: Decision) -> None:
    """Write down what somebody decided.

    Raises:
        DecidedMeanwhileError: the decision before this one is not the last.
    """
    last = len(decisions(connection, [decision.triage]).get(decision.triage, ()))
    if last != decision.number - 1:
        raise DecidedMeanwhileError(
            f"triage {decision.triage!r} has {last} decisions, not {decision.number - 1}"
        )
    connection.execute(
        insert(TRIAGE_DECISIONS).values(asdict(decision) | {"outcome": decision.outcome.value})
    )


def find(connection: Connection, key: str) -> Triage | None:
    """Return a questionnaire."""
    row = connection.execute(select(TRIAGES).where(TRIAGES.c.id == key)).mappings().one_or_none()
    return None if row is None else _triage(row)


def of_resident(
    connection: Connection, resident: str, since: int = 0, until: int = 2**62, limit: int = 50
) -> list[Triage]:
    """Return the newest questionnaires of a resident in [since, until), newest first."""
    query = select(TRIAGES).where(TRIAGES.c.resident == resident, *_within(since, until))
    ordered = query.order_by(TRIAGES.c.time.desc(), TRIAGES.c.id).limit(limit)
    return [_triage(row) for row in connection.execute(ordered).mappings()]


def decisions(connection: Connection, keys: Sequence[str]) -> dict[str, tuple[Decision, ...]]:
    """Return what was decided about questionnaires, oldest first; one about which nobody decided is not in it."""
    query = select(TRIAGE_DECISIONS).where(TRIAGE_DECISIONS.c.triage.in_(keys))
    found: dict[str, tuple[Decision, ...]] = {}
    for row in connection.execute(query.order_by(TRIAGE_DECISIONS.c.number)).mappings():
        made = Decision(**dict(row) | {"outcome": Outcome(row["outcome"])})
        found[made.triage] = (*found.get(made.triage, ()), made)
    return found


def reorientations(connection: Connection, since: int, until: int, limit: int = 200) -> list[Reorientation]:
    """Return the consultations of questionnaires of [since, until) that were reoriented, newest first.

    One that became an emergency only once the physician was there belongs to them.
    """
    query = (
        select(
            TRIAGES,
            ACTS.c.id.label("consultation"),
            ACTS.c.closed,
            ACTS.c.state,
            ACTS.c.fields,
            ACT_STEPS.c.reason,
        )
        .join(ACTS, and_(ACTS.c.triage == TRIAGES.c.id, ACTS.c.kind == Kind.CONSULTATION.value))
        .join(ACT_STEPS, and_(ACT_STEPS.c.act == ACTS.c.id, ACT_STEPS.c.number == ACTS.c.version))
        .where(*_within(since, until), or_(ACTS.c.state == _REORIENTED, _missed()))
        .order_by(TRIAGES.c.time.desc(), ACTS.c.id)
        .limit(limit)
    )
    return [
        Reorientation(
            triage=row["id"],
            act=row["consultation"],
            resident=row["resident"],
            asked=row["time"],
            closed=row["closed"],
            motif=row["motif"],
            outcome=Outcome(row["outcome"]),
            ruleset=row["ruleset"],
            state=row["state"],
            fields=row["fields"],
            reason=row["reason"],
        )
        for row in connection.execute(query).mappings()
    ]


def rates(connection: Connection, since: int, until: int) -> Rates:
    """Return what became of the questionnaires of [since, until); each is counted once."""
    led = ACTS.c.triage == TRIAGES.c.id
    consulted = and_(led, ACTS.c.kind == Kind.CONSULTATION.value)

    def count(condition: ColumnElement[bool]) -> int:
        there = select(ACTS.c.id).where(consulted, condition).exists()
        return connection.execute(
            select(func.count()).select_from(TRIAGES).where(*_within(since, until), there)
        ).scalar_one()

    started = select(func.count()).select_from(TRIAGES).where(*_within(since, until))
    missed = _missed()
    return Rates(
        started=connection.execute(started).scalar_one(),
        seen=count(or_(_begun(), ACTS.c.state.in_([_IN_CHARGE, _REORIENTED]))),
        reoriented=count(or_(ACTS.c.state == _REORIENTED, missed)),
        missed=count(missed),
    )


def _begun() -> ColumnElement[bool]:
    begun = ACT_STEPS.alias("begun")
    return select(begun.c.act).where(begun.c.act == ACTS.c.id, begun.c.event == _BEGIN).exists()


def _missed() -> ColumnElement[bool]:
    return and_(ACTS.c.state == _EMERGENCY, _begun())


def _within(since: int, until: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TRIAGES.c.time >= since, TRIAGES.c.time < until


def _triage(row: RowMapping) -> Triage:
    return Triage(**dict(row) | {"outcome": Outcome(row["outcome"])})
