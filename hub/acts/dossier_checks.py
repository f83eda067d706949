"""What may be written into a dossier: its form, and what cannot be so. Pure.

DossierError   a body is refused; it carries every fault
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from devices.errors import VeilleuseError
from devices.nomenclature import METRICS
from hub.acts.dossier import (
    BODIES,
    Allergies,
    Bodies,
    Bond,
    Carriage,
    Consents,
    Directives,
    Form,
    History,
    Known,
    Part,
    Persons,
    Physicians,
    Professional,
    Protection,
    Section,
    Treatments,
    Usual,
)
from hub.acts.fault import Fault
from hub.acts.identity import Identity, check_identity
from hub.acts.numbers import NumberError, parse_rpps

MEASURED = ("spo2", "systolic", "diastolic", "pulse_rate", "respiration_rate", "temperature", "weight")
"Usual values that are measured; their names are the nomenclature's."

ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
"A mail address of a domain with a dot."
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_NATIONAL = re.compile(r"0[1-9][0-9]{8}", re.ASCII)
_PLACE = re.compile(r"`\$\.?(.*?)`$")


class DossierError(VeilleuseError):
    """What somebody wants to write cannot be so; nothing was written."""

    def __init__(self, section: Section, faults: tuple[Fault, ...]) -> None:
        said = ", ".join(f"{each.field or 'body'} {each.code}" for each in faults[:5])
        super().__init__(f"section {section.value}: {said}")
        self.section = section
        self.faults = faults


def accept(section: Section, body: object, today: datetime.date) -> Bodies:
    """Read what somebody wants to write into a section, numbers and addresses in the form in which they are kept.

    Args:
        section: where.
        body: as JSON gives it.
        today: the day on which it is written, where the home stands.

    Raises:
        DossierError: its form or its content cannot be so.
    """
    try:
        given = msgspec.convert(body, BODIES[section])
    except msgspec.ValidationError as error:
        raise DossierError(section, (_form(str(error)),)) from None
    normal = normalised(given)
    if faults := check(normal, today):
        raise DossierError(section, tuple(faults))
    return normal


def decode(section: Section, body: bytes) -> Bodies:
    """Read what is kept of a section."""
    return msgspec.json.decode(body, type=BODIES[section])


def normalised(body: Bodies) -> Bodies:
    """Return a body with its numbers, telephone numbers and addresses in the form in which they are kept."""
    replace = msgspec.structs.replace
    if isinstance(body, Identity):
        return body.normal()
    if isinstance(body, Physicians):
        return replace(body, items=tuple(map(_professional, body.items)))
    if isinstance(body, Persons):
        phones = [
            replace(each, phone=e164(each.phone), other_phone=e164(each.other_phone)) for each in body.items
        ]
        return replace(body, items=tuple(phones))
    return body


def check(body: Bodies, today: datetime.date) -> Sequence[Fault]:
    """Say what of a body cannot be so; every fault, not only the first."""
    match body:
        case Identity():
            return check_identity(body, today)
        case Physicians():
            return _physicians(body)
        case Allergies():
            return _allergies(body)
        case History():
            return _history(body, today)
        case Treatments():
            return _treatments(body, today)
        case Usual():
            return _usual(body, today)
        case Directives():
            return _directives(body, today)
        case Persons():
            return _persons(body)
        case _:
            return _consents(body, today)


def e164(phone: str) -> str:
    """Return a telephone number as it is dialled from everywhere; what is none comes back without separators."""
    digits = re.sub(r"[\s.()\-]", "", phone)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return f"+33{digits[1:]}" if _NATIONAL.fullmatch(digits) else digits


def _form(error: str) -> Fault:
    """Return the fault of a body whose form is wrong, by msgspec's sentence (`Expected `str`, got `int` - at `$.text``)."""
    found = _PLACE.search(error)
    return Fault(found[1] if found else "", "form", {"detail": error.partition(" - at ")[0][:120]})


def _professional(one: Professional) -> Professional:
    rpps = "".join(one.rpps.split())
    return msgspec.structs.replace(one, rpps=rpps, phone=e164(one.phone), mssante=one.mssante.strip().lower())


# ---- what cannot be so, section by section ----


def _list(known: Known, count: int, field: str = "known") -> list[Fault]:
    """Say where a list and what is said of it do not fit."""
    if known is Known.LISTED and count == 0:
        return [Fault("items", "missing")]
    if known is not Known.LISTED and count > 0:
        return [Fault(field, "but_listed")]
    return []


def _named(items: Iterable[tuple[str, str]]) -> list[Fault]:
    return [Fault(field, "missing") for field, text in items if not text.strip()]


def _past(today: datetime.date, **days: datetime.date | None) -> list[Fault]:
    return [Fault(field, "in_the_future") for field, day in days.items() if day is not None and day > today]


def _detailed(field: str, detail: object, *, flag: bool | None) -> list[Fault]:
    """Say where a detail is given of what is said not to be."""
    return [Fault(field, "but_detailed")] if detail and flag is not True else []


def _phones(field: str, *phones: tuple[str, str]) -> list[Fault]:
    return [
        Fault(f"{field}.{name}", "phone")
        for name, phone in phones
        if phone and not _INTERNATIONAL.fullmatch(phone)
    ]


def _physicians(body: Physicians) -> list[Fault]:
    faults = []
    for index, one in enumerate(body.items):
        place = f"items[{index}]"
        faults += _named([(f"{place}.family_name", one.family_name)])
        if one.rpps:
            try:
                parse_rpps(one.rpps)
            except NumberError as error:
                faults.append(Fault(f"{place}.rpps", error.code))
        faults += _phones(place, ("phone", one.phone))
        if one.mssante and not ADDRESS.fullmatch(one.mssante):
            faults.append(Fault(f"{place}.mssante", "address"))
    if sum(one.bond is Bond.TREATING for one in body.items) > 1:
        faults.append(Fault("items", "two_treating"))
    return faults


def _allergies(body: Allergies) -> list[Fault]:
    return _list(body.known, len(body.items)) + _named(
        (f"items[{index}].substance", each.substance) for index, each in enumerate(body.items)
    )


def _history(body: History, today: datetime.date) -> list[Fault]:
    faults = _list(body.known, len(body.items))
    faults += _named((f"items[{index}].text", each.text) for index, each in enumerate(body.items))
    faults += _named(
        (f"vaccinations[{index}].vaccine", each.vaccine) for index, each in enumerate(body.vaccinations)
    )
    carried = body.carriage in {Carriage.BMR, Carriage.BHRE}
    faults += _detailed("carriage_detail", body.carriage_detail, flag=carried)
    return faults + _past(today, admitted=body.admitted)


_MEDICINES: Final = ("anticoagulant", "antiplatelet", "insulin", "opioids", "immunosuppression")
"Flags that are true of nobody without a treatment; oxygen is none of those."


def _treatments(body: Treatments, today: datetime.date) -> list[Fault]:
    faults = _list(body.known, len(body.items))
    faults += _named((f"items[{index}].name", each.name) for index, each in enumerate(body.items))
    faults += _detailed("anticoagulant_detail", body.anticoagulant_detail, flag=body.anticoagulant)
    faults += _detailed("oxygen_flow", body.oxygen_flow, flag=body.oxygen)
    faults += _detailed("insulin_detail", body.insulin_detail, flag=body.insulin)
    if body.known is Known.NONE:
        faults += [Fault(field, "but_no_treatment") for field in _MEDICINES if getattr(body, field)]
    return faults + _past(today, prescribed=body.prescribed)


def _usual(body: Usual, today: datetime.date) -> list[Fault]:
    faults = []
    for name in MEASURED:
        value: float | None = getattr(body, name)
        lowest, highest = METRICS[name].plausible
        # The other way round a NaN would pass.
        if value is not None and not lowest <= value <= highest:
            faults.append(Fault(name, "out_of_range", {"lowest": lowest, "highest": highest}))
    if body.systolic is not None and body.diastolic is not None and body.systolic <= body.diastolic:
        faults.append(Fault("diastolic", "not_below_systolic"))
    return faults + _past(today, weighed=body.weighed, gir_assessed=body.gir_assessed)


def _directives(body: Directives, today: datetime.date) -> list[Fault]:
    faults = []
    if body.known is Known.LISTED and not (body.text.strip() or body.kept.strip()):
        faults.append(Fault("text", "missing"))
    if body.known is not Known.LISTED and (body.text or body.written or body.kept):
        faults.append(Fault("known", "but_listed"))
    limits = (body.resuscitation, body.intensive_care, body.hospital)
    if body.limitation is Known.LISTED and not (body.limitation_text.strip() or False in limits):
        faults.append(Fault("limitation_text", "missing"))
    said = body.limitation_text or body.limitation_decided or body.limitation_by or False in limits
    if body.limitation is not Known.LISTED and said:
        faults.append(Fault("limitation", "but_listed"))
    return faults + _past(today, written=body.written, limitation_decided=body.limitation_decided)


def _persons(body: Persons) -> list[Fault]:
    faults = []
    for index, each in enumerate(body.items):
        place = f"items[{index}]"
        faults += _named([(f"{place}.family_name", each.family_name)])
        faults += _phones(place, ("phone", each.phone), ("other_phone", each.other_phone))
    trusted = sum(Part.TRUSTED in each.parts for each in body.items)
    if trusted > 1:
        faults.append(Fault("items", "two_trusted"))
    if body.trusted is Known.LISTED and trusted == 0:
        faults.append(Fault("trusted", "missing"))
    if body.trusted is not Known.LISTED and trusted > 0:
        faults.append(Fault("trusted", "but_listed"))
    guarded = any(Part.GUARDIAN in each.parts for each in body.items)
    if body.protection in {Protection.TUTELLE, Protection.CURATELLE, Protection.FAMILY} and not guarded:
        faults.append(Fault("protection", "without_guardian"))
    if guarded and body.protection in {Protection.NONE, Protection.UNKNOWN}:
        faults.append(Fault("protection", "but_guardian"))
    return faults


def _consents(body: Consents, today: datetime.date) -> list[Fault]:
    faults = []
    for index, each in enumerate(body.items):
        place = f"items[{index}]"
        if each.given > today:
            faults.append(Fault(f"{place}.given", "in_the_future"))
        if each.withdrawn is not None and each.withdrawn > today:
            faults.append(Fault(f"{place}.withdrawn", "in_the_future"))
        if each.withdrawn is not None and each.withdrawn < each.given:
            faults.append(Fault(f"{place}.withdrawn", "before_given"))
        if each.form is Form.GUARDIAN:
            faults += _named([(f"{place}.by", each.by)])
    return faults
