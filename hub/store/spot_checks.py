"""Sets of observations that people enter, every version of each, and the values that they took back.

A value written down by hand is an observation like any other, in the time series. Those stores only ever add: what a
correction takes back is listed here, and `hub.store.revised` leaves it out of what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, and_, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.alerting.entry import ENTERED
from hub.store.schema import SPOT_CHECKS, VOIDED

_IN = 500
"Keys of one query; SQLite takes a bounded number of parameters."


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value of a set."""

    metric: str
    value: float
    sensor: str = ENTERED
    "Sensor that measured it, when somebody only said that it is so."
    edge: str = ""
    "That sensor's."
    time: int = 0
    "When that sensor measured it, microseconds UTC; 0 is at the set's own time."

    @property
    def by_hand(self) -> bool:
        """Whether somebody wrote it down; otherwise it is in the time series already."""
        return self.sensor == ENTERED


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """One version of a set of observations."""

    id: str
    version: int
    "From 1 on; the last one is what holds."
    key: str
    "Names the request that made this version: sent again, it changes nothing."
    resident: str
    time: int
    "When it was measured, microseconds UTC."
    entered: int
    "Hub time at which this version was written down."
    author: str
    spo2_scale: int
    "As the resident's setting was then."
    readings: tuple[Reading, ...]
    note: str = ""
    reason: str = ""
    "Of the correction."
    withdrawn: bool = False

    @property
    def values(self) -> dict[str, float]:
        """By metric."""
        return {each.metric: each.value for each in self.readings}

    def time_of(self, reading: Reading) -> int:
        """Return the time of a value in the time series.

        Versions are a microsecond apart, so that each value is a point of its own.
        """
        return self.time + self.version - 1 if reading.by_hand else reading.time or self.time


@dataclass(frozen=True, slots=True)
class Voided:
    """A point of the time series that is taken back."""

    resident: str
    metric: str
    time: int


def voided_by(check: SpotCheck) -> list[Voided]:
    """Return what is taken back when a version no longer holds: what a sensor measured stays measured."""
    return [
        Voided(check.resident, each.metric, check.time_of(each)) for each in check.readings if each.by_hand
    ]


def save(connection: Connection, checks: Iterable[SpotCheck], voided: Iterable[Voided]) -> None:
    """Write versions and what they take back."""
    if rows := [_row(check) for check in checks]:
        connection.execute(insert(SPOT_CHECKS), rows)
    if points := [asdict(point) for point in voided]:
        connection.execute(upsert(VOIDED).on_conflict_do_nothing(), points)


def versions(connection: Connection, key: str) -> list[SpotCheck]:
    """Return every version of a set, oldest first."""
    query = select(SPOT_CHECKS).where(SPOT_CHECKS.c.id == key).order_by(SPOT_CHECKS.c.version)
    return [_check(row) for row in connection.execute(query).mappings()]


def standing(
    connection: Connection, resident: str | None = None, since: int = 0, until: int | None = None
) -> list[SpotCheck]:
    """Return the sets that hold, newest first: the last version of each, without those that were withdrawn.

    Args:
        connection: of a transaction.
        resident: whose; everybody's when it is `None`.
        since: first time of measurement, microseconds UTC.
        until: time after the last one.
    """
    last = select(SPOT_CHECKS.c.id, func.max(SPOT_CHECKS.c.version).label("version")).group_by(
        SPOT_CHECKS.c.id
    )
    newest = last.subquery()
    query = (
        select(SPOT_CHECKS)
        .join(newest, and_(newest.c.id == SPOT_CHECKS.c.id, newest.c.version == SPOT_CHECKS.c.version))
        .where(SPOT_CHECKS.c.time >= since, SPOT_CHECKS.c.withdrawn.is_(False))
        .order_by(SPOT_CHECKS.c.time.desc(), SPOT_CHECKS.c.id)
    )
    if resident is not None:
        query = query.where(SPOT_CHECKS.c.resident == resident)
    if until is not None:
        query = query.where(SPOT_CHECKS.c.time < until)
    return [_check(row) for row in connection.execute(query).mappings()]


def history(connection: Connection, resident: str, limit: int) -> list[list[SpotCheck]]:
    """Return the last sets of a resident, newest first, each with all its versions, oldest first."""
    ids = (
        connection.execute(
            select(SPOT_CHECKS.c.id)
            .where(SPOT_CHECKS.c.resident == resident)
            .group_by(SPOT_CHECKS.c.id)
            .order_by(func.max(SPOT_CHECKS.c.time).desc(), SPOT_CHECKS.c.id)
            .limit(min(limit, _IN))
        )
        .scalars()
        .all()
    )
    found: dict[str, list[SpotCheck]] = {key: [] for key in ids}
    query = select(SPOT_CHECKS).where(SPOT_CHECKS.c.id.in_(ids)).order_by(SPOT_CHECKS.c.version)
    for row in connection.execute(query).mappings():
        found[row["id"]].append(_check(row))
    return list(found.values())


def voided(connection: Connection, resident: str, metric: str, start: int, end: int) -> Sequence[int]:
    """Return the times of the points of one metric that were taken back in [start, end)."""
    query = select(VOIDED.c.time).where(
        VOIDED.c.resident == resident, VOIDED.c.metric == metric, VOIDED.c.time >= start, VOIDED.c.time < end
    )
    return connection.execute(query).scalars().all()


def all_voided(connection: Connection, resident: str) -> set[tuple[str, int]]:
    """Return every point of a resident that was taken back, as (metric, time)."""
    query = select(VOIDED.c.metric, VOIDED.c.time).where(VOIDED.c.resident == resident)
    return {(row.metric, row.time) for row in connection.execute(query)}


def _row(check: SpotCheck) -> dict[str, Any]:
    return asdict(check) | {"readings": msgspec.json.encode(check.readings).decode()}


def _check(row: RowMapping) -> SpotCheck:
    readings = msgspec.json.decode(row["readings"], type=tuple[Reading, ...])
    return SpotCheck(**{**row, "readings": readings})
