"""Wounds, their pictures and what was found of them. Nothing is overwritten; a mistake is withdrawn, with who and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields

import msgspec
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from hub.store.schema_wounds import WOUND_FINDINGS, WOUND_PICTURES, WOUNDS


@dataclass(frozen=True, slots=True)
class Wound:
    """A wound of a resident. Times are microseconds UTC."""

    id: str
    resident: str
    cause: str
    region: str
    begun: str
    "Since when, as it was said."
    note: str
    time: int
    author: str
    closed: int | None = None
    closed_by: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a photograph; sizes are pixels."""

    id: str
    wound: str
    time: int
    author: str
    view: str
    note: str
    width: int
    height: int
    digest: str
    sharpness: float
    brightness: float
    clipped: float
    withdrawn: int | None = None
    withdrawn_by: str = ""
    withdrawn_for: str = ""


class Points(msgspec.Struct, frozen=True):
    """On a picture: from where to where its scale goes, how long that is, and the wound's outline."""

    scale: tuple[tuple[float, float], tuple[float, float]]
    scale_mm: float
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody measured and saw."""

    id: str
    wound: str
    picture: str | None
    time: int
    author: str
    length_mm: float | None = None
    width_mm: float | None = None
    area_mm2: float | None = None
    depth_mm: float | None = None
    stage: str = ""
    points: Points | None = None
    fields: dict[str, object] = field(default_factory=dict)
    withdrawn: int | None = None
    withdrawn_by: str = ""
    withdrawn_for: str = ""


_KNOWN = tuple(WOUND_PICTURES.c[each.name] for each in fields(Picture))
_points = msgspec.json.Decoder(Points)
_said = msgspec.json.Decoder(dict[str, object])


def add(connection: Connection, wound: Wound) -> None:
    """Write a wound."""
    connection.execute(insert(WOUNDS).values(asdict(wound)))


def find(connection: Connection, key: str) -> Wound | None:
    """Return a wound."""
    row = connection.execute(select(WOUNDS).where(WOUNDS.c.id == key)).mappings().one_or_none()
    return None if row is None else Wound(**row)


def of_resident(connection: Connection, resident: str) -> list[Wound]:
    """Return the wounds of a resident: those that are open first, each the newest first."""
    query = select(WOUNDS).where(WOUNDS.c.resident == resident)
    rows = connection.execute(query.order_by(WOUNDS.c.time.desc(), WOUNDS.c.id)).mappings()
    return sorted((Wound(**row) for row in rows), key=lambda wound: wound.closed is not None)


def close(connection: Connection, key: str, outcome: str, author: str, now: int) -> bool:
    """Write down how a wound ended; false when it has."""
    still = update(WOUNDS).where(WOUNDS.c.id == key, WOUNDS.c.closed.is_(None))
    return connection.execute(still.values(closed=now, closed_by=author, outcome=outcome)).rowcount == 1


def keep(connection: Connection, picture: Picture, box: bytes) -> None:
    """Keep a picture."""
    connection.execute(insert(WOUND_PICTURES).values(asdict(picture) | {"image": box}))


def picture(connection: Connection, key: str) -> Picture | None:
    """Return what is known of a picture, also of a withdrawn one."""
    row = connection.execute(select(*_KNOWN).where(WOUND_PICTURES.c.id == key)).one_or_none()
    return None if row is None else Picture(*row)


def same(connection: Connection, wound: str, digest: str) -> Picture | None:
    """Return the picture of a wound that was made of the same file."""
    query = select(*_KNOWN).where(
        WOUND_PICTURES.c.wound == wound,
        WOUND_PICTURES.c.digest == digest,
        WOUND_PICTURES.c.withdrawn.is_(None),
    )
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Picture(*row)


def image(connection: Connection, key: str) -> bytes | None:
    """Return a picture as it lies on the disk; one that was withdrawn is not given out."""
    query = select(WOUND_PICTURES.c.image).where(
        WOUND_PICTURES.c.id == key, WOUND_PICTURES.c.withdrawn.is_(None)
    )
    return connection.execute(query).scalar_one_or_none()


def count(connection: Connection, wound: str) -> int:
    """Count a wound's pictures, those that were withdrawn too."""
    query = select(func.count()).select_from(WOUND_PICTURES).where(WOUND_PICTURES.c.wound == wound)
    return connection.execute(query).scalar_one()


def pictures(connection: Connection, wounds: Sequence[str]) -> dict[str, list[Picture]]:
    """Return what is known of wounds' pictures, oldest first."""
    query = select(*_KNOWN).where(WOUND_PICTURES.c.wound.in_(wounds))
    found: defaultdict[str, list[Picture]] = defaultdict(list)
    for row in connection.execute(query.order_by(WOUND_PICTURES.c.time, WOUND_PICTURES.c.id)):
        found[row.wound].append(Picture(*row))
    return found


def note(connection: Connection, finding: Finding) -> None:
    """Write down what somebody found."""
    values = asdict(finding)
    values["points"] = "" if finding.points is None else msgspec.json.encode(finding.points).decode()
    values["fields"] = msgspec.json.encode(finding.fields).decode()
    connection.execute(insert(WOUND_FINDINGS).values(values))


def finding(connection: Connection, key: str) -> Finding | None:
    """Return what somebody found, also when it was withdrawn."""
    query = select(WOUND_FINDINGS).where(WOUND_FINDINGS.c.id == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _finding(row)


def findings(connection: Connection, wounds: Sequence[str]) -> dict[str, list[Finding]]:
    """Return what was found of wounds, oldest first."""
    query = select(WOUND_FINDINGS).where(WOUND_FINDINGS.c.wound.in_(wounds))
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for row in connection.execute(query.order_by(WOUND_FINDINGS.c.time, WOUND_FINDINGS.c.id)).mappings():
        found[row["wound"]].append(_finding(row))
    return found


def withdraw(connection: Connection, what: Picture | Finding, author: str, reason: str, now: int) -> bool:
    """Write down that something was a mistake; false when that was done before."""
    table = WOUND_PICTURES if isinstance(what, Picture) else WOUND_FINDINGS
    standing = update(table).where(table.c.id == what.id, table.c.withdrawn.is_(None))
    values = {"withdrawn": now, "withdrawn_by": author, "withdrawn_for": reason}
    return connection.execute(standing.values(values)).rowcount == 1


def _finding(row: RowMapping) -> Finding:
    points = _points.decode(row["points"]) if row["points"] else None
    return Finding(**dict(row) | {"points": points, "fields": _said.decode(row["fields"])})
