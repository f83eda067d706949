"""What people do in acts, on the disk: followed, refused whole, counted by time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.clock import ManualClock
from hub.acting import ANSWERED, Acting, ActKeyUsedError, Doing, Opening, UnknownActError
from hub.acts.fields import FieldError, IllegalStepError
from hub.acts.model import DAY, Act, Actor, Kind, Role, Step
from hub.acts.triage.model import Outcome
from hub.store import acts, consult, records, snapshots, triages
from hub.store.acts import ActWriteError
from hub.store.consult import Opening as CallOpening
from hub.store.database import Database
from hub.store.records import CallRecord, EdgeRecord, Resident, Room
from hub.store.snapshots import Snapshot
from hub.store.timeseries_sqlite import SqliteTimeSeries
from hub.store.triages import Triage

INES, BENALI = Actor("ines", Role.NURSE), Actor("benali", Role.PHYSICIAN)
CONSENT = {"consent": "oral", "consent_by": "Mme Martin"}
WOUND: dict[str, Any] = {
    **CONSENT,
    "to": "Dr Durand",
    "topic": "wound",
    "urgency": "today",
    "question": "Quelle conduite ?",
    "place": "talon droit",
    "begun": "10 jours",
    "length_mm": 32,
    "width_mm": 20,
    "pain": 4,
    "pictures": ["c1/s1", "c1/s2"],
    "scale_in_picture": True,
}


class House:
    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.clock = ManualClock()
        self.acting = Acting(self.database, SqliteTimeSeries(self.database), self.clock)
        now = self.clock.utc()
        with self.database.write() as connection:
            records.add_room(connection, Room("12", "ch. 12"))
            records.save_edge(connection, EdgeRecord("e1", 1, now))
            for who in ("jeanne", "paul"):
                records.add_resident(connection, Resident(who, who, who, 1935, now))
            records.save_call(
                connection, CallRecord("c1", 1, "jeanne", "e1", "benali", "ended", "", now, now, now + 9)
            )
            consult.save_opening(connection, CallOpening("c1", "Plaie vue au pansement"))
            for key in ("s1", "s2"):
                snapshots.add(connection, Snapshot(key, "c1", now, "ines", "hand", "", 8, 8), b"jpeg")

    def open(self, kind: Kind, resident: str = "jeanne", actor: Actor = INES, **given: Any) -> Act:
        return self.acting.open(Opening(kind, resident, **{"reason": "Toux", **given}), actor)

    def step(self, act: Act, event: str, actor: Actor = INES, reason: str = "", **fields: Any) -> Act:
        return self.acting.step(act.id, Doing(event, act.version, reason, fields), actor)

    def now(self, act: Act) -> Act:
        with self.database.read() as connection:
            found = acts.find(connection, act.id)
        assert found is not None
        return found

    def log(self) -> list[tuple[str, str, str]]:
        with self.database.read() as connection:
            return [(one.actor, one.action, one.object) for one in records.audit_log(connection)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "hub.db")
    yield made
    made.database.close()


def test_opening_the_next_act_ends_the_one_before_in_the_same_transaction(house: House) -> None:
    asked = house.open(Kind.ASSISTANCE)
    seen = house.open(Kind.CONSULTATION, actor=BENALI, reason="", from_act=asked.id)
    ended = house.now(asked)
    assert (ended.state, ended.fields["into"], seen.reason) == ("converted", seen.id, "Toux")
    with house.database.read() as connection:
        assert acts.opened_from(connection, asked.id) == [seen]
        [step] = acts.steps(connection, [asked.id])[asked.id][1:]
    assert (step.event, step.author) == ("convert", "benali")
    assert house.log() == [
        ("ines", "act_opened", asked.id),
        ("benali", "act_opened", seen.id),
        ("benali", "act_convert", asked.id),
    ]


def test_an_act_that_is_over_is_followed_and_stays_as_it_is(house: House) -> None:
    over = house.step(house.open(Kind.ASSISTANCE), "withdraw", reason="Allée mieux")
    house.open(Kind.REGULATION, from_act=over.id)
    assert house.now(over) == over


def test_what_is_refused_writes_nothing(house: House) -> None:
    act = house.open(Kind.REGULATION)
    with pytest.raises(IllegalStepError):
        house.step(act, "transfer")
    with pytest.raises(UnknownActError, match="'none' is unknown"):
        house.acting.step("none", Doing("note", 1), INES)
    with pytest.raises(UnknownActError, match="of this resident"):
        house.open(Kind.CONSULTATION, "paul", from_act=act.id)
    with pytest.raises(FieldError, match="reason: is missing"):
        house.open(Kind.CONSULTATION, reason=" ")
    with pytest.raises(FieldError, match="601 characters"):
        house.open(Kind.CONSULTATION, reason="x" * 601)
    assert house.now(act) == act
    assert house.log() == [("ines", "act_opened", act.id)]


def test_the_same_opening_and_the_same_step_again_change_nothing(house: House) -> None:
    first = house.open(Kind.REGULATION, id="mine")
    assert house.open(Kind.REGULATION, id="mine") == first
    with pytest.raises(ActKeyUsedError):
        house.open(Kind.REGULATION, "paul", id="mine")
    called = house.step(first, "call_made", number="15")
    assert house.step(first, "call_made", number="15") == called
    assert [action for _, action, _ in house.log()] == ["act_opened", "act_call_made"]


def test_an_act_of_a_call_has_its_reason_and_another_residents_call_is_none(house: House) -> None:
    assert house.open(Kind.ASSISTANCE, reason="", call="c1").reason == "Plaie vue au pansement"
    with pytest.raises(FieldError, match="call 'c1' of this resident is unknown"):
        house.open(Kind.ASSISTANCE, "paul", call="c1")
    act = house.open(Kind.ASSISTANCE, "paul")
    with pytest.raises(FieldError, match="call 'c1' of this resident is unknown"):
        house.step(act, "begin", BENALI, call="c1", **CONSENT)
    assert house.now(act).state == "asked"


def test_pictures_are_those_of_the_residents_calls(house: House) -> None:
    asked = house.open(Kind.EXPERTISE)
    with pytest.raises(FieldError, match="picture 's3' is unknown"):
        house.step(asked, "send", **{**WOUND, "pictures": ["c1/s1", "c1/s3"]})
    other = house.open(Kind.EXPERTISE, "paul")
    with pytest.raises(FieldError, match="of this resident is unknown"):
        house.step(other, "send", **WOUND)
    assert house.step(asked, "send", **WOUND).state == "sent"


def test_time_expires_one_question_and_leaves_the_others(house: House) -> None:
    first = house.step(house.open(Kind.EXPERTISE), "send", **WOUND)
    house.clock.advance(DAY)
    second = house.step(house.open(Kind.EXPERTISE), "send", **WOUND)
    house.clock.advance(6 * DAY - 1)
    assert house.acting.tick() == 0
    house.clock.advance(1)
    assert house.acting.tick() == 1
    assert (house.now(first).state, house.now(second).state) == ("expired", "sent")
    assert house.log()[-1] == ("veilleuse", "act_expire", first.id)
    assert house.acting.tick() == 0


def test_what_somebody_did_meanwhile_is_not_undone_by_time(house: House) -> None:
    sent = house.step(house.open(Kind.EXPERTISE), "send", **WOUND)
    house.clock.advance(7 * DAY)
    closed = house.step(sent, "abandon", reason="Vue en visite")
    assert not house.acting._overdue(sent.id, house.clock.utc())
    assert house.now(sent) == closed


def test_one_act_that_time_cannot_move_keeps_no_other_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.step(house.open(Kind.EXPERTISE, id="broken"), "send", **WOUND)
    well = house.step(house.open(Kind.EXPERTISE), "send", **WOUND)
    with house.database.write() as connection:
        # As a fault on the disk would leave it: its next step is there already.
        connection.exec_driver_sql("UPDATE acts SET version = 1 WHERE id = 'broken'")
    house.clock.advance(7 * DAY)
    assert house.acting.tick() == 1
    assert house.now(well).state == "expired"
    assert "broken" in caplog.text


def test_an_act_that_was_written_meanwhile_is_not_written_over(house: House) -> None:
    act = house.step(house.open(Kind.REGULATION), "call_made", number="15")
    with pytest.raises(ActWriteError, match="has not 1 steps"), house.database.write() as connection:
        acts.save(connection, act, _step(act))
    assert house.now(act) == act


def _step(act: Act) -> Step:
    return Step(act.id, act.version, act.opened, "note", "ines", "", act.state)


def test_asking_opens_one_act_and_no_second_while_it_goes_on(house: House) -> None:
    told: list[str] = []
    acting = Acting(
        house.database, SqliteTimeSeries(house.database), house.clock, lambda act: told.append(act.id)
    )
    first = acting.ask(Opening(Kind.ASSISTANCE, "jeanne", "Toux", "q1"), INES)
    assert (first is not None and first.state, told) == ("asked", ["q1"])
    assert acting.ask(Opening(Kind.ASSISTANCE, "jeanne", "Toux", "q2"), INES) is None
    # Whoever opens the next act by hand is told of both: the one before has ended by it.
    acting.open(Opening(Kind.CONSULTATION, "jeanne", id="q3", from_act="q1"), BENALI)
    assert told == ["q1", "q3", "q1"]
    house.step(
        house.now(acting.open(Opening(Kind.CONSULTATION, "paul", "x", "q4"), INES)), "cancel", reason="x"
    )
    at = house.clock.utc() + DAY
    planned = acting.ask(Opening(Kind.CONSULTATION, "paul", "Suivi", "q5"), INES, planned=at)
    assert planned is not None
    assert (planned.state, planned.fields["at"]) == ("planned", at)


def test_the_newest_questionnaire_joins_one_consultation(house: House) -> None:
    def answered(key: str) -> None:
        house.clock.advance(1)
        made = Triage(
            key, "jeanne", house.clock.utc(), "ines", "d", "Toux", "{}", "{}", Outcome.TC_TODAY, "[]", "{}"
        )
        with house.database.write() as connection:
            triages.add(connection, made)

    answered("old")
    house.clock.advance(ANSWERED + 1)
    early = house.open(Kind.CONSULTATION)
    assert early.triage is None
    answered("new")
    admitted = house.step(
        early,
        "admit",
        **CONSENT,
        identity_checked=True,
        accompanied_by="Inès",
        private_place=True,
        able_to_talk=True,
        touch_needed=False,
    )
    assert admitted.triage == "new"
    assert house.open(Kind.CONSULTATION).triage is None
    assert house.open(Kind.ASSISTANCE).triage is None
    answered("newer")
    assert house.open(Kind.CONSULTATION).triage == "newer"
    assert house.now(admitted).triage == "new"
