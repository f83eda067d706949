"""Limits and settings of residents as papers: who wrote and signed them, why, and when they were in force.

What was prescribed never changes: only the signatures and the end of a paper are written after it, and each of those
is one more row of its history. Which limits are in force at a time is `hub.store.records.prescriptions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from devices.limits import Limit
from hub.alerting.prescriptions import Act, Paper, Status
from hub.store import records
from hub.store.errors import StoreError
from hub.store.schema import LIMITS, PAPER_STEPS, RESIDENT_SETTINGS

_PAPER = {each.name: {"begin": "begins", "end": "ends"}.get(each.name, each.name) for each in fields(Paper)}
"Column of each field: `begin` and `end` are words of SQL."


@dataclass(frozen=True, slots=True)
class Prescribed:
    """A limit of a resident with its paper."""

    limit: Limit
    resident: str
    paper: Paper

    @property
    def id(self) -> str:
        """Names the paper and the limit."""
        return self.limit.id


@dataclass(frozen=True, slots=True)
class Settings:
    """What rules must know of a resident beside limits."""

    profile: str = ""
    "Name in the rule set; empty for its standard one."
    spo2_scale: int = 1
    on_oxygen: bool | None = None
    usual_score: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings of a resident with their paper."""

    id: str
    resident: str
    settings: Settings
    paper: Paper


@dataclass(frozen=True, slots=True)
class PaperStep:
    """Somebody did something to a paper."""

    paper: str
    number: int
    time: int
    act: Act
    author: str
    reason: str = ""


def limits(connection: Connection, resident: str | None = None) -> list[Prescribed]:
    """Return every paper about a limit, of one resident or of all, in the order they were written."""
    query = select(LIMITS).order_by(LIMITS.c.proposed, LIMITS.c.id)
    if resident is not None:
        query = query.where(LIMITS.c.resident == resident)
    return [_prescribed(row) for row in connection.execute(query)]


def limit(connection: Connection, key: str) -> Prescribed | None:
    """Return one paper about a limit."""
    row = connection.execute(select(LIMITS).where(LIMITS.c.id == key)).one_or_none()
    return None if row is None else _prescribed(row)


def add_limit(connection: Connection, prescribed: Prescribed) -> None:
    """Write a paper about a limit.

    Raises:
        StoreError: the resident is unknown or the id is taken.
    """
    if prescribed.resident not in records.residents(connection):
        raise StoreError(f"resident {prescribed.resident!r} is unknown")
    if limit(connection, prescribed.id) is not None:
        raise StoreError(f"limit {prescribed.id!r} exists already")
    values = asdict(prescribed.limit) | {"priority": prescribed.limit.priority.value}
    row = {"resident": prescribed.resident, **values, **_columns(prescribed.paper)}
    connection.execute(insert(LIMITS).values(row))


def save_limit(connection: Connection, key: str, paper: Paper) -> None:
    """Write what was signed or ended of a paper; the limit itself stays as it is."""
    connection.execute(update(LIMITS).where(LIMITS.c.id == key).values(_columns(paper)))


def settings(connection: Connection, resident: str | None = None) -> list[Setting]:
    """Return every paper about settings, of one resident or of all, in the order they were written."""
    columns = RESIDENT_SETTINGS.c
    query = select(RESIDENT_SETTINGS).order_by(columns.proposed, columns.id)
    if resident is not None:
        query = query.where(columns.resident == resident)
    return [_setting(row) for row in connection.execute(query)]


def setting(connection: Connection, key: str) -> Setting | None:
    """Return one paper about settings."""
    row = connection.execute(select(RESIDENT_SETTINGS).where(RESIDENT_SETTINGS.c.id == key)).one_or_none()
    return None if row is None else _setting(row)


def add_setting(connection: Connection, made: Setting) -> None:
    """Write a paper about settings.

    Raises:
        StoreError: the resident is unknown or the id is taken.
    """
    if made.resident not in records.residents(connection):
        raise StoreError(f"resident {made.resident!r} is unknown")
    if setting(connection, made.id) is not None:
        raise StoreError(f"setting {made.id!r} exists already")
    row = {"id": made.id, "resident": made.resident, **asdict(made.settings), **_columns(made.paper)}
    connection.execute(insert(RESIDENT_SETTINGS).values(row))


def save_setting(connection: Connection, key: str, paper: Paper) -> None:
    """Write what was signed or ended of a paper; the settings themselves stay as they are."""
    connection.execute(update(RESIDENT_SETTINGS).where(RESIDENT_SETTINGS.c.id == key).values(_columns(paper)))


def add_step(connection: Connection, paper: str, time: int, act: Act, author: str, reason: str = "") -> None:
    """Write down what was done to a paper."""
    query = select(func.coalesce(func.max(PAPER_STEPS.c.number), 0)).where(PAPER_STEPS.c.paper == paper)
    step = PaperStep(paper, connection.execute(query).scalar_one() + 1, time, act, author, reason)
    connection.execute(insert(PAPER_STEPS).values(asdict(step) | {"act": act.value}))


def steps(connection: Connection, papers: Iterable[str]) -> Mapping[str, list[PaperStep]]:
    """Return what was done to papers, oldest first."""
    found: dict[str, list[PaperStep]] = {paper: [] for paper in papers}
    query = select(PAPER_STEPS).where(PAPER_STEPS.c.paper.in_(found)).order_by(PAPER_STEPS.c.number)
    for row in connection.execute(query):
        step = PaperStep(row.paper, row.number, row.time, Act(row.act), row.author, row.reason)
        found[row.paper].append(step)
    return found


def _columns(paper: Paper) -> dict[str, Any]:
    values = asdict(paper)
    return {column: values[name] for name, column in _PAPER.items()} | {"status": paper.status.value}


def _paper(row: Row[Any]) -> Paper:
    values = {name: getattr(row, column) for name, column in _PAPER.items()}
    return Paper(**values | {"status": Status(row.status)})


def _prescribed(row: Row[Any]) -> Prescribed:
    return Prescribed(records.limit_of(row), row.resident, _paper(row))


def _setting(row: Row[Any]) -> Setting:
    kept = Settings(row.profile, row.spo2_scale, row.on_oxygen, row.usual_score)
    return Setting(row.id, row.resident, kept, _paper(row))
