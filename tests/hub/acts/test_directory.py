"""Extracts of the public directory: rows to people, and what is wrong with the others."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.acts.directory import DirectoryError, Entry, Passed, Reason, folded, read_directory

PERSONS = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Nom d'exercice|Prénom d'exercice|"
    "Libellé profession|Libellé savoir-faire|Code postal (coord. structure)|Libellé commune (coord. structure)|"
)
BOXES = (
    "Type de BAL;Adresse BAL;Type Identifiant PP;Identifiant PP;Nom d'exercice;Prénom d'exercice;"
    "Libellé Profession;Libellé savoir-faire;Dématérialisation"
)
BENALI = "8|10002909371|810002909371|BENALI|Samir|Médecin|Gériatrie|21000|Dijon|"


def read(
    *rows: str, departments: frozenset[str] = frozenset(), encoding: str = "utf-8"
) -> list[Entry | Passed]:
    return list(read_directory([f"{row}\r\n".encode(encoding) for row in rows], departments))


def test_an_extract_of_persons() -> None:
    assert read(PERSONS, BENALI) == [Entry("10002909371", "BENALI", "Samir", "Médecin", "Gériatrie", "Dijon")]


def test_an_extract_of_mailboxes() -> None:
    row = 'PER;Samir.Benali@Medecin.MSSante.fr;8;10002909371;BENALI;Samir;Médecin;"Gériatrie; gérontologie";O'
    assert read(BOXES, row) == [
        Entry(
            "10002909371",
            "BENALI",
            "Samir",
            "Médecin",
            "Gériatrie; gérontologie",
            "",
            "samir.benali@medecin.mssante.fr",
        )
    ]


def test_columns_are_found_wherever_they_stand_and_others_are_passed_over() -> None:
    rows = read(
        "\ufeffColonne neuve;PRÉNOM D\u2019EXERCICE;Nom  d'exercice;RPPS", "x;Samir;BENALI;810002909371"
    )
    assert rows == [Entry("10002909371", "BENALI", "Samir")]


def test_older_extracts_are_in_windows_1252() -> None:
    assert read(PERSONS, BENALI, encoding="cp1252") == read(PERSONS, BENALI)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (BENALI.replace("10002909371", "10002909372"), Reason.RPPS),
        ("0|210000001|0210000001|BENALI|Samir|Infirmier||21000|Dijon|", Reason.RPPS),
        (BENALI.replace("BENALI", "  "), Reason.NAME),
        ("8|10002909371", Reason.COLUMNS),
        (f"{BENALI}|x", Reason.COLUMNS),
        (f"{BENALI}||", Reason.COLUMNS),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line_and_the_next_one_is_read(
    row: str, reason: Reason
) -> None:
    assert read(PERSONS, row, "", BENALI)[0] == Passed(2, reason)
    assert isinstance(read(PERSONS, row, "", BENALI)[1], Entry)


def test_one_delimiter_more_at_the_end_of_a_line_is_the_directorys_habit() -> None:
    assert read(PERSONS, f"{BENALI}|") == read(PERSONS, BENALI)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("ORG;accueil@chu.mssante.fr;;;;;;;O", Reason.NOBODY),
        ("PER;nowhere;8;10002909371;BENALI;Samir;Médecin;;O", Reason.ADDRESS),
        ('PER;"a@b.fr;8;10002909371;BENALI;Samir;Médecin;;O', Reason.COLUMNS),
        (f'PER;"{"x" * 140_000}";8;10002909371;BENALI;Samir;Médecin;;O', Reason.COLUMNS),
    ],
)
def test_mailboxes_that_are_nobodys(row: str, reason: Reason) -> None:
    fine = "PER;;8;10002909371;BENALI;Samir;Médecin;;O"
    assert read(BOXES, row, fine) == [Passed(2, reason), Entry("10002909371", "BENALI", "Samir", "Médecin")]


def test_only_the_departments_that_are_asked_for() -> None:
    nowhere = BENALI.replace("21000", "")
    rows = read(
        PERSONS, BENALI, BENALI.replace("21000", "75001"), nowhere, departments=frozenset({"21", "71"})
    )
    assert [isinstance(row, Entry) for row in rows] == [True, False, True]
    assert rows[1] == Passed(3, Reason.ELSEWHERE)


@pytest.mark.parametrize("header", ["", "Nom d'exercice|Prénom d'exercice", "Identifiant PP;Prénom"])
def test_a_file_without_the_columns_is_no_extract(header: str) -> None:
    with pytest.raises(DirectoryError, match="no column"):
        read(header, BENALI)


def test_no_line_is_no_extract() -> None:
    with pytest.raises(DirectoryError):
        list(read_directory([]))


@given(st.lists(st.binary(max_size=80), max_size=5), st.sampled_from([PERSONS, BOXES]))
def test_any_bytes_give_a_row_or_a_reason(rows: list[bytes], header: str) -> None:
    found = list(read_directory([header.encode(), *rows]))
    assert len(found) <= len(rows)
    assert all(isinstance(each, Entry | Passed) for each in found)


@given(st.lists(st.binary(max_size=80), max_size=3))
def test_any_file_is_read_or_refused(rows: list[bytes]) -> None:
    with contextlib.suppress(DirectoryError):
        assert len(list(read_directory(rows))) <= len(rows)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("LEFÈVRE Marie-Noëlle", "lefevre marie noelle"), ("D'Œuvre", "d œuvre"), ("  ", "")],
)
def test_names_are_looked_for_without_accents(name: str, plain: str) -> None:
    assert folded(name) == plain
