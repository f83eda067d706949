"""Residents' dossiers over HTTP. Times are microseconds UTC, days are ISO dates; a body is that of its section.

What a section holds is told by `hub.acts.dossier`; `section_schemas` puts it into the document, from which the pages'
types are made.
"""

from __future__ import annotations

from typing import Any

import msgspec
from pydantic import Field, JsonValue

from hub.acts.dossier import BODIES, Section
from hub.acts.readiness import Stale
from hub.api.models import MAX_TIME, Model
from hub.api.prescriptions_models import PersonRef

_PREFIX = "#/components/schemas/Dossier"


class SectionOrder(Model):
    """What a section is to say from now on: the whole of it."""

    version: int = Field(ge=0, le=2**31)
    "The version that it was written from; 0 when there was none."
    reason: str = Field(default="", max_length=500)
    "Needed when something is corrected."
    body: dict[str, JsonValue]


class SectionView(Model):
    """One version of a section."""

    version: int
    time: int
    author: PersonRef
    reason: str
    body: dict[str, JsonValue]


class FaultView(Model):
    """A field, and a code that pages have a sentence for."""

    field: str
    code: str


class LackView(Model):
    """Something that a liaison file should say and does not."""

    section: Section
    field: str


class ValidationOrder(Model):
    """A physician has looked at these versions."""

    versions: dict[Section, int]


class ValidationView(Model):
    """When a physician last said that the whole is right."""

    time: int = Field(le=MAX_TIME)
    author: PersonRef


class DossierView(Model):
    """A resident's dossier, as it is now."""

    resident: str
    now: int
    sections: dict[Section, SectionView]
    "Only those that somebody has written."
    lacks: list[LackView]
    validation: ValidationView | None
    stale: Stale | None
    "Why a physician should look at it."
    changed: list[Section]
    "Written since the validation."
    doubts: list[FaultView]
    "Where the national number and the identity's traits differ."
    may_write: list[Section]
    "For the account that asks."
    may_validate: bool


class ProfessionalView(Model):
    """Somebody of the public directory."""

    rpps: str
    family_name: str
    given_name: str
    profession: str
    specialty: str
    place: str
    addresses: list[str]


class ProfessionalsQuery(Model):
    """Whom one looks for."""

    q: str = Field(min_length=2, max_length=80)
    "The beginning of a family name and further beginnings of names, or of an RPPS."


def section_schemas() -> dict[str, Any]:
    """Return the schemas of the sections' bodies, each name with `Dossier` before it.

    The hub always sends every field; a page that writes sends them too.
    """
    _, found = msgspec.json.schema_components(list(BODIES.values()), ref_template=f"{_PREFIX}{{name}}")
    # As JSON has it: defaults of tuples are lists there.
    found = msgspec.json.decode(msgspec.json.encode(found))
    for schema in found.values():
        if "properties" in schema:
            schema["required"] = list(schema["properties"])
    return {f"Dossier{name}": schema for name, schema in found.items()}
