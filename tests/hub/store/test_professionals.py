"""Professionals of the directory on the disk."""

from __future__ import annotations

from dataclasses import replace

from hub.acts.directory import Entry
from hub.store import professionals
from hub.store.database import Database
from hub.store.professionals import MAX_ADDRESSES

BENALI = Entry("10002909371", "BENALI", "Samir", "Médecin", "Gériatrie", "Dijon", "sb@a.mssante.fr")
ROY = Entry("99700218896", "ROY-LEFÈVRE", "Anne", "Infirmier")


def save(database: Database, *entries: Entry) -> int:
    with database.write() as connection:
        return professionals.save(connection, entries, 1)


def test_a_second_extract_adds_what_it_says_and_takes_nothing_away(database: Database) -> None:
    box = Entry("10002909371", "BENALI", address="samir@b.mssante.fr")
    assert save(database, BENALI, box, BENALI) == 3
    with database.read() as connection:
        found = professionals.by_rpps(connection, "10002909371")
    assert found is not None
    assert found.addresses == ("sb@a.mssante.fr", "samir@b.mssante.fr")
    assert (found.given_name, found.profession, found.specialty, found.place) == (
        "Samir",
        "Médecin",
        "Gériatrie",
        "Dijon",
    )


def test_a_new_extract_renews_what_it_says(database: Database) -> None:
    save(database, BENALI, replace(BENALI, family_name="BENALI-ROY", place="Beaune"))
    with database.read() as connection:
        (found,) = professionals.search(connection, "benali roy")
        assert (found.family_name, found.place) == ("BENALI-ROY", "Beaune")


def test_no_end_of_mailboxes(database: Database) -> None:
    save(database, *[replace(BENALI, address=f"a{number}@b.fr") for number in range(20)])
    with database.read() as connection:
        found = professionals.by_rpps(connection, BENALI.rpps)
    assert found is not None
    assert len(found.addresses) == MAX_ADDRESSES
    assert found.addresses[-1] == "a19@b.fr"


def test_people_are_found_by_the_beginning_of_their_name_or_number(database: Database) -> None:
    save(database, BENALI, ROY)

    def names(text: str) -> list[str]:
        with database.read() as connection:
            return [each.given_name for each in professionals.search(connection, text)]

    assert names("ben") == names("BENALI sam") == names("100 0290") == names("10002909371") == ["Samir"]
    assert names("roy-lefevre") == names("Roy Lefèvre a") == ["Anne"]
    assert names("lefevre") == names("%") == names("_") == names("") == names("nobody") == []


def test_a_search_is_bounded(database: Database) -> None:
    save(database, BENALI, replace(BENALI, rpps="99700218896"))
    with database.read() as connection:
        assert len(professionals.search(connection, "benali", 1)) == 1
        assert professionals.by_rpps(connection, "10000000000") is None
