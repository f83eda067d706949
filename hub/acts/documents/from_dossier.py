"""What papers take from the dossier: nobody types a thing twice. What nobody has asked stays unknown. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.acts.documents.french import LABELS, NBSP, number, quantity
from hub.acts.documents.model import Directives, Identity, Professional, Sex
from hub.acts.dossier import (
    Allergies,
    Bond,
    Carriage,
    Dossier,
    History,
    Known,
    Medicine,
    Mobility,
    Part,
    Person,
    Protection,
    Severity,
    Treatments,
    Usual,
)
from hub.acts.dossier import Directives as Wishes
from hub.acts.dossier import Professional as Treating
from hub.acts.identity import may_leave

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}
_SEVERITIES = {
    Severity.UNKNOWN: "",
    Severity.MILD: "bénigne",
    Severity.SEVERE: "grave",
    Severity.LIFE_THREATENING: "vitale",
}
_MOBILITIES = {
    Mobility.ALONE: "marche seul(e)",
    Mobility.AID: "marche avec une aide technique",
    Mobility.HELPED: "marche avec l'aide d'une personne",
    Mobility.WHEELCHAIR: "fauteuil roulant",
    Mobility.BED: "alité(e)",
}
_PROTECTIONS = {
    Protection.UNKNOWN: "",
    Protection.NONE: "aucune",
    Protection.TUTELLE: "tutelle",
    Protection.CURATELLE: "curatelle",
    Protection.SAFEGUARD: "sauvegarde de justice",
    Protection.FAMILY: "habilitation familiale",
}
_CARRIAGES = {
    Carriage.UNKNOWN: "",
    Carriage.NONE: "aucun connu",
    Carriage.BMR: "BMR",
    Carriage.BHRE: "BHRe",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """Who the home knows a resident as, before anybody entered the traits of the identity."""

    family_name: str
    given_name: str
    birth_year: int
    room: str


def identity(dossier: Dossier, known: Registered) -> Identity:
    """Return who a paper is about; the number only when it may leave the home (`hub.acts.identity`)."""
    traits, outside = dossier.identity, may_leave(dossier.identity)
    given = traits.used_given_name or " ".join(traits.given_names) or known.given_name
    return Identity(
        birth_name=traits.family_name or known.family_name,
        given_names=given,
        birth_year=traits.birth_date.year if traits.birth_date else known.birth_year,
        used_name=traits.used_family_name,
        birth_date=traits.birth_date.isoformat() if traits.birth_date else "",
        sex=None if traits.sex is None else _SEXES.get(traits.sex.value),
        birth_place=traits.birth_place,
        room=known.room,
        matricule=outside.matricule or "",
        authority=outside.oid or "",
    )


def directives(wishes: Wishes) -> Directives:
    """Return what a person wants, in words."""
    text = {Known.UNKNOWN: "", Known.NONE: "aucune rédigée", Known.LISTED: wishes.text}[wishes.known]
    if wishes.known is Known.LISTED:
        text = _joined([text, _dated("rédigées le", wishes.written), _labelled("original", wishes.kept)])
    limits = {Known.UNKNOWN: "", Known.NONE: "aucune décidée", Known.LISTED: wishes.limitation_text}
    limitation = limits[wishes.limitation]
    if wishes.limitation is Known.LISTED:
        by = _labelled("par", wishes.limitation_by)
        limitation = _joined([limitation, _dated("décidé le", wishes.limitation_decided), by])
    decided = [
        _decision("réanimation", value=wishes.resuscitation),
        _decision("soins intensifs", value=wishes.intensive_care),
        _decision("transfert à l'hôpital", value=wishes.hospital),
    ]
    return Directives(text, wishes.palliative, _joined([*decided, limitation]))


def physician(dossier: Dossier) -> Professional | None:
    """Return the médecin traitant."""
    found = next((each for each in dossier.physicians.items if each.bond is Bond.TREATING), None)
    if found is None:
        return None
    name = f"{found.given_name} {found.family_name}".strip()
    return Professional(name, "médecin traitant", found.rpps, found.phone, found.mssante)


def entries(dossier: Dossier) -> dict[str, str]:
    """Return what the liaison file says, by key of `hub.acts.documents.liaison.ROWS`; unknown things are absent."""
    found = {
        **_people(dossier),
        **_health(dossier.history, dossier.allergies),
        **_treatments(dossier.treatments),
        **_usual(dossier.usual),
    }
    return {key: text for key, text in found.items() if text}


def admitted(history: History) -> str:
    """Say when and why somebody came to live in the home."""
    return _joined([_day(history.admitted), history.admission_reason])


def diseases(history: History) -> str:
    """Say what somebody has and had, what is active first."""
    if history.known is not Known.LISTED:
        return {Known.UNKNOWN: "", Known.NONE: "aucun"}[history.known]
    ordered = sorted(history.items, key=lambda each: not each.active)
    return ", ".join(each.text + (f" ({each.since})" if each.since else "") for each in ordered)


def allergies(found: Allergies) -> str:
    """Say what somebody does not bear."""
    if found.known is not Known.LISTED:
        return {Known.UNKNOWN: "", Known.NONE: "aucune connue"}[found.known]
    return ", ".join(
        each.substance + _bracketed([each.reaction, _SEVERITIES[each.severity]]) for each in found.items
    )


def medicines(found: Treatments) -> str:
    """Say what somebody takes, a line for each."""
    if found.known is not Known.LISTED:
        return {Known.UNKNOWN: "", Known.NONE: "aucun"}[found.known]
    return "\n".join(_medicine(each) for each in found.items)


def oxygen(found: Treatments) -> str:
    """Say what oxygen somebody usually has."""
    flow = "" if found.oxygen_flow is None else f"{number(found.oxygen_flow, 1)}{NBSP}L/min"
    return _flag(flow, value=found.oxygen)


def usual(found: Usual) -> str:
    """Say in a line how somebody usually is."""
    gir = "" if found.gir is None else f"GIR{NBSP}{found.gir}"
    return _joined([gir, _mobility(found), found.cognition, found.communication])


def weight(found: Usual) -> str:
    """Say what somebody weighs, and since when that is known."""
    if found.weight is None:
        return ""
    return quantity(LABELS["weight"], found.weight) + _bracketed([_day(found.weighed)])


def _people(dossier: Dossier) -> dict[str, str]:
    persons, treating = dossier.persons, dossier.physicians.items
    trusted = _listed(each for each in persons.items if Part.TRUSTED in each.parts)
    guardians = _listed(each for each in persons.items if Part.GUARDIAN in each.parts)
    close = _listed(each for each in persons.items if {Part.EMERGENCY, Part.FAMILY} & set(each.parts))
    named = {Known.UNKNOWN: "", Known.NONE: "aucune désignée", Known.LISTED: ""}[persons.trusted]
    return {
        "trusted": trusted or named,
        "family": close,
        "guardian": _joined([_PROTECTIONS[persons.protection], guardians]),
        "physician": _bonds(treating, Bond.TREATING),
        "coordinator": _bonds(treating, Bond.COORDINATING),
        "nurse": _bonds(treating, Bond.NURSE),
        "specialists": _bonds(treating, Bond.SPECIALIST),
    }


def _health(history: History, allergic: Allergies) -> dict[str, str]:
    given = ", ".join(
        each.vaccine + (f" ({each.given})" if each.given else "") for each in history.vaccinations
    )
    pacemaker = {True: "stimulateur ou défibrillateur", False: "pas de stimulateur", None: ""}
    return {
        "history": diseases(history),
        "admission": admitted(history),
        "allergies": allergies(allergic),
        "vaccines": given,
        "bacteria": _joined([_CARRIAGES[history.carriage], history.carriage_detail]),
        "devices": pacemaker[history.pacemaker],
    }


def _treatments(found: Treatments) -> dict[str, str]:
    return {
        "treatments": medicines(found),
        "anticoagulant": _flag(found.anticoagulant_detail, value=found.anticoagulant),
        "insulin": _flag(found.insulin_detail, value=found.insulin),
        "oxygen": oxygen(found),
    }


def _usual(found: Usual) -> dict[str, str]:
    aids = {"appareil auditif": found.hearing_aid, "lunettes": found.glasses, "dentier": found.dentures}
    wandering = {True: "risque de fugue", False: "pas de risque de fugue", None: ""}[found.wandering]
    return {
        "gir": "" if found.gir is None else str(found.gir) + _bracketed([_day(found.gir_assessed)]),
        "mobility": _mobility(found),
        "senses": ", ".join(
            name if value else f"pas de {name}" for name, value in aids.items() if value is not None
        ),
        "cognition": _joined([found.cognition, wandering]),
        "communication": found.communication,
        "nutrition": _joined([found.diet, found.swallowing]),
        "skin": found.skin,
        "continence": found.continence,
        "pain": found.pain,
        "weight": weight(found),
        "usual": _values(found),
    }


def _values(found: Usual) -> str:
    measured: Mapping[str, float | None] = {
        name: getattr(found, name) for name in ("respiration_rate", "spo2", "pulse_rate", "temperature")
    }
    texts = [
        f"{LABELS[name].short} {quantity(LABELS[name], value)}"
        for name, value in measured.items()
        if value is not None
    ]
    if found.systolic is not None:
        low = "" if found.diastolic is None else f"/{number(found.diastolic)}"
        texts.append(f"PA {number(found.systolic)}{low}{NBSP}mmHg")
    return ", ".join(texts)


def _mobility(found: Usual) -> str:
    return _joined(["" if found.mobility is None else _MOBILITIES[found.mobility], found.mobility_detail])


def _medicine(each: Medicine) -> str:
    needed = "si besoin" if each.as_needed else ""
    return " ".join(part for part in (each.name, each.dose, each.route, each.times, needed) if part)


def _listed(people: Iterable[Person]) -> str:
    return "\n".join(
        _joined(
            [f"{each.given_name} {each.family_name}".strip(), each.relation, each.phone, each.other_phone]
        )
        for each in people
    )


def _bonds(found: Iterable[Treating], bond: Bond) -> str:
    return "\n".join(_treating(each) for each in found if each.bond is bond)


def _treating(each: Treating) -> str:
    name = f"{each.given_name} {each.family_name}".strip()
    return _joined([name, each.specialty, each.phone, each.place])


def _flag(detail: str, *, value: bool | None) -> str:
    if value is None:
        return ""
    return f"oui{NBSP}: {detail}" if value and detail else ("oui" if value else "non")


def _decision(what: str, *, value: bool | None) -> str:
    return "" if value is None else f"{what}{NBSP}: {'oui' if value else 'non'}"


def _day(day: datetime.date | None) -> str:
    return "" if day is None else f"{day:%d/%m/%Y}"


def _dated(label: str, day: datetime.date | None) -> str:
    return "" if day is None else f"{label} {_day(day)}"


def _labelled(label: str, text: str) -> str:
    return f"{label} {text}" if text else ""


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(part.strip() for part in parts if part.strip())


def _bracketed(parts: Iterable[str]) -> str:
    inside = _joined(parts)
    return f" ({inside})" if inside else ""
