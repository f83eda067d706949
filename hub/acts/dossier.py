"""The sections of a resident's dossier: what each holds. Pure; what may be written is in `hub.acts.dossier_checks`.

What nobody has asked yet differs from what is not there: a flag is true, false or `None` (nobody said), a list says by
`known` whether it is empty because there is nothing or because nobody asked. The contents follow what a liaison file
for emergencies needs (dossier de liaison d'urgence, sheet 07 part 4).
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.acts.identity import Identity, Name

Line = Annotated[str, Meta(max_length=300)]
Text = Annotated[str, Meta(max_length=4000)]
Since = Annotated[str, Meta(pattern="^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$")]
"A year, a month or a day: of an old disease nobody knows more."
Many = Meta(max_length=60)
"So many items of a list; the hub takes 64 kB of a request."


class Section(enum.StrEnum):
    """A part of the dossier that is written and versioned by itself."""

    IDENTITY = "identity"
    PHYSICIANS = "physicians"
    ALLERGIES = "allergies"
    HISTORY = "history"
    TREATMENTS = "treatments"
    USUAL = "usual"
    DIRECTIVES = "directives"
    PERSONS = "persons"
    CONSENTS = "consents"


class Known(enum.StrEnum):
    """Why a list is as long as it is."""

    UNKNOWN = "unknown"
    "Nobody has asked: an empty list says nothing."
    NONE = "none"
    LISTED = "listed"


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a section holds."""


# ---- who treats ----


class Bond(enum.StrEnum):
    """What a professional is to a resident."""

    TREATING = "treating"
    "Médecin traitant."
    COORDINATING = "coordinating"
    SPECIALIST = "specialist"
    NURSE = "nurse"
    PHARMACY = "pharmacy"
    OTHER = "other"


class Professional(Body, frozen=True, kw_only=True):
    """Somebody who treats the resident, or may be asked."""

    bond: Bond
    family_name: Name
    given_name: Name = ""
    rpps: Annotated[str, Meta(max_length=40)] = ""
    specialty: Name = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    mssante: Annotated[str, Meta(max_length=254)] = ""
    "Address of the secure mail space."
    place: Name = ""


class Physicians(Body, frozen=True, kw_only=True):
    """The section `physicians`."""

    items: Annotated[tuple[Professional, ...], Many] = ()


# ---- what a physician must know first ----


class Severity(enum.StrEnum):
    """What an allergy did."""

    UNKNOWN = "unknown"
    MILD = "mild"
    SEVERE = "severe"
    LIFE_THREATENING = "life_threatening"


class Allergy(Body, frozen=True, kw_only=True):
    """One allergy or intolerance."""

    substance: Line
    reaction: Line = ""
    severity: Severity = Severity.UNKNOWN
    since: Since = ""


class Allergies(Body, frozen=True, kw_only=True):
    """The section `allergies`."""

    known: Known = Known.UNKNOWN
    items: Annotated[tuple[Allergy, ...], Many] = ()


class Problem(Body, frozen=True, kw_only=True):
    """A disease or an operation, past or present."""

    text: Line
    since: Since = ""
    active: bool = True
    code: Annotated[str, Meta(pattern="^([A-Z][0-9]{2}(\\.[0-9]{1,2})?)?$")] = ""
    "CIM-10, where somebody gave it."


class Vaccination(Body, frozen=True, kw_only=True):
    """One vaccination."""

    vaccine: Line
    given: Since = ""


class Carriage(enum.StrEnum):
    """Resistant bacteria that a hospital must know of."""

    UNKNOWN = "unknown"
    NONE = "none"
    BMR = "bmr"
    BHRE = "bhre"


class History(Body, frozen=True, kw_only=True):
    """The section `history`."""

    known: Known = Known.UNKNOWN
    items: Annotated[tuple[Problem, ...], Many] = ()
    admitted: datetime.date | None = None
    admission_reason: Line = ""
    carriage: Carriage = Carriage.UNKNOWN
    carriage_detail: Line = ""
    pacemaker: bool | None = None
    "Or a defibrillator that is implanted."
    vaccinations: Annotated[tuple[Vaccination, ...], Many] = ()


class Medicine(Body, frozen=True, kw_only=True):
    """One line of the prescription, as somebody entered it."""

    name: Line
    dose: Line = ""
    times: Line = ""
    "Such as `matin et soir`."
    route: Name = ""
    as_needed: bool = False


class Treatments(Body, frozen=True, kw_only=True):
    """The section `treatments`. It copies a prescription for who has only the dossier, and is none itself."""

    known: Known = Known.UNKNOWN
    items: Annotated[tuple[Medicine, ...], Many] = ()
    prescribed: datetime.date | None = None
    "Date of the prescription that was copied."
    prescriber: Name = ""
    anticoagulant: bool | None = None
    anticoagulant_detail: Line = ""
    antiplatelet: bool | None = None
    oxygen: bool | None = None
    oxygen_flow: Annotated[float, Meta(ge=0.1, le=60)] | None = None
    "Litres a minute."
    insulin: bool | None = None
    insulin_detail: Line = ""
    opioids: bool | None = None
    immunosuppression: bool | None = None
    "Also corticoids over weeks and chemotherapy."


# ---- how the person usually is ----


class Mobility(enum.StrEnum):
    """How somebody gets about."""

    ALONE = "alone"
    AID = "aid"
    HELPED = "helped"
    WHEELCHAIR = "wheelchair"
    BED = "bed"


class Usual(Body, frozen=True, kw_only=True):
    """The section `usual`: what a change is measured against. Units are those of `devices.nomenclature`."""

    spo2: float | None = None
    systolic: float | None = None
    diastolic: float | None = None
    pulse_rate: float | None = None
    respiration_rate: float | None = None
    temperature: float | None = None
    weight: float | None = None
    weighed: datetime.date | None = None
    gir: Annotated[int, Meta(ge=1, le=6)] | None = None
    "Degree of dependence: 1 the heaviest, 6 none (sheet 06 part 11)."
    gir_assessed: datetime.date | None = None
    mobility: Mobility | None = None
    mobility_detail: Line = ""
    communication: Line = ""
    "How to be understood: language, hearing, gestures."
    hearing_aid: bool | None = None
    glasses: bool | None = None
    dentures: bool | None = None
    cognition: Line = ""
    wandering: bool | None = None
    "Leaves the home and may not find back."
    swallowing: Line = ""
    diet: Line = ""
    skin: Line = ""
    continence: Line = ""
    pain: Line = ""


# ---- what the person wants ----


class Directives(Body, frozen=True, kw_only=True):
    """The section `directives`: advance directives, limits of care, palliative care."""

    known: Known = Known.UNKNOWN
    "Whether the person has written advance directives."
    text: Text = ""
    written: datetime.date | None = None
    kept: Line = ""
    "Where the paper is."
    palliative: bool | None = None
    limitation: Known = Known.UNKNOWN
    "Whether a limitation of care was decided."
    limitation_text: Text = ""
    limitation_decided: datetime.date | None = None
    limitation_by: Line = ""
    resuscitation: bool | None = None
    intensive_care: bool | None = None
    hospital: bool | None = None
    "Whether a transfer is wanted; `None`: nobody decided, so it is decided as for everybody."


# ---- who is close ----


class Part(enum.StrEnum):
    """What a person is to be asked or told as."""

    TRUSTED = "trusted"
    "Personne de confiance."
    EMERGENCY = "emergency"
    "To be told first."
    FAMILY = "family"
    GUARDIAN = "guardian"
    "Of the legal protection below."
    OTHER = "other"


class Protection(enum.StrEnum):
    """Legal protection of an adult."""

    UNKNOWN = "unknown"
    NONE = "none"
    TUTELLE = "tutelle"
    CURATELLE = "curatelle"
    SAFEGUARD = "safeguard"
    FAMILY = "family"
    "Habilitation familiale."


class Person(Body, frozen=True, kw_only=True):
    """Somebody close, or who decides with or for the resident."""

    family_name: Name
    given_name: Name = ""
    parts: Annotated[tuple[Part, ...], Meta(min_length=1, max_length=5)] = (Part.OTHER,)
    relation: Name = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    other_phone: Annotated[str, Meta(max_length=40)] = ""
    night: bool | None = None
    "Wants to be called at night."
    note: Line = ""


class Persons(Body, frozen=True, kw_only=True):
    """The section `persons`."""

    trusted: Known = Known.UNKNOWN
    "Whether the resident has named somebody (personne de confiance)."
    protection: Protection = Protection.UNKNOWN
    items: Annotated[tuple[Person, ...], Many] = ()


# ---- what the person agreed to ----


class Matter(enum.StrEnum):
    """What somebody agrees to, or not: the five acts, and pictures."""

    SURVEILLANCE = "surveillance"
    ASSISTANCE = "assistance"
    CONSULTATION = "consultation"
    EXPERTISE = "expertise"
    REGULATION = "regulation"
    PHOTO = "photo"


class Form(enum.StrEnum):
    """How it was said."""

    ORAL = "oral"
    WRITTEN = "written"
    GUARDIAN = "guardian"
    "By who represents the person."


class Consent(Body, frozen=True, kw_only=True):
    """One answer of the resident, and its end."""

    matter: Matter
    given: datetime.date
    agreed: bool = True
    "False: the person refused."
    form: Form = Form.ORAL
    by: Line = ""
    "Who answered, where it was not the resident."
    informed_by: Line = ""
    "Who explained it."
    withdrawn: datetime.date | None = None
    note: Line = ""


class Consents(Body, frozen=True, kw_only=True):
    """The section `consents`."""

    items: Annotated[tuple[Consent, ...], Many] = ()


Bodies = Identity | Physicians | Allergies | History | Treatments | Usual | Directives | Persons | Consents


class Dossier(Body, frozen=True, kw_only=True):
    """The whole; a section that nobody has written is as empty as it begins."""

    identity: Identity = Identity()
    physicians: Physicians = Physicians()
    allergies: Allergies = Allergies()
    history: History = History()
    treatments: Treatments = Treatments()
    usual: Usual = Usual()
    directives: Directives = Directives()
    persons: Persons = Persons()
    consents: Consents = Consents()


BODIES: Mapping[Section, type[Bodies]] = MappingProxyType(
    {
        Section.IDENTITY: Identity,
        Section.PHYSICIANS: Physicians,
        Section.ALLERGIES: Allergies,
        Section.HISTORY: History,
        Section.TREATMENTS: Treatments,
        Section.USUAL: Usual,
        Section.DIRECTIVES: Directives,
        Section.PERSONS: Persons,
        Section.CONSENTS: Consents,
    }
)

_EDITORS = frozenset({"physician", "coordinator"})
_EVERY_CARER = _EDITORS | {"nurse"}

WRITERS: Mapping[Section, frozenset[str]] = MappingProxyType(
    {
        # The number and who saw which document are the office's: not what is noted at the bedside (sheet 06 part 6).
        Section.IDENTITY: frozenset({"coordinator"}),
        Section.PHYSICIANS: _EDITORS,
        Section.ALLERGIES: _EDITORS,
        Section.HISTORY: _EDITORS,
        Section.TREATMENTS: _EDITORS,
        Section.USUAL: _EVERY_CARER,
        Section.DIRECTIVES: _EDITORS,
        Section.PERSONS: _EVERY_CARER,
        # Whoever accompanies the resident hears the answer; a withdrawal must not wait for anybody.
        Section.CONSENTS: _EVERY_CARER,
    }
)
"Roles that may write each section."

VALIDATORS = frozenset({"physician"})
"Roles that may say that the whole is right: the liaison file carries the date of a physician's validation (sheet 07 part 4)."


def gathered(bodies: Mapping[Section, Bodies]) -> Dossier:
    """Put sections together."""
    return msgspec.structs.replace(Dossier(), **{section.value: body for section, body in bodies.items()})


def agreed(consents: Consents, matter: Matter, on: datetime.date) -> bool | None:
    """Tell whether the resident agrees to something on a day; `None` when nobody has asked, or the answer was withdrawn.

    Of several answers the last one counts.
    """
    answers = [each for each in consents.items if each.matter is matter and each.given <= on]
    if not answers:
        return None
    last = max(enumerate(answers), key=lambda pair: (pair[1].given, pair[0]))[1]
    if last.withdrawn is not None and last.withdrawn <= on:
        return None
    return last.agreed
