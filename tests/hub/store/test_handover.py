"""Notes and receipts of the hand-over on the disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.store import handover
from hub.store.database import Database
from hub.store.handover import Note, NoteError, Receipt, Refused

T = 1_790_000_000_000_000
NOTE = Note("note-1", 1, "note-1", "jeanne", T, T + 5, "ines", data="Toux")


def test_a_note_is_written_once_and_its_versions_are_kept(database: Database) -> None:
    with database.write() as connection:
        assert handover.write(connection, NOTE) == NOTE
        assert handover.write(connection, replace(NOTE, entered=T + 9, time=T + 1)) == NOTE
        second = replace(NOTE, version=2, key="edit", data="Toux sèche")
        handover.write(connection, second)
    with database.read() as connection:
        assert handover.notes(connection, T, T + 1) == [[NOTE, second]]
        assert handover.notes(connection, T + 1, T + 2) == []


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        (replace(NOTE, data="autre"), Refused.KEY_USED),
        (replace(NOTE, key="other"), Refused.KEY_USED),
        (replace(NOTE, key="edit", version=3), Refused.CHANGED_MEANWHILE),
        (replace(NOTE, key="edit", version=2, resident="paul"), Refused.UNKNOWN),
        (replace(NOTE, id="none", key="edit", version=2), Refused.UNKNOWN),
    ],
)
def test_what_does_not_follow_is_refused_and_nothing_is_written(
    database: Database, wrong: Note, refused: Refused
) -> None:
    with database.write() as connection:
        handover.write(connection, NOTE)
    with pytest.raises(NoteError) as caught, database.write() as connection:
        handover.write(connection, wrong)
    assert caught.value.refused is refused
    with database.read() as connection:
        assert handover.versions(connection, "note-1") == [NOTE]


def test_what_was_taken_back_is_not_changed_any_more(database: Database) -> None:
    with database.write() as connection:
        handover.write(connection, NOTE)
        handover.write(connection, replace(NOTE, version=2, key="gone", withdrawn=True))
    with pytest.raises(NoteError) as caught, database.write() as connection:
        handover.write(connection, replace(NOTE, version=3, key="more"))
    assert caught.value.refused is Refused.WITHDRAWN


def test_the_first_reading_counts(database: Database) -> None:
    with database.write() as connection:
        for receipt in (Receipt("ines", T, T + 2), Receipt("lea", T, T + 1), Receipt("ines", T, T + 9)):
            handover.receive(connection, receipt)
    with database.read() as connection:
        assert handover.receipts(connection, T) == [Receipt("lea", T, T + 1), Receipt("ines", T, T + 2)]
        assert handover.receipts(connection, T + 1) == []
