"""What a liaison file lacks, and whether a physician has looked at it lately. Pure.

A liaison file must be ready day and night (sheet 07 part 4): what is missing is shown as missing, never as empty.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from devices.clock import SECOND
from hub.acts.dossier import Bond, Carriage, Dossier, Known, Persons, Protection, Section, Treatments, Usual
from hub.acts.identity import Identity

STALE = 183 * 24 * 3600 * SECOND
"Microseconds: six months (sheet 07 part 4)."


class Stale(enum.StrEnum):
    """Why the whole needs a physician's look."""

    NEVER = "never_validated"
    OLD = "validated_long_ago"
    CHANGED = "changed_since"
    "A section was written after the validation: what was looked at is no longer what is there."


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a liaison file should say and does not."""

    section: Section
    field: str


@dataclass(frozen=True, slots=True)
class Validation:
    """A physician has looked at everything, and said that it is right."""

    time: int
    "Microseconds UTC."
    author: str
    versions: Mapping[Section, int]
    "What was there then."


def lacks(dossier: Dossier) -> tuple[Lack, ...]:
    """Say what a liaison file would have to call `non renseigné`, in the order of the dossier."""
    parts: Mapping[Section, Mapping[str, bool]] = {
        Section.IDENTITY: _identity(dossier.identity),
        Section.PHYSICIANS: {
            "treating": not any(each.bond is Bond.TREATING for each in dossier.physicians.items)
        },
        Section.ALLERGIES: {"known": dossier.allergies.known is Known.UNKNOWN},
        Section.HISTORY: {
            "known": dossier.history.known is Known.UNKNOWN,
            "carriage": dossier.history.carriage is Carriage.UNKNOWN,
            "pacemaker": dossier.history.pacemaker is None,
        },
        Section.TREATMENTS: _treatments(dossier.treatments),
        Section.USUAL: _usual(dossier.usual),
        Section.DIRECTIVES: {
            "known": dossier.directives.known is Known.UNKNOWN,
            "palliative": dossier.directives.palliative is None,
            "limitation": dossier.directives.limitation is Known.UNKNOWN,
        },
        Section.PERSONS: _persons(dossier.persons),
    }
    return tuple(
        Lack(section, field)
        for section, fields in parts.items()
        for field, lacking in fields.items()
        if lacking
    )


def stale(validation: Validation | None, versions: Mapping[Section, int], now: int) -> Stale | None:
    """Tell why the dossier needs a physician's look; `None` when it does not."""
    if validation is None:
        return Stale.NEVER
    if now - validation.time > STALE:
        return Stale.OLD
    return Stale.CHANGED if dict(versions) != dict(validation.versions) else None


def changed_since(validation: Validation, versions: Mapping[Section, int]) -> tuple[Section, ...]:
    """Return the sections that were written after a validation."""
    return tuple(
        section for section in Section if versions.get(section, 0) != validation.versions.get(section, 0)
    )


def _identity(identity: Identity) -> Mapping[str, bool]:
    return {
        "family_name": not identity.family_name.strip(),
        "given_names": not identity.given_names,
        "birth_date": identity.birth_date is None,
        "sex": identity.sex is None,
    }


def _treatments(treatments: Treatments) -> Mapping[str, bool]:
    return {
        "known": treatments.known is Known.UNKNOWN,
        "anticoagulant": treatments.anticoagulant is None,
        "oxygen": treatments.oxygen is None,
        "insulin": treatments.insulin is None,
    }


def _usual(usual: Usual) -> Mapping[str, bool]:
    return {
        "weight": usual.weight is None,
        "gir": usual.gir is None,
        "mobility": usual.mobility is None,
        "cognition": not usual.cognition.strip(),
    }


def _persons(persons: Persons) -> Mapping[str, bool]:
    return {
        "trusted": persons.trusted is Known.UNKNOWN,
        "protection": persons.protection is Protection.UNKNOWN,
        # Somebody must be told of a transfer, whoever that is.
        "phone": not any(each.phone for each in persons.items),
    }
