"""Dossiers of the demo home: they pass the checks of everybody, some lack things on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.clock import SystemClock
from hub.acts.dossier import Dossier, Known, Matter, agreed
from hub.acts.identity import doubts
from hub.acts.readiness import Stale, lacks, stale
from hub.demo import dossiers
from hub.demo.home import read_home
from hub.store import dossier, professionals, records
from hub.store.database import Database
from hub.store.records import Resident


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(tmp_path_factory.mktemp("demo") / "hub.db")
    now = SystemClock().utc()
    with made.write() as connection:
        for person in read_home().resident:
            resident = Resident(person.id, person.family_name, person.given_name, person.birth_year, now)
            records.add_resident(connection, resident)
        dossiers.furnish_dossiers(connection, now)
    yield made
    made.close()


def test_one_dossier_is_whole_and_others_are_not(database: Database) -> None:
    now = SystemClock().utc()
    with database.read() as connection:
        whole = dossier.read(connection, "r12")
        versions = {section: each.version for section, each in dossier.newest(connection, "r12").items()}
        assert stale(dossier.validation(connection, "r12"), versions, now) is None
        old = {section: each.version for section, each in dossier.newest(connection, "r4").items()}
        assert stale(dossier.validation(connection, "r4"), old, now) is Stale.OLD
        assert dossier.validation(connection, "r15") is None
        assert dossier.read(connection, "r9") == Dossier()
        assert lacks(dossier.read(connection, "r4"))
    assert lacks(whole) == ()
    assert doubts(whole.identity) == ()
    assert whole.treatments.anticoagulant
    assert whole.allergies.known is Known.LISTED
    assert agreed(whole.consents, Matter.CONSULTATION, whole.consents.items[0].given)


def test_the_directory_has_who_treats(database: Database) -> None:
    with database.read() as connection:
        [found] = professionals.search(connection, "benali")
    assert found.rpps == "10002909371"


def test_every_dossier_is_of_somebody_who_lives_there() -> None:
    people = {person.id for person in read_home().resident}
    assert {each.resident for each in dossiers.read_dossiers().dossier} <= people
    assert Path(dossiers.__file__).with_name("dossiers.toml").is_file()
