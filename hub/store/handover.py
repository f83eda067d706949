"""Notes that a shift leaves for the next one, every version of each, and who has read a hand-over."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.store.errors import StoreError
from hub.store.schema import NOTES, RECEIPTS

WARD = ""
"Resident of a note about the whole ward."


class Refused(enum.StrEnum):
    """Why a note is not taken; also the code of the interface."""

    KEY_USED = "key_used"
    CHANGED_MEANWHILE = "changed_meanwhile"
    "Somebody changed it since it was read."
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown_note"


class NoteError(StoreError):
    """A note is not taken; nothing was written."""

    def __init__(self, refused: Refused, detail: str) -> None:
        super().__init__(detail)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Note:
    """One version of a note, in the form of a targeted transmission (transmission ciblée): what was seen, done, and came of it."""

    id: str
    version: int
    "From 1 on; the last one is what holds."
    key: str
    "Names the request that made this version."
    resident: str
    time: int
    "What it is about happened then, microseconds UTC."
    entered: int
    author: str
    data: str = ""
    action: str = ""
    result: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Somebody has read the hand-over of the shift that began at `since`."""

    reader: str
    since: int
    read: int
    "When first."


def write(connection: Connection, note: Note) -> Note:
    """Write a version of a note, and return it as it is stored; the same version again changes nothing.

    Raises:
        NoteError: it does not follow on what is there.
    """
    known = versions(connection, note.id)
    again = next((each for each in known if each.key == note.key), None)
    if again is not None:
        if replace(again, entered=note.entered, time=note.time) != note:
            raise NoteError(Refused.KEY_USED, f"key {note.key[:64]!r} was used for something else")
        return again
    _must_follow(note, known)
    connection.execute(NOTES.insert().values(asdict(note)))
    return note


def _must_follow(note: Note, known: list[Note]) -> None:
    name = repr(note.id[:64])
    if note.version > 1 and (not known or known[-1].resident != note.resident):
        raise NoteError(Refused.UNKNOWN, f"note {name} is unknown")
    if known and known[-1].withdrawn:
        raise NoteError(Refused.WITHDRAWN, f"note {name} was taken back")
    if note.version != len(known) + 1:
        refused = Refused.KEY_USED if note.version == 1 else Refused.CHANGED_MEANWHILE
        raise NoteError(refused, f"note {name} has version {len(known)} already")


def versions(connection: Connection, key: str) -> list[Note]:
    """Return every version of a note, oldest first."""
    query = select(NOTES).where(NOTES.c.id == key).order_by(NOTES.c.version)
    return [Note(**row) for row in connection.execute(query).mappings()]


def notes(connection: Connection, since: int, until: int) -> list[list[Note]]:
    """Return the notes about [since, until) with all their versions, oldest first; those taken back too."""
    found: dict[str, list[Note]] = {}
    query = (
        select(NOTES).where(NOTES.c.time >= since, NOTES.c.time < until).order_by(NOTES.c.time, NOTES.c.id)
    )
    for row in connection.execute(query.order_by(NOTES.c.version)).mappings():
        found.setdefault(row["id"], []).append(Note(**row))
    return list(found.values())


def receive(connection: Connection, receipt: Receipt) -> None:
    """Write down that somebody has read a hand-over; the first time counts."""
    connection.execute(upsert(RECEIPTS).on_conflict_do_nothing(), asdict(receipt))


def receipts(connection: Connection, since: int) -> list[Receipt]:
    """Return who has read the hand-over of the shift that began at `since`, the first first."""
    query = select(RECEIPTS).where(RECEIPTS.c.since == since).order_by(RECEIPTS.c.read, RECEIPTS.c.reader)
    return [Receipt(**row) for row in connection.execute(query).mappings()]
