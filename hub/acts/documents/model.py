"""What papers are made of. Times are microseconds UTC; an empty text, or `None`, is "nobody wrote it down". Pure.

A paper never guesses: what is not known is printed as such, in words and in red, because on paper a blank reads as "none".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.errors import VeilleuseError


class PaperError(VeilleuseError):
    """A paper cannot be made; the text names what is wrong."""


class Kind(enum.StrEnum):
    """Which paper."""

    REPORT = "report"
    LIAISON = "liaison"
    SAED = "saed"


@dataclass(frozen=True, slots=True)
class Home:
    """The home, as papers are headed."""

    name: str
    address: str = ""
    "On one line."
    phone: str = ""
    finess: str = ""
    "Nine characters, geographic (sheet 06 part 7)."


class Sex(enum.StrEnum):
    """Of the identity's traits; administrative."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a paper is about."""

    birth_name: str
    given_names: str
    birth_year: int
    used_name: str = ""
    birth_date: str = ""
    "ISO 8601, when the traits have been entered; otherwise only the year is known."
    sex: Sex | None = None
    birth_place: str = ""
    "INSEE code of the place of birth."
    room: str = ""
    matricule: str = ""
    """Thirteen digits. Only of a **qualified** identity: whoever makes an `Identity` leaves it empty otherwise, because
    nothing else may carry the matricule outside (sheet 06 part 6)."""
    authority: str = ""
    "OID of the authority that assigns the matricule."

    def __post_init__(self) -> None:
        if bool(self.matricule) != bool(self.authority):
            raise PaperError("matricule and authority belong together")

    @property
    def name(self) -> str:
        """Return the name by which people know them: the one they use, or the one of their birth."""
        return self.used_name or self.birth_name


@dataclass(frozen=True, slots=True)
class Professional:
    """Somebody who writes, signs, takes part or receives."""

    name: str
    role: str = ""
    "As people read it, such as `médecin traitant`."
    rpps: str = ""
    phone: str = ""
    mail: str = ""
    "Secure mail address."


@dataclass(frozen=True, slots=True)
class Vital:
    """One measured value, in the unit of `devices.nomenclature`."""

    metric: str
    value: float
    time: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A NEWS2, as `hub.alerting.news2` computed it."""

    total: int
    scale: int
    "Of the saturation: 1, or 2 by prescription."
    missing: tuple[str, ...] = ()
    "Parameters that nobody measured: the total is then a lower bound."
    on_oxygen: bool | None = None
    time: int = 0
    "Of the newest value in it."
    earlier: tuple[tuple[int, int | None], ...] = ()
    "(hours before, total then or `None`)."


@dataclass(frozen=True, slots=True)
class Directives:
    """What a person wants, and what was decided with them: read before anything is asked for."""

    text: str = ""
    palliative: bool | None = None
    limitation: str = ""
    "A decision to limit care, as written down."


@dataclass(frozen=True, slots=True)
class Saed:
    """Situation, Antécédents, Évaluation, Demande (HAS 2014; sheet 07 part 2)."""

    home: Home
    resident: Identity
    now: int
    caller: Professional
    callback: str = ""
    place: str = ""
    "Building, floor and way in, beside the room."
    reason: str = ""
    onset: str = ""
    alert: str = ""
    "What rang, in words."
    vitals: tuple[Vital, ...] = ()
    score: Scored | None = None
    admitted: str = ""
    history: str = ""
    allergies: str = ""
    treatments: str = ""
    anticoagulant: bool | None = None
    oxygen: str = ""
    "Usual oxygen, in words."
    usual: str = ""
    "GIR, mobility, communication, usual values."
    weight: str = ""
    results: str = ""
    directives: Directives = Directives()
    hypothesis: str = ""
    done: str = ""
    "What was done already, with its hour."
    worry: int | None = None
    "0 to 3."
    request: str = ""
    delay: str = ""
    meanwhile: str = ""
    "What to do until help comes, and when to call back."


@dataclass(frozen=True, slots=True)
class Validation:
    """A physician looked through the file and said that it is right."""

    time: int
    author: str


@dataclass(frozen=True, slots=True)
class Liaison:
    """The liaison file (DLU, HAS/ANESM 2015; sheet 07 part 4)."""

    home: Home
    resident: Identity
    now: int
    author: str
    directives: Directives = Directives()
    validated: Validation | None = None
    entries: Mapping[str, str] = field(default_factory=dict)
    "By key of `hub.acts.documents.liaison.ROWS`; what is absent is printed as not known."
    vitals: tuple[Vital, ...] = ()
    score: Scored | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody took part."""

    who: Professional
    joined: int | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Happened:
    """Something went wrong on the way."""

    time: int
    what: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Report of a consultation (CSP R6316-4: acts, identity of who took part, date and time, technical incidents)."""

    home: Home
    resident: Identity
    now: int
    author: Professional
    act: str = ""
    "Which of the five acts, in words."
    began: int | None = None
    ended: int | None = None
    reason: str = ""
    severity: str = ""
    consent: str = ""
    vitals: tuple[Vital, ...] = ()
    score: Scored | None = None
    findings: str = ""
    conclusion: str = ""
    follows: str = ""
    "Prescriptions, what is watched, the next appointment, who does what."
    outcome: str = ""
    "Taken in charge, or reoriented: to whom and why."
    attendance: tuple[Attendance, ...] = ()
    incidents: tuple[Happened, ...] | None = None
    "`None`: nobody knows; empty: none."
    limits: str = ""
    "What could not be examined at a distance."


@dataclass(frozen=True, slots=True)
class Issue:
    """Which issue of a paper this is, and who signed it."""

    version: int = 1
    signed_by: str = ""
    signed: int | None = None
