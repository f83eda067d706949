"""Who a resident is: the traits and the number of the national health identity (INS), and what of it may leave the home. Pure.

Sheet 06 part 6. An identity is retrieved when a certified product fetched it from the INSi service, validated when
somebody has seen a document of the person, qualified when both are done; only then may its number leave the home.
This hub does not call INSi: who writes the identity down says where it comes from.
"""

from __future__ import annotations

import datetime
import enum
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.acts.fault import Fault
from hub.acts.numbers import Nir, NumberError, parse_nir

OLDEST = 1890
"Year of birth; nobody older lives."

Name = Annotated[str, Meta(max_length=100)]


class Status(enum.StrEnum):
    """How sure an identity is."""

    PROVISIONAL = "provisional"
    RETRIEVED = "retrieved"
    VALIDATED = "validated"
    QUALIFIED = "qualified"


class Authority(enum.StrEnum):
    """Whose number the matricule is."""

    NIR = "nir"
    NIA = "nia"
    "Of who awaits a NIR."
    TEST = "test"
    DEMO = "demo"


OIDS: Mapping[Authority, str] = MappingProxyType(
    {
        Authority.NIR: "1.2.250.1.213.1.4.8",
        Authority.NIA: "1.2.250.1.213.1.4.9",
        Authority.TEST: "1.2.250.1.213.1.4.10",
        Authority.DEMO: "1.2.250.1.213.1.4.11",
    }
)
"Sheet 06 part 6."


class Sex(enum.StrEnum):
    """As the civil register says."""

    FEMALE = "F"
    MALE = "M"
    INDETERMINATE = "I"


class Document(enum.StrEnum):
    """By what a person's identity was seen."""

    NONE = "none"
    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    FAMILY_BOOK = "family_book"
    "Livret de famille, birth certificate: read by somebody who knows that it is this person's."


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `identity` of a dossier."""

    family_name: Name = ""
    "Of birth."
    given_names: Annotated[tuple[Name, ...], Meta(max_length=10)] = ()
    "All of them, in the order of the civil register."
    first_given_name: Name = ""
    used_family_name: Name = ""
    "By which the person is called, where it is another one."
    used_given_name: Name = ""
    birth_date: datetime.date | None = None
    sex: Sex | None = None
    birth_place: Annotated[str, Meta(pattern="^([0-9][0-9AB][0-9]{3})?$")] = ""
    "INSEE code of the commune, or of the country (99 and three digits)."
    birth_place_name: Name = ""
    matricule: Annotated[str, Meta(max_length=40)] = ""
    "15 characters, with the key."
    authority: Authority = Authority.NIR
    status: Status = Status.PROVISIONAL
    document: Document = Document.NONE
    document_seen: datetime.date | None = None

    def normal(self) -> Identity:
        """Return it with the matricule as it is kept: without separators."""
        compact = "".join(self.matricule.split()).upper().replace(".", "").replace("-", "")
        return msgspec.structs.replace(self, matricule=compact)


class Withheld(enum.StrEnum):
    """Why an identity goes out without its number."""

    NOT_QUALIFIED = "not_qualified"
    NO_MATRICULE = "no_matricule"


@dataclass(frozen=True, slots=True)
class Outside:
    """What of an identity may leave the home, in the form of the INS: capitals without accents."""

    family_name: str
    given_names: str
    first_given_name: str
    birth_date: datetime.date | None
    sex: Sex | None
    birth_place: str
    status: Status
    matricule: str | None = None
    "13 characters; the key is not transmitted."
    oid: str | None = None
    withheld: Withheld | None = None


def check_identity(identity: Identity, today: datetime.date) -> tuple[Fault, ...]:
    """Say what of an identity cannot be so; every fault, not only the first."""
    return (*_traits(identity, today), *_number(identity), *_proof(identity, today))


def doubts(identity: Identity) -> tuple[Fault, ...]:
    """Say where the number and the traits differ: a slip, or one of the cases in which both are right.

    A corrected civil status, merged communes and birthdays that were estimated make them differ lawfully.
    """
    try:
        number = parse_nir(identity.matricule) if identity.matricule else None
    except NumberError:
        number = None
    if number is None or number.provisional:
        return ()
    return tuple(_differences(identity, number))


def may_leave(identity: Identity) -> Outside:
    """Tell what of an identity may leave the home: the number only of a qualified one."""
    matricule = oid = withheld = None
    if identity.status is not Status.QUALIFIED:
        withheld = Withheld.NOT_QUALIFIED
    elif not identity.matricule:
        withheld = Withheld.NO_MATRICULE
    else:
        matricule, oid = identity.matricule[:13], OIDS[identity.authority]
    return Outside(
        ins_text(identity.family_name),
        ins_text(" ".join(identity.given_names)),
        ins_text(identity.first_given_name),
        identity.birth_date,
        identity.sex,
        identity.birth_place,
        identity.status,
        matricule,
        oid,
        withheld,
    )


def ins_text(text: str) -> str:
    """Return a name as the INS writes it: capitals, without accents, one space between words."""
    plain = (
        text.replace("œ", "oe")
        .replace("Œ", "OE")
        .replace("æ", "ae")
        .replace("Æ", "AE")
        .replace("\u2019", "'")
    )
    letters = unicodedata.normalize("NFKD", plain)
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).upper().split())


def _traits(identity: Identity, today: datetime.date) -> list[Fault]:
    faults = []
    born = identity.birth_date
    if born is not None and (born > today or born.year < OLDEST):
        faults.append(Fault("birth_date", "out_of_range"))
    given = ins_text(" ".join(identity.given_names)).replace("-", " ")
    first = ins_text(identity.first_given_name).replace("-", " ")
    if first and given and not f"{given} ".startswith(f"{first} "):
        faults.append(Fault("first_given_name", "not_the_first"))
    if identity.status is not Status.PROVISIONAL:
        empty = {
            "family_name": not identity.family_name.strip(),
            "given_names": not given,
            "first_given_name": not first,
            "birth_date": born is None,
            "sex": identity.sex is None,
            "birth_place": not identity.birth_place,
        }
        faults += [Fault(field, "missing") for field, lacks in empty.items() if lacks]
    return faults


def _number(identity: Identity) -> list[Fault]:
    if not identity.matricule:
        needed = identity.status in {Status.RETRIEVED, Status.QUALIFIED}
        return [Fault("matricule", "missing")] if needed else []
    try:
        number = parse_nir(identity.matricule)
    except NumberError as error:
        return [Fault("matricule", error.code)]
    if number.provisional and identity.authority is Authority.NIR:
        return [Fault("matricule", "nir_provisional")]
    return []


def _proof(identity: Identity, today: datetime.date) -> list[Fault]:
    faults = []
    if identity.status in {Status.VALIDATED, Status.QUALIFIED} and identity.document is Document.NONE:
        faults.append(Fault("document", "missing"))
    if identity.document_seen is not None and identity.document_seen > today:
        faults.append(Fault("document_seen", "in_the_future"))
    return faults


def _differences(identity: Identity, number: Nir) -> list[Fault]:
    found = []
    if identity.sex is not None and identity.sex.value != number.sex:
        found.append(Fault("sex", "differs_from_matricule"))
    born = identity.birth_date
    if born is not None and (born.year % 100 != number.year or number.month not in {None, born.month}):
        found.append(Fault("birth_date", "differs_from_matricule"))
    if identity.birth_place and identity.birth_place != number.place:
        found.append(Fault("birth_place", "differs_from_matricule"))
    return found
