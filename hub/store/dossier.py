"""Residents' dossiers: every version of every section. Nothing is overwritten; a correction is a version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import msgspec
from sqlalchemy import Connection, Row, func, select

from hub.acts.dossier import Bodies, Dossier, Section, gathered
from hub.acts.dossier_checks import decode
from hub.acts.readiness import Validation
from hub.store import records
from hub.store.errors import StoreError
from hub.store.schema_dossier import DOSSIER

_VALIDATION = "validation"
"Stands where a section's name stands: a physician has looked at everything."


class ChangedMeanwhileError(StoreError):
    """Somebody wrote the section since it was read; nothing was written."""

    def __init__(self, version: int, detail: str) -> None:
        super().__init__(detail)
        self.version = version
        "What is there now."


class UnchangedError(StoreError):
    """What is to be written is what is there."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a section."""

    resident: str
    section: Section
    version: int
    "From 1 on."
    time: int
    "Microseconds UTC."
    author: str
    reason: str
    body: Bodies


def write(connection: Connection, version: Version) -> Version:
    """Add a version, and return it as it is stored; the same request again changes nothing.

    Raises:
        ChangedMeanwhileError: another version than the one before it is there.
        UnchangedError: the body is what is there.
        StoreError: the resident is unknown.
    """
    if version.resident not in records.residents(connection):
        raise StoreError(f"resident {version.resident!r} is unknown")
    present = newest(connection, version.resident).get(version.section)
    number = 0 if present is None else present.version
    name = f"{version.section.value} of {version.resident!r}"
    if present is not None and replace(present, time=version.time) == version:
        return present
    if version.version != number + 1:
        raise ChangedMeanwhileError(number, f"{name} has version {number}, not {version.version - 1}")
    if present is not None and present.body == version.body:
        raise UnchangedError(f"{name} says this already")
    values = asdict(version) | {
        "section": version.section.value,
        "body": msgspec.json.encode(version.body).decode(),
    }
    connection.execute(DOSSIER.insert().values(values))
    return version


def newest(connection: Connection, resident: str) -> dict[Section, Version]:
    """Return the newest version of each section that somebody has written."""
    query = select(DOSSIER).where(DOSSIER.c.resident == resident, DOSSIER.c.section != _VALIDATION)
    rows = connection.execute(query.order_by(DOSSIER.c.version))
    found = {version.section: version for version in map(_version, rows)}
    return {section: found[section] for section in Section if section in found}


def versions(connection: Connection, resident: str, section: Section) -> list[Version]:
    """Return every version of a section, newest first."""
    query = select(DOSSIER).where(DOSSIER.c.resident == resident, DOSSIER.c.section == section.value)
    return [_version(row) for row in connection.execute(query.order_by(DOSSIER.c.version.desc()))]


def read(connection: Connection, resident: str) -> Dossier:
    """Return the whole dossier as it is now; what nobody has written is as empty as it begins."""
    return gathered({section: version.body for section, version in newest(connection, resident).items()})


def validate(connection: Connection, resident: str, validation: Validation) -> None:
    """Write down that a physician has looked at everything.

    Raises:
        ChangedMeanwhileError: what was looked at is not what is there.
    """
    present = {section: version.version for section, version in newest(connection, resident).items()}
    if present != dict(validation.versions):
        other = next(
            section for section in Section if present.get(section, 0) != validation.versions.get(section, 0)
        )
        raise ChangedMeanwhileError(
            present.get(other, 0), f"{other.value} of {resident!r} was changed meanwhile"
        )
    query = select(func.count()).where(DOSSIER.c.resident == resident, DOSSIER.c.section == _VALIDATION)
    number = connection.execute(query).scalar_one() + 1
    body = json.dumps({section.value: version for section, version in validation.versions.items()})
    values: Mapping[str, object] = {
        "resident": resident,
        "section": _VALIDATION,
        "version": number,
        "time": validation.time,
        "author": validation.author,
        "reason": "",
        "body": body,
    }
    connection.execute(DOSSIER.insert().values(values))


def validation(connection: Connection, resident: str) -> Validation | None:
    """Return when a physician last looked at everything."""
    query = select(DOSSIER).where(DOSSIER.c.resident == resident, DOSSIER.c.section == _VALIDATION)
    row = connection.execute(query.order_by(DOSSIER.c.version.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Validation(
        row.time, row.author, {Section(name): number for name, number in json.loads(row.body).items()}
    )


def _version(row: Row[tuple[object, ...]]) -> Version:
    section = Section(row.section)
    body = decode(section, row.body.encode())
    return Version(row.resident, section, row.version, row.time, row.author, row.reason, body)
