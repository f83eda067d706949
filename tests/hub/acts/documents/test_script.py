"""What is read out on the phone: order, ages, one minute whatever was written."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.acts.documents.french import seconds
from hub.acts.documents.model import Directives, Professional, Saed, Scored, Vital
from hub.acts.documents.script import CUT, LONGEST, script, short, spoken
from tests.hub.acts.documents.papers import EMPTY_SAED, MINUTE, NOW, SAED, SCORE, ZONE


def test_the_worked_message() -> None:
    text = script(SAED, ZONE).replace("\u00a0", " ")
    assert text.startswith(
        "Ici Inès Durand, IDE, EHPAD Les Tilleuls, chambre 212, 2e étage. Rappel : 02 40 00 00 12."
    )
    assert "J'appelle pour Mme MARTIN Jeanne Marie, 88 ans : essoufflement brutal, depuis 20 minutes." in text
    assert "À l'air ambiant : FR 28, SpO₂ 86 %, FC 118, T° 38,7, confusion nouvelle" in text
    assert "valeurs anciennes : PA 98/60 il y a 22 min. NEWS2 14, échelle 1, 8 il y a 1 h." in text
    assert "sous anticoagulant, allergies : pénicilline (urticaire)" in text
    assert "Je pense à : infection pulmonaire ; déjà fait : position assise" in text
    assert "Je demande : un avis et une décision de transfert, tout de suite." in text
    assert seconds(text) <= LONGEST


def test_a_name_that_says_what_its_owner_is_needs_no_role_and_a_number_is_a_rooms() -> None:
    caller, resident = (
        replace(SAED.caller, name="Inès Durand, infirmière"),
        replace(SAED.resident, room="12"),
    )
    text = script(replace(SAED, caller=caller, resident=resident, place=""), ZONE)
    assert text.startswith("Ici Inès Durand, infirmière, EHPAD Les Tilleuls, chambre 12. ")


def test_the_order_never_changes() -> None:
    for saed in (SAED, EMPTY_SAED):
        assert [letter for letter, _ in spoken(saed, ZONE)] == ["S", "A", "E", "D"]
        text = script(saed, ZONE)
        marks = ["Ici ", "Antécédents", "alliatifs", "Directives", "Je demande"]
        assert [text.index(mark) for mark in marks] == sorted(text.index(mark) for mark in marks)


def test_what_nobody_knows_is_said() -> None:
    text = script(EMPTY_SAED, ZONE).replace("\u00a0", " ")
    for said in (
        "motif non renseigné",
        "Constantes : non renseigné",
        "NEWS2 : non renseigné",
        "Antécédents : non renseigné",
        "anticoagulant non renseigné",
        "allergies : non renseigné",
        "Soins palliatifs : non renseigné",
        "Directives : non renseigné",
        "Évaluation : non renseigné",
        "Rappel : non renseigné",
    ):
        assert said in text
    assert "Je demande : un avis et une décision. Que faire en attendant ?" in text


def test_air_oxygen_scale_and_a_lower_bound_are_said() -> None:
    oxygen = replace(SAED, score=replace(SCORE, total=16, on_oxygen=True, scale=2, missing=("temperature",)))
    text = script(oxygen, ZONE).replace("\u00a0", " ")
    assert "Sous oxygène : FR 28" in text
    assert "NEWS2 au moins 16, échelle 2" in text
    unsaid = replace(SAED, score=replace(SCORE, on_oxygen=None, earlier=()))
    assert "Air ou oxygène : non renseigné : FR 28" in script(unsaid, ZONE).replace("\u00a0", " ")


def test_palliative_care_and_worry() -> None:
    dying = replace(SAED, directives=Directives("", True), hypothesis="", worry=2, oxygen="")
    text = script(dying, ZONE)
    assert "Soins palliatifs, oui. Directives" in text
    assert "mais je suis inquiet" in text


def test_a_text_is_cut_after_a_clause_and_says_so() -> None:
    assert short("un, deux, trois quatre", 3) == f"un, deux{CUT}"
    assert short("un deux (trois quatre) cinq", 3) == f"un deux{CUT}"
    assert short("un deux trois", 3) == "un deux trois"
    assert short(" un\ndeux. ", 3) == "un, deux"


_WORDS = st.sampled_from(["mot", "38,7", "098", "fin.", "(ou", "bien)", "", "\n", "\u00a0x", "…"])
_PROSE = st.tuples(_WORDS, _WORDS, st.integers(0, 40)).map(lambda made: f"{made[0]} {made[1]} " * made[2])


@settings(max_examples=40, deadline=None)
@given(
    written=st.lists(_PROSE, min_size=14, max_size=14),
    flag=st.sampled_from([None, True, False]),
    ages=st.lists(st.integers(0, 10**6), min_size=6, max_size=6),
)
def test_it_is_never_longer_than_a_minute(*, written: list[str], flag: bool | None, ages: list[int]) -> None:
    texts = iter(written)
    names = ("respiration_rate", "spo2", "pulse_rate", "systolic", "diastolic", "temperature")
    saed = replace(
        EMPTY_SAED,
        resident=replace(EMPTY_SAED.resident, given_names=next(texts), room=next(texts)),
        caller=Professional(next(texts), next(texts)),
        callback="02 40 00 00 12 poste 4567 89",
        reason=next(texts),
        onset=next(texts),
        history=next(texts),
        allergies=next(texts),
        usual=next(texts),
        directives=Directives(next(texts), flag, next(texts)),
        hypothesis=next(texts),
        done=next(texts),
        request=next(texts),
        anticoagulant=flag,
        vitals=tuple(Vital(name, 100.5, NOW - age * MINUTE) for name, age in zip(names, ages, strict=True)),
        score=Scored(20, 2, ("temperature",), flag, NOW, ((1, 12), (6, 13), (24, 14))),
        worry=3,
        meanwhile="x " * 50,
        delay="y " * 50,
        place="z " * 50,
        oxygen="w " * 50,
    )
    text = script(saed, ZONE)
    assert seconds(text) <= LONGEST
    assert text.index("Directives") < text.index("Je demande")
    assert isinstance(saed, Saed)
