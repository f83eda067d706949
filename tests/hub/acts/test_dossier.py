"""What each section may hold, and what of it is refused."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.acts.dossier import (
    BODIES,
    VALIDATORS,
    WRITERS,
    Consent,
    Consents,
    Dossier,
    Form,
    Identity,
    Matter,
    Physicians,
    Section,
    Usual,
    agreed,
    gathered,
)
from hub.acts.dossier_checks import DossierError, accept, decode, e164

TODAY = datetime.date(2026, 11, 22)
TOMORROW = "2026-11-23"
BENALI = {"bond": "treating", "family_name": "Benali", "rpps": "10002909371"}
PAUL = {"family_name": "Martin", "given_name": "Paul", "parts": ["trusted"]}


def refused(section: Section, **body: Any) -> list[tuple[str, str]]:
    """Return what is wrong with a body; nothing when it is taken."""
    try:
        accept(section, body, TODAY)
    except DossierError as error:
        return [(each.field, each.code) for each in error.faults]
    return []


@pytest.mark.parametrize("section", Section)
def test_an_empty_body_says_nothing_and_is_taken(section: Section) -> None:
    body = accept(section, {}, TODAY)
    assert isinstance(body, BODIES[section])
    assert decode(section, msgspec.json.encode(body)) == body


@given(
    section=st.sampled_from(Section),
    body=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists),
)
def test_what_has_another_form_is_refused(section: Section, body: object) -> None:
    with pytest.raises(DossierError, match=f"section {section.value}: ") as error:
        accept(section, body, TODAY)
    assert error.value.section is section
    assert error.value.faults[0].code == "form"


@pytest.mark.parametrize(
    ("section", "body", "place"),
    [
        (Section.ALLERGIES, {"items": [{"substance": 3}]}, "items[0].substance"),
        (Section.ALLERGIES, {"allergy": 1}, ""),
        (Section.USUAL, {"gir": 7}, "gir"),
        (Section.USUAL, {"weight": "54"}, "weight"),
        (Section.HISTORY, {"items": [{"text": "x", "since": "last year"}]}, "items[0].since"),
        (Section.HISTORY, {"items": [{"text": "x", "code": "I 50"}]}, "items[0].code"),
        (Section.PERSONS, {"items": [{"family_name": "x", "parts": []}]}, "items[0].parts"),
        (Section.DIRECTIVES, {"text": "x" * 4001}, "text"),
    ],
)
def test_the_place_of_a_wrong_form_is_named(section: Section, body: dict[str, Any], place: str) -> None:
    assert refused(section, **body) == [(place, "form")]


def test_a_wrong_identity_is_refused_with_the_code_of_its_number() -> None:
    assert refused(Section.IDENTITY, matricule="2 84 05 88 321 025 31") == [("matricule", "nir_key")]
    kept = accept(Section.IDENTITY, {"matricule": "2 84 05 88 321 025 32"}, TODAY)
    assert isinstance(kept, Identity)
    assert kept.matricule == "284058832102532"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"family_name": " "}, "family_name missing"),
        ({"rpps": "12345678901"}, "rpps rpps_key"),
        ({"phone": "123"}, "phone phone"),
        ({"mssante": "dr benali"}, "mssante address"),
        ({"mssante": "benali@localhost"}, "mssante address"),
    ],
)
def test_what_a_professional_cannot_be(changes: dict[str, Any], fault: str) -> None:
    field, code = fault.split()
    assert refused(Section.PHYSICIANS, items=[BENALI | changes]) == [(f"items[0].{field}", code)]


def test_a_professional_is_kept_in_one_form() -> None:
    given = BENALI | {
        "rpps": "100 0290 9371",
        "phone": "01 44 55 66 77",
        "mssante": " S.Benali@Medecin.MSSante.fr ",
    }
    body = accept(Section.PHYSICIANS, {"items": [given]}, TODAY)
    assert isinstance(body, Physicians)
    one = body.items[0]
    assert (one.rpps, one.phone, one.mssante) == (
        "10002909371",
        "+33144556677",
        "s.benali@medecin.mssante.fr",
    )


def test_one_physician_treats() -> None:
    assert refused(Section.PHYSICIANS, items=[BENALI, BENALI]) == [("items", "two_treating")]
    assert refused(Section.PHYSICIANS, items=[BENALI, BENALI | {"bond": "specialist", "rpps": ""}]) == []


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("(01) 44-55.66 77", "+33144556677"),
        ("0033 612345678", "+33612345678"),
        ("+352 621 123 456", "+352621123456"),
        ("15", "15"),
        ("", ""),
    ],
)
def test_a_telephone_number_in_the_form_that_is_dialled_from_everywhere(phone: str, kept: str) -> None:
    assert e164(phone) == kept


@given(st.text(max_size=20))
def test_a_telephone_number_once_so_stays_so(phone: str) -> None:
    assert e164(e164(phone)) == e164(phone)


@pytest.mark.parametrize(
    ("section", "item"),
    [
        (Section.ALLERGIES, {"substance": "Pénicilline"}),
        (Section.HISTORY, {"text": "Insuffisance cardiaque"}),
        (Section.TREATMENTS, {"name": "Apixaban 2,5 mg"}),
    ],
)
def test_a_list_and_what_is_said_of_it_fit(section: Section, item: dict[str, str]) -> None:
    name = next(iter(item))
    assert refused(section, known="listed", items=[item]) == []
    assert refused(section, known="none") == []
    assert refused(section, known="listed") == [("items", "missing")]
    assert refused(section, known="none", items=[item]) == [("known", "but_listed")]
    assert refused(section, items=[item]) == [("known", "but_listed")]
    assert refused(section, known="listed", items=[{name: " "}]) == [(f"items[0].{name}", "missing")]


def test_what_a_history_cannot_be() -> None:
    assert refused(Section.HISTORY, admitted=TOMORROW) == [("admitted", "in_the_future")]
    assert refused(Section.HISTORY, carriage="none", carriage_detail="E. coli") == [
        ("carriage_detail", "but_detailed")
    ]
    assert refused(Section.HISTORY, carriage="bmr", carriage_detail="E. coli") == []
    assert refused(Section.HISTORY, vaccinations=[{"vaccine": ""}]) == [
        ("vaccinations[0].vaccine", "missing")
    ]


def test_what_treatments_cannot_be() -> None:
    assert refused(Section.TREATMENTS, prescribed=TOMORROW) == [("prescribed", "in_the_future")]
    for flag, detail in (
        ("anticoagulant", {"anticoagulant_detail": "apixaban"}),
        ("oxygen", {"oxygen_flow": 1.5}),
        ("insulin", {"insulin_detail": "lente"}),
    ):
        assert refused(Section.TREATMENTS, **detail) == [(next(iter(detail)), "but_detailed")]
        assert refused(Section.TREATMENTS, **detail, **{flag: True}) == []
    for medicine in ("anticoagulant", "antiplatelet", "insulin", "opioids", "immunosuppression"):
        assert refused(Section.TREATMENTS, known="none", **{medicine: True}) == [
            (medicine, "but_no_treatment")
        ]
    assert refused(Section.TREATMENTS, known="none", oxygen=True) == []
    assert refused(Section.TREATMENTS, known="none", anticoagulant=False, insulin=False) == []


def test_usual_values_are_a_persons() -> None:
    assert refused(Section.USUAL, spo2=94.0, systolic=130, diastolic=70, weight=54.5, gir=3) == []
    assert refused(Section.USUAL, spo2=940.0) == [("spo2", "out_of_range")]
    assert refused(Section.USUAL, spo2=float("nan")) == [("spo2", "out_of_range")]
    assert refused(Section.USUAL, weight=5.0, weighed=TOMORROW) == [
        ("weight", "out_of_range"),
        ("weighed", "in_the_future"),
    ]
    assert refused(Section.USUAL, systolic=70, diastolic=130) == [("diastolic", "not_below_systolic")]
    body = accept(Section.USUAL, {"temperature": 36}, TODAY)
    assert isinstance(body, Usual)
    assert body.temperature == 36.0


def test_what_directives_cannot_be() -> None:
    assert refused(Section.DIRECTIVES, known="listed") == [("text", "missing")]
    assert refused(Section.DIRECTIVES, known="listed", kept="coffre de l'accueil") == []
    assert refused(Section.DIRECTIVES, known="none", text="Pas de réanimation") == [("known", "but_listed")]
    assert refused(Section.DIRECTIVES, known="listed", text="x", written=TOMORROW) == [
        ("written", "in_the_future")
    ]
    assert refused(Section.DIRECTIVES, limitation="listed") == [("limitation_text", "missing")]
    assert refused(Section.DIRECTIVES, limitation="listed", resuscitation=False) == []
    assert refused(Section.DIRECTIVES, limitation="listed", limitation_text="Pas de réanimation") == []
    assert refused(Section.DIRECTIVES, hospital=False) == [("limitation", "but_listed")]
    assert refused(Section.DIRECTIVES, limitation="none", limitation_by="Dr Benali") == [
        ("limitation", "but_listed")
    ]
    # To want resuscitation limits nothing.
    assert refused(Section.DIRECTIVES, limitation="none", resuscitation=True) == []


def test_what_persons_cannot_be() -> None:
    assert refused(Section.PERSONS, trusted="listed", items=[PAUL]) == []
    assert refused(Section.PERSONS, trusted="listed", items=[PAUL, PAUL]) == [("items", "two_trusted")]
    assert refused(Section.PERSONS, trusted="listed") == [("trusted", "missing")]
    assert refused(Section.PERSONS, trusted="none", items=[PAUL]) == [("trusted", "but_listed")]
    assert refused(Section.PERSONS, protection="tutelle") == [("protection", "without_guardian")]
    guardian = PAUL | {"parts": ["guardian"]}
    assert refused(Section.PERSONS, protection="tutelle", items=[guardian]) == []
    assert refused(Section.PERSONS, items=[guardian]) == [("protection", "but_guardian")]
    other = PAUL | {"parts": ["family"], "phone": "1", "other_phone": "2", "family_name": ""}
    assert refused(Section.PERSONS, items=[other]) == [
        ("items[0].family_name", "missing"),
        ("items[0].phone", "phone"),
        ("items[0].other_phone", "phone"),
    ]


def test_what_consents_cannot_be() -> None:
    fine = {"matter": "consultation", "given": "2026-01-02"}
    assert refused(Section.CONSENTS, items=[fine, fine | {"withdrawn": "2026-02-03"}]) == []
    assert refused(Section.CONSENTS, items=[fine | {"given": TOMORROW}]) == [
        ("items[0].given", "in_the_future")
    ]
    assert refused(Section.CONSENTS, items=[fine | {"withdrawn": TOMORROW}]) == [
        ("items[0].withdrawn", "in_the_future")
    ]
    assert refused(Section.CONSENTS, items=[fine | {"withdrawn": "2026-01-01"}]) == [
        ("items[0].withdrawn", "before_given")
    ]
    assert refused(Section.CONSENTS, items=[fine | {"form": "guardian"}]) == [("items[0].by", "missing")]


def consent(day: int, **more: Any) -> Consent:
    return Consent(matter=Matter.CONSULTATION, given=datetime.date(2026, 1, day), **more)


def test_the_last_answer_counts() -> None:
    on = datetime.date(2026, 1, 20)
    assert agreed(Consents(), Matter.CONSULTATION, on) is None
    assert agreed(Consents(items=(consent(2),)), Matter.CONSULTATION, on) is True
    assert agreed(Consents(items=(consent(2),)), Matter.EXPERTISE, on) is None
    assert agreed(Consents(items=(consent(21),)), Matter.CONSULTATION, on) is None
    refusal = consent(3, agreed=False, form=Form.WRITTEN)
    assert agreed(Consents(items=(refusal, consent(2))), Matter.CONSULTATION, on) is False
    # Two answers of one day: the one that was written down last.
    assert agreed(Consents(items=(consent(3), refusal)), Matter.CONSULTATION, on) is False
    over = consent(4, withdrawn=datetime.date(2026, 1, 10))
    assert agreed(Consents(items=(consent(2), over)), Matter.CONSULTATION, on) is None
    assert agreed(Consents(items=(consent(2), over)), Matter.CONSULTATION, datetime.date(2026, 1, 9)) is True


def test_every_section_has_its_writers_and_none_is_a_technicians() -> None:
    assert set(WRITERS) == set(BODIES) == set(Section)
    assert all(writers <= {"nurse", "physician", "coordinator"} for writers in WRITERS.values())
    assert {section for section, writers in WRITERS.items() if "nurse" in writers} == {
        Section.USUAL,
        Section.PERSONS,
        Section.CONSENTS,
    }
    assert {"physician"} == VALIDATORS


def test_sections_put_together() -> None:
    assert gathered({}) == Dossier()
    usual = Usual(gir=3)
    assert gathered({Section.USUAL: usual}) == Dossier(usual=usual)
