"""A resident's timeline from every kind of record, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.clock import SECOND, ManualClock
from devices.limits import Limit, Priority
from hub import timeline
from hub.acting import Acting, Opening
from hub.acts.model import DAY, Actor, Kind, Role
from hub.acts.triage.model import Outcome
from hub.alerting.prescriptions import Act, Paper, Status
from hub.store import handover, invites, papers, prescribing, records, snapshots, triages, wounds
from hub.store.database import Database
from hub.store.handover import Note
from hub.store.invites import Invite
from hub.store.papers import DispatchRecord, PaperRecord, Sending, Signature
from hub.store.prescribing import Prescribed
from hub.store.records import CallRecord, EdgeRecord, Resident, Room
from hub.store.snapshots import Snapshot
from hub.store.timeseries_sqlite import SqliteTimeSeries
from hub.store.triages import Triage
from hub.store.wounds import Finding, Picture, Wound
from hub.timeline import SOURCES, Span

CLOCK = ManualClock()
T = CLOCK.utc()
ALWAYS = Span(0, 2**53)
HOUR = 3600 * SECOND


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "hub.db")
    with made.write() as connection:
        for who in ("jeanne", "paul"):
            records.add_resident(connection, Resident(who, who, who, 1935, 1))
            handover.write(
                connection, Note(f"n-{who}", 1, f"n-{who}", who, T + 1, T + 1, "ines", data="Toux")
            )
        triages.add(
            connection,
            Triage("t1", "jeanne", T + 2, "ines", "d", "Fièvre", "{}", "{}", Outcome.TC_TODAY, "[]", "{}"),
        )
        paper = PaperRecord("p1", "p", 1, "jeanne", "report", "Compte rendu", T + 3, "benali", "{}", "{}", "")
        papers.add(connection, paper, b"pdf")
        papers.sign(connection, "p1", Signature("benali", T + 4, "x"), b"pdf", b"cda")
        papers.dispatch(
            connection, DispatchRecord(0, "p1", "Dr Petit", "petit@x.fr", "benali", T + 5, Sending.WAITING)
        )
        records.add_room(connection, Room("12", "ch. 12"))
        records.save_edge(connection, EdgeRecord("e1", 1, 1))
        records.save_call(
            connection, CallRecord("c1", 1, "jeanne", "e1", "benali", "ended", "", T + 6, T + 6, T + 9)
        )
        snapshots.add(connection, Snapshot("s1", "c1", T + 7, "benali", "hand", "Talon", 8, 8), b"jpeg")
        invites.add(
            connection,
            Invite("i1", "c1", "p2", "", "Dr Durand", "regulator", "benali", T + 8, T + 99, used=T + 9),
        )
        invites.add(connection, Invite("i2", "c1", "p3", "paul", "Paul", "nurse", "benali", T + 8, T + 99))
        prescribed = Paper(Status.IN_FORCE, "BPCO", "benali", T + 10, T + DAY)
        limit = Limit("l1", "spo2", Priority.HIGH, low=90.0)
        prescribing.add_limit(connection, Prescribed(limit, "jeanne", prescribed))
        prescribing.add_step(connection, "l1", T + 10, Act.SIGN, "benali")
        wounds.add(connection, Wound("w1", "jeanne", "pressure", "heel_left", "3 semaines", "", T, "ines"))
    CLOCK.set_utc(T + DAY)
    acting = Acting(made, SqliteTimeSeries(made), CLOCK)
    acting.open(Opening(Kind.REGULATION, "jeanne", "Chute", "a1"), Actor("ines", Role.NURSE))
    yield made
    made.close()


def told(database: Database, span: Span = ALWAYS, *kinds: str) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        line = timeline.read(connection, "jeanne", span, kinds)
    assert not line.more
    return [(item.title, item.author, item.link) for item in line.items]


WHOLE = [
    ("regulation.opened", "ines", "a1"),
    ("limit.sign", "benali", "l1"),
    ("invite.used", "Dr Durand", "i1"),
    ("invite.made", "benali", "i1"),
    ("picture.kept", "benali", "s1"),
    ("call.ended", "benali", "c1"),
    ("paper.sent", "benali", "p1"),
    ("paper.signed", "benali", "p1"),
    ("paper.written", "benali", "p1"),
    ("triage.TC_TODAY", "ines", "t1"),
    ("note.written", "ines", "n-jeanne"),
    ("wound.opened", "ines", "w1"),
]


def test_everything_is_told_newest_first_and_of_nobody_else(database: Database) -> None:
    assert told(database) == WHOLE


def test_a_span_has_its_beginning_and_not_its_end(database: Database) -> None:
    assert told(database, Span(T + 2, T + 5)) == WHOLE[7:10]


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_one_kind_is_told_alone(database: Database, kind: str) -> None:
    first = {"act": "regulation"}.get(kind, kind)
    wanted = [each for each in WHOLE if each[0].startswith(f"{first}.")]
    assert told(database, ALWAYS, kind) == wanted


def test_what_is_more_than_an_answer_holds_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST", 2)
    with database.read() as connection:
        line = timeline.read(connection, "jeanne", ALWAYS)
    assert ([item.title for item in line.items], line.more) == ([each[0] for each in WHOLE[:2]], True)


def test_a_note_that_was_taken_back_says_so_and_nothing_else(database: Database) -> None:
    with database.write() as connection:
        gone = Note("n-jeanne", 2, "k2", "jeanne", T + 1, T + 9, "ines", data="Toux", withdrawn=True)
        handover.write(connection, gone)
    with database.read() as connection:
        [item] = timeline.read(connection, "jeanne", ALWAYS, ["note"]).items
    assert (item.title, dict(item.params)) == ("note.withdrawn", {"version": 2})


def picture(key: str, minutes: float, author: str = "ines") -> Picture:
    time = T + round(minutes * 60 * SECOND)
    return Picture(key, "w1", time, author, "close", "", 1600, 1200, key, 90.0, 120.0, 0.0)


def of_wounds(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    with database.read() as connection:
        line = timeline.read(connection, "jeanne", ALWAYS, ["wound"])
    place = {"region": "heel_left", "cause": "pressure"}
    for item in line.items:
        assert place.items() <= item.params.items(), "every line says which wound"
    return [
        (item.title, item.author, {k: v for k, v in item.params.items() if k not in place and v})
        for item in line.items
    ]


def test_a_wound_is_told_from_its_first_picture_to_its_end(database: Database) -> None:
    shots = [picture("a", 1), picture("b", 2), picture("c", 3, "benali"), picture("d", 31), picture("e", 61)]
    with database.write() as connection:
        for each in shots:
            wounds.keep(connection, each, b"sealed")
        seen = {"healing": True, "note": "Fond propre"}
        measured = Finding("f1", "w1", "b", T + HOUR, "ines", 50.0, 37.5, 1200.0, None, "4", None, seen)
        wounds.note(connection, measured)
        wounds.note(connection, Finding("f2", "w1", None, T + 2 * HOUR, "ines", stage="2"))
        wounds.withdraw(connection, shots[-1], "benali", "autre résident", T + 3 * HOUR)
        wounds.withdraw(connection, Finding("f2", "w1", None, 0, ""), "ines", "faute de frappe", T + 4 * HOUR)
        wounds.close(connection, "w1", "healed", "benali", T + 5 * HOUR)
    whole = {"length_mm": 50.0, "width_mm": 37.5, "area_mm2": 1200.0, "stage": "4"}
    assert of_wounds(database) == [
        ("wound.closed", "benali", {"outcome": "healed"}),
        ("wound.withdrawn", "ines", {"what": "finding", "reason": "faute de frappe"}),
        ("wound.withdrawn", "benali", {"what": "picture", "reason": "autre résident"}),
        ("wound.assessed", "ines", {**whole, "healing": "yes", "note": "Fond propre"}),
        # What one person photographs at one sitting is one line; another person, or half an hour later, is another.
        ("wound.pictured", "ines", {"count": 1}),
        ("wound.pictured", "benali", {"count": 1}),
        ("wound.pictured", "ines", {"count": 2}),
        ("wound.opened", "ines", {"begun": "3 semaines"}),
    ]


def test_wounds_of_others_are_theirs(database: Database) -> None:
    with database.write() as connection:
        wounds.add(connection, Wound("w2", "paul", "burn", "hand_left", "hier", "", T, "ines"))
    assert [title for title, _, _ in of_wounds(database)] == ["wound.opened"]
