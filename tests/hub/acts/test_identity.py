"""Who a resident is, and what of it may leave the home."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.acts.fault import Fault
from hub.acts.identity import (
    OIDS,
    Authority,
    Document,
    Identity,
    Sex,
    Status,
    Withheld,
    check_identity,
    doubts,
    ins_text,
    may_leave,
)
from hub.acts.numbers import key_of

TODAY = datetime.date(2026, 11, 22)
JEANNE = Identity(
    family_name="Lefèvre",
    given_names=("Jeanne", "Marie-Noëlle"),
    first_given_name="Jeanne",
    birth_date=datetime.date(1932, 5, 4),
    sex=Sex.FEMALE,
    birth_place="88321",
    matricule="2320588321025" + key_of("2320588321025"),
    status=Status.QUALIFIED,
    document=Document.IDENTITY_CARD,
    document_seen=datetime.date(2026, 1, 2),
)


def changed(**changes: Any) -> Identity:
    return msgspec.structs.replace(JEANNE, **changes)


def faults(identity: Identity) -> set[tuple[str, str]]:
    return {(each.field, each.code) for each in check_identity(identity, TODAY)}


def test_a_whole_identity_has_no_fault() -> None:
    assert check_identity(JEANNE, TODAY) == ()
    assert doubts(JEANNE) == ()


def test_an_identity_of_which_nobody_knows_anything_is_provisional_and_no_fault() -> None:
    assert check_identity(Identity(), TODAY) == ()
    assert doubts(Identity()) == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"birth_date": datetime.date(2026, 11, 23)}, ("birth_date", "out_of_range")),
        ({"birth_date": datetime.date(1889, 12, 31)}, ("birth_date", "out_of_range")),
        ({"first_given_name": "Marie"}, ("first_given_name", "not_the_first")),
        ({"first_given_name": "Jean"}, ("first_given_name", "not_the_first")),
        ({"family_name": " "}, ("family_name", "missing")),
        ({"given_names": ()}, ("given_names", "missing")),
        ({"first_given_name": ""}, ("first_given_name", "missing")),
        ({"birth_date": None}, ("birth_date", "missing")),
        ({"sex": None}, ("sex", "missing")),
        ({"birth_place": ""}, ("birth_place", "missing")),
        ({"matricule": ""}, ("matricule", "missing")),
        ({"matricule": "232058832102500"}, ("matricule", "nir_key")),
        ({"matricule": "7320588321025" + key_of("7320588321025")}, ("matricule", "nir_provisional")),
        ({"document": Document.NONE}, ("document", "missing")),
        ({"document_seen": datetime.date(2026, 11, 23)}, ("document_seen", "in_the_future")),
    ],
)
def test_what_an_identity_cannot_be(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults(changed(**changes)) == {fault}


def test_a_retrieved_identity_needs_no_document_and_a_validated_one_no_number() -> None:
    assert faults(changed(status=Status.RETRIEVED, document=Document.NONE)) == set()
    assert faults(changed(status=Status.VALIDATED, matricule="")) == set()


def test_a_first_name_of_two_words_is_the_first() -> None:
    assert faults(changed(given_names=("Marie-Noëlle", "Jeanne"), first_given_name="Marie Noelle")) == set()


def test_a_number_of_who_awaits_one_is_taken_as_such() -> None:
    waiting = changed(authority=Authority.NIA, matricule="7320588321025" + key_of("7320588321025"))
    assert faults(waiting) == set()
    assert doubts(waiting) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sex": Sex.MALE}, "sex"),
        ({"birth_date": datetime.date(1933, 5, 4)}, "birth_date"),
        ({"birth_date": datetime.date(1932, 6, 4)}, "birth_date"),
        ({"birth_place": "75112"}, "birth_place"),
    ],
)
def test_where_number_and_traits_differ_it_is_said_and_not_refused(
    changes: dict[str, Any], field: str
) -> None:
    one = changed(**changes)
    assert doubts(one) == (Fault(field, "differs_from_matricule"),)
    assert check_identity(one, TODAY) == ()


def test_what_is_not_known_does_not_differ() -> None:
    assert doubts(changed(sex=None, birth_date=None, birth_place="")) == ()
    assert doubts(changed(matricule="nothing of the kind")) == ()
    estimated = "2326288321025"
    assert doubts(changed(matricule=estimated + key_of(estimated))) == ()


def test_a_qualified_identity_leaves_with_its_number() -> None:
    out = may_leave(JEANNE)
    assert (out.matricule, out.oid, out.withheld) == ("2320588321025", "1.2.250.1.213.1.4.8", None)
    assert (out.family_name, out.given_names, out.first_given_name) == (
        "LEFEVRE",
        "JEANNE MARIE-NOELLE",
        "JEANNE",
    )
    assert may_leave(changed(authority=Authority.DEMO)).oid == OIDS[Authority.DEMO]


@given(st.sampled_from([each for each in Status if each is not Status.QUALIFIED]), st.sampled_from(Authority))
def test_no_other_identity_leaves_with_its_number(status: Status, authority: Authority) -> None:
    out = may_leave(changed(status=status, authority=authority))
    assert (out.matricule, out.oid, out.withheld) == (None, None, Withheld.NOT_QUALIFIED)
    assert out.family_name == "LEFEVRE"


def test_a_qualified_identity_without_its_number_leaves_without_it() -> None:
    assert may_leave(changed(matricule="")).withheld is Withheld.NO_MATRICULE


@pytest.mark.parametrize(
    ("text", "capitals"),
    [
        ("Lefèvre", "LEFEVRE"),
        (" d\u2019Œuvre  Ça ", "D'OEUVRE CA"),
        ("Lætitia", "LAETITIA"),
        ("œ", "OE"),
        ("Æ", "AE"),
    ],
)
def test_names_as_the_ins_writes_them(text: str, capitals: str) -> None:
    assert ins_text(text) == capitals


@given(st.text(max_size=30))
def test_a_name_once_written_so_stays_so(text: str) -> None:
    assert ins_text(ins_text(text)) == ins_text(text)


def test_the_number_is_kept_without_separators() -> None:
    assert changed(matricule=" 2 32.05-88 321 025 ab").normal().matricule == "2320588321025AB"
