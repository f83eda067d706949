"""Dossiers on the disk: nothing is overwritten, nobody writes over what they have not seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.acts.dossier import Allergies, Dossier, Known, Section, Usual
from hub.acts.readiness import Validation
from hub.store import dossier, records
from hub.store.database import Database
from hub.store.dossier import ChangedMeanwhileError, UnchangedError, Version
from hub.store.errors import StoreError
from hub.store.records import Resident

T = 1_790_000_000_000_000
FIRST = Version("jeanne", Section.USUAL, 1, T, "ines", "entrée", Usual(gir=3))
SECOND = replace(FIRST, version=2, time=T + 1, author="benali", reason="réévaluée", body=Usual(gir=2))
NONE = Version("jeanne", Section.ALLERGIES, 1, T, "benali", "", Allergies(known=Known.NONE))


@pytest.fixture(autouse=True)
def _people(database: Database) -> None:
    with database.write() as connection:
        for name in ("jeanne", "paul"):
            records.add_resident(connection, Resident(name, name.title(), "X", 1932, T))


def put(database: Database, *versions: Version) -> None:
    with database.write() as connection:
        for version in versions:
            dossier.write(connection, version)


def test_every_version_is_kept_and_the_newest_counts(database: Database) -> None:
    put(database, FIRST, NONE, SECOND)
    with database.read() as connection:
        assert dossier.newest(connection, "jeanne") == {Section.ALLERGIES: NONE, Section.USUAL: SECOND}
        assert dossier.versions(connection, "jeanne", Section.USUAL) == [SECOND, FIRST]
        assert dossier.read(connection, "jeanne") == Dossier(usual=SECOND.body, allergies=NONE.body)
        assert dossier.read(connection, "paul") == Dossier()
        assert dossier.newest(connection, "paul") == {}


def test_the_same_request_again_changes_nothing(database: Database) -> None:
    put(database, FIRST)
    with database.write() as connection:
        assert dossier.write(connection, replace(FIRST, time=T + 9)) == FIRST
        assert dossier.versions(connection, "jeanne", Section.USUAL) == [FIRST]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_who_has_not_seen_the_newest_version_does_not_write(database: Database, number: int) -> None:
    put(database, FIRST, SECOND)
    late = replace(SECOND, version=number, author="claire", body=Usual(gir=1))
    with pytest.raises(ChangedMeanwhileError) as caught, database.write() as connection:
        dossier.write(connection, late)
    assert caught.value.version == 2
    with database.read() as connection:
        assert dossier.versions(connection, "jeanne", Section.USUAL) == [SECOND, FIRST]


def test_what_is_there_is_not_written_again(database: Database) -> None:
    put(database, FIRST)
    with pytest.raises(UnchangedError), database.write() as connection:
        dossier.write(connection, replace(FIRST, version=2, author="claire"))


def test_nobody_has_no_dossier(database: Database) -> None:
    with pytest.raises(StoreError, match="'nobody' is unknown"), database.write() as connection:
        dossier.write(connection, replace(FIRST, resident="nobody"))


def test_a_validation_holds_what_was_looked_at(database: Database) -> None:
    put(database, FIRST, NONE)
    looked = Validation(T + 2, "benali", {Section.USUAL: 1, Section.ALLERGIES: 1})
    again = replace(looked, time=T + 3, author="roy")
    with database.write() as connection:
        assert dossier.validation(connection, "jeanne") is None
        dossier.validate(connection, "jeanne", looked)
        assert dossier.validation(connection, "jeanne") == looked
        dossier.validate(connection, "jeanne", again)
    with database.read() as connection:
        assert dossier.validation(connection, "jeanne") == again
        assert dossier.validation(connection, "paul") is None
        assert set(dossier.newest(connection, "jeanne")) == {Section.USUAL, Section.ALLERGIES}


def test_what_was_changed_since_it_was_looked_at_is_not_validated(database: Database) -> None:
    put(database, FIRST, SECOND)
    with (
        pytest.raises(ChangedMeanwhileError, match="usual of 'jeanne'") as caught,
        database.write() as connection,
    ):
        dossier.validate(connection, "jeanne", Validation(T + 2, "benali", {Section.USUAL: 1}))
    assert caught.value.version == 2
    with database.read() as connection:
        assert dossier.validation(connection, "jeanne") is None
