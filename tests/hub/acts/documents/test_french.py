"""Numbers, ages and states as a ward writes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.acts.documents.french import age, born, civil, said, seconds, state, typeset, years
from hub.acts.documents.model import Identity, Sex, Vital
from tests.hub.acts.documents.papers import NOW, WHO, ZONE

SECOND = 10**6


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (-5, "0 s"),
        (59 * SECOND, "59 s"),
        (60 * SECOND, "1 min"),
        (3599 * SECOND, "59 min"),
        (3600 * SECOND, "1 h"),
        (7800 * SECOND, "2 h 10"),
        (86_400 * SECOND, "1 jour"),
        (200_000 * SECOND, "2 jours"),
    ],
)
def test_ages(microseconds: int, words: str) -> None:
    assert age(microseconds).replace("\u00a0", " ") == words


def test_pressures_are_one_value_and_the_newer_pulse_counts() -> None:
    vitals = (
        Vital("systolic", 128, 5),
        Vital("diastolic", 74, 5),
        Vital("heart_rate", 80, 9),
        Vital("pulse_rate", 78, 3),
        Vital("glucose", 112, 1),
        Vital("humidity", 40, 1),
    )
    found = [(label.short, words.replace("\u00a0", " ")) for label, words, _ in said(vitals)]
    assert found == [("FC", "80/min"), ("PA", "128/74 mmHg"), ("Glycémie", "1,12 g/L")]
    apart = said((Vital("systolic", 128, 5), Vital("diastolic", 74, 4)))
    assert apart[0][1].replace("\u00a0", " ") == "128 mmHg"


def test_states_of_consciousness() -> None:
    assert [state(code) for code in range(5)] == [
        "alerte",
        "confusion nouvelle",
        "réagit à la voix",
        "réagit à la douleur",
        "ne réagit pas",
    ]
    assert state(9) == "code 9"


def test_names_and_births() -> None:
    assert civil(WHO).replace("\u00a0", " ") == "Mme MARTIN Jeanne Marie"
    assert civil(replace(WHO, sex=Sex.MALE)).startswith("M.")
    unknown = Identity("DUPONT", "Paul", 1935)
    assert civil(unknown) == "DUPONT Paul"
    assert born(unknown) == "1935 (jour non renseigné)"
    assert born(WHO) == "14/03/1938"
    assert years(unknown, NOW, ZONE).replace("\u00a0", " ") == "environ 91 ans"
    assert years(replace(WHO, birth_date="1938-11-23"), NOW, ZONE).replace("\u00a0", " ") == "87 ans"


def test_blanks_before_signs() -> None:
    assert typeset("quoi ? « oui » : 5 %") == "quoi\u00a0? «\u00a0oui\u00a0»\u00a0: 5\u00a0%"


def test_numbers_take_longer_to_read() -> None:
    assert seconds("un deux trois") == 1.2
    assert seconds("02 118 ; 98/60") == 2.4
