"""What papers take from the dossier: everything that is there, nothing that nobody said, no number that may not leave."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from hub.acts.documents import from_dossier as source
from hub.acts.documents.from_dossier import Registered
from hub.acts.documents.liaison import ROWS
from hub.acts.documents.model import Sex
from hub.acts.dossier import (
    Allergies,
    Allergy,
    Bond,
    Carriage,
    Directives,
    Dossier,
    History,
    Known,
    Medicine,
    Mobility,
    Part,
    Person,
    Persons,
    Physicians,
    Problem,
    Professional,
    Protection,
    Severity,
    Treatments,
    Usual,
    Vaccination,
)
from hub.acts.identity import Authority, Document, Identity, Status
from hub.acts.identity import Sex as CivilSex

KNOWN = Registered("Martin", "Jeanne", 1938, "ch. 12")
DAY = datetime.date(2026, 3, 14)
FULL = Dossier(
    identity=Identity(
        family_name="Lefèvre",
        given_names=("Jeanne", "Marie"),
        first_given_name="Jeanne",
        used_family_name="Martin",
        birth_date=datetime.date(1938, 3, 14),
        sex=CivilSex.FEMALE,
        birth_place="44015",
        matricule="238034401501292",
        authority=Authority.DEMO,
        status=Status.QUALIFIED,
        document=Document.PASSPORT,
    ),
    physicians=Physicians(
        items=(
            Professional(bond=Bond.NURSE, family_name="Durand"),
            Professional(
                bond=Bond.TREATING,
                family_name="Benali",
                given_name="Karim",
                rpps="10002909371",
                phone="+33240111111",
                mssante="karim.benali@medecin.mssante.example",
            ),
        )
    ),
    allergies=Allergies(
        known=Known.LISTED,
        items=(Allergy(substance="pénicilline", reaction="urticaire", severity=Severity.SEVERE),),
    ),
    history=History(
        known=Known.LISTED,
        items=(Problem(text="fracture", active=False, since="2019"), Problem(text="BPCO")),
        admitted=DAY,
        admission_reason="chutes",
        carriage=Carriage.BMR,
        pacemaker=True,
        vaccinations=(Vaccination(vaccine="grippe", given="2026"),),
    ),
    treatments=Treatments(
        known=Known.LISTED,
        items=(
            Medicine(name="Apixaban", dose="2,5 mg", times="matin et soir"),
            Medicine(name="Paracétamol", as_needed=True),
        ),
        anticoagulant=True,
        anticoagulant_detail="apixaban",
        oxygen=True,
        oxygen_flow=1.5,
        insulin=False,
    ),
    usual=Usual(
        spo2=93,
        systolic=130,
        diastolic=70,
        weight=58.4,
        weighed=DAY,
        gir=3,
        mobility=Mobility.AID,
        hearing_aid=True,
        glasses=False,
        wandering=False,
    ),
    directives=Directives(
        known=Known.LISTED,
        text="Pas d'intubation",
        written=DAY,
        palliative=False,
        limitation=Known.LISTED,
        limitation_text="Pas de soins intensifs",
        limitation_decided=DAY,
        limitation_by="Dr Benali",
        resuscitation=False,
        hospital=True,
    ),
    persons=Persons(
        trusted=Known.LISTED,
        protection=Protection.CURATELLE,
        items=(
            Person(
                family_name="Martin",
                given_name="Paul",
                parts=(Part.TRUSTED, Part.FAMILY),
                relation="fils",
                phone="+33600000001",
            ),
            Person(family_name="UDAF 44", parts=(Part.GUARDIAN,)),
        ),
    ),
)


def test_everything_that_is_there() -> None:
    found = {key: text.replace("\u00a0", " ") for key, text in source.entries(FULL).items()}
    assert set(found) <= set(ROWS)
    assert found == {
        "trusted": "Paul Martin, fils, +33600000001",
        "family": "Paul Martin, fils, +33600000001",
        "guardian": "curatelle, UDAF 44",
        "physician": "Karim Benali, +33240111111",
        "nurse": "Durand",
        "history": "BPCO, fracture (2019)",
        "admission": "14/03/2026, chutes",
        "allergies": "pénicilline (urticaire, grave)",
        "vaccines": "grippe (2026)",
        "bacteria": "BMR",
        "devices": "stimulateur ou défibrillateur",
        "treatments": "Apixaban 2,5 mg matin et soir\nParacétamol si besoin",
        "anticoagulant": "oui : apixaban",
        "insulin": "non",
        "oxygen": "oui : 1,5 L/min",
        "gir": "3",
        "mobility": "marche avec une aide technique",
        "senses": "appareil auditif, pas de lunettes",
        "cognition": "pas de risque de fugue",
        "weight": "58,4 kg (14/03/2026)",
        "usual": "SpO₂ 93 %, PA 130/70 mmHg",
    }
    treating = source.physician(FULL)
    assert treating is not None
    assert (treating.name, treating.rpps, treating.mail) == (
        "Karim Benali",
        "10002909371",
        "karim.benali@medecin.mssante.example",
    )
    assert source.usual(FULL.usual).replace("\u00a0", " ") == "GIR 3, marche avec une aide technique"


def test_an_empty_dossier_says_nothing() -> None:
    empty = Dossier()
    assert source.entries(empty) == {}
    assert source.physician(empty) is None
    wishes = source.directives(empty.directives)
    assert (wishes.text, wishes.palliative, wishes.limitation) == ("", None, "")
    who = source.identity(empty, KNOWN)
    assert (who.birth_name, who.given_names, who.birth_year, who.sex, who.matricule) == (
        "Martin",
        "Jeanne",
        1938,
        None,
        "",
    )


def test_none_is_an_answer() -> None:
    said = Dossier(
        allergies=Allergies(known=Known.NONE),
        history=History(known=Known.NONE, carriage=Carriage.NONE, pacemaker=False),
        treatments=Treatments(known=Known.NONE),
        directives=Directives(known=Known.NONE, limitation=Known.NONE),
        persons=Persons(trusted=Known.NONE, protection=Protection.NONE),
    )
    found = source.entries(said)
    assert found["allergies"] == "aucune connue"
    assert found["history"] == "aucun"
    assert found["treatments"] == "aucun"
    assert found["trusted"] == "aucune désignée"
    assert found["guardian"] == "aucune"
    assert found["devices"] == "pas de stimulateur"
    wishes = source.directives(said.directives)
    assert (wishes.text, wishes.limitation) == ("aucune rédigée", "aucune décidée")


def test_wishes_in_words() -> None:
    wishes = source.directives(FULL.directives)
    assert wishes.text == "Pas d'intubation, rédigées le 14/03/2026"
    assert wishes.limitation.replace("\u00a0", " ") == (
        "réanimation : non, transfert à l'hôpital : oui, Pas de soins intensifs, décidé le 14/03/2026, par Dr Benali"
    )


@pytest.mark.parametrize("status", list(Status))
def test_only_a_qualified_identity_carries_its_number(status: Status) -> None:
    who = source.identity(Dossier(identity=msgspec.structs.replace(FULL.identity, status=status)), KNOWN)
    if status is Status.QUALIFIED:
        assert (who.matricule, who.authority) == ("2380344015012", "1.2.250.1.213.1.4.11")
    else:
        assert (who.matricule, who.authority) == ("", "")


def test_traits_go_before_what_the_ward_knows() -> None:
    who = source.identity(FULL, KNOWN)
    assert (who.birth_name, who.used_name, who.given_names) == ("Lefèvre", "Martin", "Jeanne Marie")
    assert (who.birth_date, who.sex, who.birth_place, who.room) == (
        "1938-03-14",
        Sex.FEMALE,
        "44015",
        "ch. 12",
    )
