"""Who is reminded of a planned téléconsultation: once, in time, by a way that takes it, and without a name."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND, ManualClock
from hub.acting import Acting, Doing, Opening
from hub.acts.model import Act, Actor, Kind, Role
from hub.acts.slots import MINUTE, Giving
from hub.alerting.escalation.policy import parse
from hub.auth.sessions import User
from hub.booking import Desk, Wanted
from hub.notify.base import REMINDER_CODE, GiveUp, Retry
from hub.reminding import BEFORE, Reminding, people_of, text_of
from hub.store import records, slots
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.records import Resident, Room
from hub.store.slots import Reminder
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.keeping import Line

PARIS = ZoneInfo("Europe/Paris")
INES = Actor("ines", Role.NURSE)
POLICY = parse(
    """
    [person.benali]
    name = "Dr Benali"
    address = { push = "benali", sms = "+33612345601" }
    [person.equipe]
    name = "Soignant de garde"
    address = { tablet = "ines", espa = "101" }
    [[ladder.medium]]
    after = 0
    tell = ["device:screens", "role:soin"]
    channels = ["screen", "espa"]
    [[shift]]
    role = "soin"
    who = ["equipe"]
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    from = 00:00:00
    to = 00:00:00
    """,
    "policy.toml",
)


class House:
    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.clock = ManualClock()
        now = self.clock.utc()
        self.acting = Acting(self.database, SqliteTimeSeries(self.database), self.clock)
        self.desk = Desk(self.database, self.clock, self.acting, PARIS)
        with self.database.write() as connection:
            records.add_room(connection, Room("12", "Chambre 12"))
            records.add_resident(connection, Resident("jeanne", "MARTIN", "Jeanne", 1935, now))
        Accounts(self.database).add_user(User("benali", "Dr Benali", "physician", "", False, now))

    def planned(self, later: int, *, on_slot: bool) -> Act:
        act = self.acting.open(Opening(Kind.CONSULTATION, "jeanne", "Toux"), INES)
        at = self.clock.utc() + later
        if not on_slot:
            return self.acting.step(act.id, Doing("plan", 1, fields={"at": at}), INES)
        [slot] = self.desk.give("benali", Giving(at, 20), "benali")
        return self.desk.book(act.id, Wanted(slot.id, 1), INES)

    def reminding(self, *channels: Line) -> Reminding:
        return Reminding(
            self.database, self.clock, lambda: POLICY, lambda: channels, lambda: {"jeanne": "Chambre 12"}
        )

    def told(self, act: Act) -> list[Reminder]:
        with self.database.read() as connection:
            return slots.reminders(connection, [act.id])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "hub.db")


async def test_the_physician_and_who_is_on_duty_are_told_once_in_time_and_without_a_name(
    house: House,
) -> None:
    push, pager = Line("push"), Line("espa")
    reminding = house.reminding(push, pager)
    act = house.planned(60 * MINUTE, on_slot=True)
    await reminding.look()
    assert push.sent == []
    house.clock.advance(60 * MINUTE - BEFORE + MINUTE)
    await reminding.look()
    await reminding.look()
    [mine], [duty] = push.sent, pager.sent
    assert (mine.address, duty.address) == ("benali", "101")
    assert (mine.code, mine.expires, mine.edge) == (REMINDER_CODE, slots.at_of(act), "")
    for notice in (mine, duty):
        assert "ch 12" in notice.text
        assert "MARTIN" not in repr(notice)
        assert "jeanne" not in repr(notice)
    assert {(one.recipient, one.channel, one.state) for one in house.told(act)} == {
        ("benali", "push", "sent"),
        ("equipe", "espa", "sent"),
    }


async def test_a_way_that_does_not_take_it_gives_way_to_the_next_and_is_tried_again(house: House) -> None:
    push, sms = Line("push", GiveUp("no device"), GiveUp("no device")), Line("sms", Retry("modem busy"))
    reminding = house.reminding(push, sms)
    act = house.planned(10 * MINUTE, on_slot=True)
    await reminding.look()
    [mine] = [one for one in house.told(act) if one.recipient == "benali"]
    assert (mine.channel, mine.state, mine.reason) == ("sms", "failed", "modem busy")
    [nobody] = [one for one in house.told(act) if one.recipient == "equipe"]
    assert (nobody.state, nobody.reason) == ("failed", "no way to them works")
    await reminding.look()
    assert [len(push.sent), len(sms.sent)] == [2, 2]
    assert push.sent[0].id == sms.sent[1].id
    assert [one.state for one in house.told(act) if one.recipient == "benali"] == ["sent"]


async def test_what_was_being_sent_when_the_hub_ended_is_sent_again(house: House) -> None:
    push = Line("push")
    act = house.planned(10 * MINUTE, on_slot=True)
    await house.reminding(push).look()
    [row] = [one for one in house.told(act) if one.recipient == "benali"]
    with house.database.write() as connection:
        slots.save_reminder(
            connection,
            Reminder(
                *(getattr(row, n) for n in ("id", "act", "at", "recipient", "channel")),
                "sending",
                "",
                row.time,
            ),
        )
    await house.reminding(push).look()
    assert [notice.id for notice in push.sent] == [row.id, row.id]


async def test_nobody_is_told_of_what_is_over_cancelled_or_begun(house: House) -> None:
    pager = Line("espa")
    act = house.planned(10 * MINUTE, on_slot=False)
    house.acting.step(act.id, Doing("cancel", 2, "Guérie"), INES)
    other = house.planned(12 * MINUTE, on_slot=False)
    house.clock.advance(13 * MINUTE)
    await house.reminding(pager).look()
    assert pager.sent == []
    assert house.told(other) == []
    third = house.planned(5 * MINUTE, on_slot=False)
    await house.reminding(pager).look()
    assert [one.recipient for one in house.told(third)] == ["equipe"]


def test_a_physician_whom_the_policy_does_not_name_is_told_on_their_devices() -> None:
    [first, duty] = people_of(POLICY, "durand", 1_790_000_000 * SECOND)
    assert (first.name, first.ways) == ("durand", (("push", "durand"),))
    assert duty.name == "equipe"


def test_a_reminder_says_room_and_hour_and_leaves_a_room_out_that_is_no_number() -> None:
    at = 1_790_000_000 * SECOND
    assert text_of("Chambre 12", at, PARIS) == "Téléconsultation ch 12 à 16 h 13"
    assert text_of("Chambre de Mme Martin", at, PARIS) == "Téléconsultation à 16 h 13"
