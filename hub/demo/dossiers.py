"""Dossiers of the demo home's invented people, written as people write them: through the same checks, by the same roles."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from hub.acts.directory import Entry
from hub.acts.dossier import WRITERS, Section
from hub.acts.dossier_checks import accept
from hub.acts.readiness import Validation
from hub.alerting.prescriptions import DAY
from hub.store import dossier, professionals
from hub.store.dossier import Version

_AGO = re.compile(r"-[0-9]{1,4} d")


class Furnished(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One resident's dossier."""

    resident: str
    sections: dict[Section, dict[str, Any]]
    validated_days_ago: int | None = None


class Dossiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dossiers.toml`."""

    dossier: tuple[Furnished, ...]


DIRECTORY = (
    Entry(
        "10002909371",
        "BENALI",
        "Samir",
        "Médecin",
        "Médecine générale",
        "Dijon",
        "samir.benali@medecin.mssante.example",
    ),
    Entry(
        "99700218896", "ROY", "Anne", "Médecin", "Cardiologie", "Dijon", "anne.roy@medecin.mssante.example"
    ),
)
"Invented entries, with the two numbers that are published as examples."


def read_dossiers() -> Dossiers:
    """Read who has a dossier in the demo home."""
    text = Path(__file__).with_name("dossiers.toml").read_bytes()
    return msgspec.toml.decode(text, type=Dossiers)


def furnish_dossiers(connection: Connection, now: int, only: Collection[str] = ()) -> None:
    """Write the dossiers and the directory's entries.

    Args:
        connection: of a transaction.
        now: microseconds UTC; days in the file count from it.
        only: whose; everybody's when empty.

    Raises:
        DossierError: a section cannot be so.
        StoreError: a resident is unknown.
    """
    today = datetime.datetime.fromtimestamp(now / 1e6, datetime.UTC).date()
    for one in read_dossiers().dossier:
        if only and one.resident not in only:
            continue
        begun = now - 300 * DAY
        for section, body in one.sections.items():
            author = "medecin" if "physician" in WRITERS[section] else "cadre"
            accepted = accept(section, _dated(body, today), today)
            dossier.write(connection, Version(one.resident, section, 1, begun, author, "", accepted))
        if one.validated_days_ago is not None:
            looked = Validation(now - one.validated_days_ago * DAY, "medecin", dict.fromkeys(one.sections, 1))
            dossier.validate(connection, one.resident, looked)
    professionals.save(connection, DIRECTORY, now)


def _dated(value: Any, today: datetime.date) -> Any:
    """Return a body with days counted from today in place of `-33 d`."""
    if isinstance(value, dict):
        return {name: _dated(each, today) for name, each in value.items()}
    if isinstance(value, list):
        return [_dated(each, today) for each in value]
    if isinstance(value, str) and _AGO.fullmatch(value):
        return (today - datetime.timedelta(days=int(value[1:-2]))).isoformat()
    return value
