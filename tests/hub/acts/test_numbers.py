"""Numbers of people and structures: the sheet's vectors, those of other libraries, and what a slip of one digit does."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.acts.numbers import (
    Number,
    NumberError,
    key_of,
    parse_finess,
    parse_nir,
    parse_rpps,
    parse_siret,
)

KEYS = {
    "2550814168025": "38",
    "2940375120005": "91",
    "1531245007231": "60",
    "284052A321025": "52",
    "2840588321025": "32",
    "284052B321025": "79",
    "1321075056789": "62",
    "1234567890122": "12",
}
"Sheet 06 part 6."

READERS = {
    Number.NIR: lambda text: str(parse_nir(text)),
    Number.RPPS: parse_rpps,
    Number.FINESS: lambda text: parse_finess(text).number,
    Number.SIRET: parse_siret,
}

DIGITS = st.text("0123456789", min_size=1, max_size=1)


@pytest.mark.parametrize(("digits", "key"), KEYS.items())
def test_the_key_is_the_sheets(digits: str, key: str) -> None:
    assert key_of(digits) == key


@pytest.mark.parametrize("digits", [digits for digits in KEYS if digits != "1234567890122"])
def test_a_nir_with_its_key_is_read_however_it_is_spaced(digits: str) -> None:
    whole = digits + KEYS[digits]
    spaced = " ".join((whole[0], whole[1:3], whole[3:5], whole[5:7], whole[7:10], whole[10:13], whole[13:]))
    assert str(parse_nir(spaced)) == str(parse_nir(whole.lower())) == whole


def test_what_a_nir_says() -> None:
    woman = parse_nir("2840588321025" + "32")
    assert (woman.sex, woman.year, woman.month, woman.place) == ("F", 84, 5, "88321")
    assert not woman.born_abroad
    assert not woman.provisional
    abroad = parse_nir("1320799" + "139002" + key_of("1320799139002"))
    assert (abroad.sex, abroad.born_abroad, abroad.place) == ("M", True, "99139")
    waiting = parse_nir("7320799" + "139002" + key_of("7320799139002"))
    assert (waiting.provisional, waiting.sex) == (True, "M")
    unknown = parse_nir("284992B321025" + "31")
    assert unknown.month is None
    assert unknown.place == "2B321"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("284058832102531", "nir_key"),
        ("2840588321025", "nir_length"),
        ("28405883210253232", "nir_length"),
        ("2" * 41, "nir_length"),
        ("", "nir_length"),
        ("28405C832102532", "nir_characters"),
        ("28405٨٨321025 32", "nir_characters"),
        ("2840588A21025" + "32", "nir_place"),
        ("284051A321025" + "32", "nir_place"),
        ("28405A2321025" + "32", "nir_place"),
        ("284050032102532", "nir_place"),
        ("284058800002532", "nir_place"),
        ("284058832100032", "nir_place"),
        ("584058832102532", "nir_first"),
        ("084058832102532", "nir_first"),
        ("284458832102532", "nir_month"),
        ("284008832102532", "nir_month"),
    ],
)
def test_a_nir_that_is_none(text: str, code: str) -> None:
    with pytest.raises(NumberError) as error:
        parse_nir(text)
    assert error.value.code == code


def test_no_error_repeats_a_whole_nir() -> None:
    with pytest.raises(NumberError) as error:
        parse_nir("284058832102531")
    assert "2840588321025" not in str(error.value)


@pytest.mark.parametrize("digits", ["2B34567890123", "28405", "2840588A21025"])
def test_no_key_of_what_is_no_nir(digits: str) -> None:
    with pytest.raises(NumberError):
        key_of(digits)


@given(st.sampled_from([*KEYS]), st.integers(0, 12), DIGITS)
def test_one_changed_digit_changes_the_key(digits: str, at: int, digit: str) -> None:
    assume(digits[at] != digit and not (at in (5, 6) and digits[6] in "AB"))
    assert key_of(digits[:at] + digit + digits[at + 1 :]) != key_of(digits)


def test_the_two_departments_of_corsica_have_different_keys() -> None:
    assert key_of("284052A321025") != key_of("284052B321025")


@pytest.mark.parametrize("text", ["99700218896", "10002909371", "100 0290 9371"])
def test_an_rpps(text: str) -> None:
    assert parse_rpps(text) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12345678901", "rpps_key"),
        ("10100000014", "rpps_key"),
        ("1000290937", "rpps_length"),
        ("1000290937A", "rpps_characters"),
    ],
)
def test_an_rpps_that_is_none(text: str, code: str) -> None:
    with pytest.raises(NumberError) as error:
        parse_rpps(text)
    assert error.value.code == code


@pytest.mark.parametrize(
    "text", ["750712184", "690781810", "130786049", "310781406", "590780193", "330781196", "680020096"]
)
def test_a_finess(text: str) -> None:
    assert (parse_finess(text).number, parse_finess(text).checked) == (text, True)


def test_a_finess_of_corsica_is_taken_unchecked() -> None:
    found = parse_finess("2a0000014")
    assert (found.number, found.checked) == ("2A0000014", False)


@pytest.mark.parametrize(
    ("text", "code"),
    [("750712185", "finess_key"), ("75071218", "finess_length"), ("2C0000014", "finess_characters")],
)
def test_a_finess_that_is_none(text: str, code: str) -> None:
    with pytest.raises(NumberError) as error:
        parse_finess(text)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("73282932000075", "siret_key"),
        ("7328293200007", "siret_length"),
        ("7328293200007X", "siret_characters"),
    ],
)
def test_a_siret_that_is_none(text: str, code: str) -> None:
    with pytest.raises(NumberError) as error:
        parse_siret(text)
    assert error.value.code == code


@given(st.sampled_from(["99700218896", "10002909371"]), st.integers(0, 10), DIGITS)
def test_one_changed_digit_is_found_in_an_rpps(text: str, at: int, digit: str) -> None:
    assume(text[at] != digit)
    with pytest.raises(NumberError):
        parse_rpps(text[:at] + digit + text[at + 1 :])


@given(st.sampled_from(list(Number)), st.text(max_size=60))
def test_any_text_is_read_or_refused(number: Number, text: str) -> None:
    with contextlib.suppress(NumberError):
        found = READERS[number](text)
        assert READERS[number](found) == found


def _cases(cases: Path, *kinds: str) -> list[dict[str, Any]]:
    return [
        row for row in json.loads((cases / "identifiers.json").read_bytes())["cases"] if row["kind"] in kinds
    ]


def test_the_vectors_of_other_libraries(cases: Path) -> None:
    numbers = {"nir": parse_nir, "siret": parse_siret}
    rows = _cases(cases, "nir", "siret")
    assert len(rows) > 15
    for row in rows:
        text = row["value"]
        # Some of them are without their key.
        if row["kind"] == "nir" and len(text.replace(" ", "")) == 13:
            text += key_of(text)
        assert row["valid"]
        assert numbers[row["kind"]](text)


def test_the_keys_of_other_libraries(cases: Path) -> None:
    found = {row["value"]: row["key"] for row in _cases(cases, "nir_key")}
    # The other one has Corsica's letters where the year stands: no NIR, and refused above.
    assert int(key_of("1 53 12 45 007 231")) == found["1 53 12 45 007 231"]
