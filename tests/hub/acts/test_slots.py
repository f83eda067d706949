"""Slots: spread over weeks and a change of the clock, overlapping, held by acts, taken and withdrawn; and the calendar."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from devices.clock import SECOND, to_datetime
from hub.acts import slots
from hub.acts.feed import Appointment, calendar, number_of
from hub.acts.model import Act, Kind
from hub.acts.slots import (
    AHEAD,
    MINUTE,
    Giving,
    Slot,
    SlotError,
    SlotGoneError,
    SlotTakenError,
    SlotTimeError,
    holds,
    may_be_taken,
    may_be_withdrawn,
    overlapping,
    spread,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = 1_790_000_000 * SECOND
SLOT = Slot("s1", "benali", NOW + 60 * MINUTE, 20, "benali", NOW)


def act(state: str = "planned", at: int = SLOT.begins, kind: Kind = Kind.CONSULTATION) -> Act:
    return Act("a1", kind, "jeanne", state, NOW, "ines", "Toux", fields={"at": at})


def test_the_slots_of_later_weeks_begin_at_the_same_hour_across_the_end_of_summer_time() -> None:
    # 2026-10-20 14:00 in Paris, summer time; a week later it is winter.
    begins = 1_792_497_600 * SECOND
    found = spread(Giving(begins + 31 * SECOND, 15, count=2, weeks=2), PARIS, NOW)
    hours = [f"{to_datetime(each).astimezone(PARIS):%d %H:%M:%S}" for each in found]
    assert hours == ["20 14:00:00", "20 14:15:00", "27 14:00:00", "27 14:15:00"]
    assert found[2] - found[0] == (7 * 24 + 1) * 60 * MINUTE


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 4},
        {"minutes": 121},
        {"count": 0},
        {"count": 49},
        {"weeks": 0},
        {"weeks": 27},
        {"begins": NOW},
        {"begins": NOW + AHEAD + 1},
    ],
)
def test_what_cannot_be_given(change: dict[str, int]) -> None:
    with pytest.raises(SlotTimeError):
        spread(replace(Giving(NOW + 1, 20), **change), PARIS, NOW)


@given(st.integers(-60, 60), st.integers(5, 60))
def test_two_slots_overlap_exactly_when_they_share_a_minute(later: int, minutes: int) -> None:
    other = replace(SLOT, id="s2", begins=SLOT.begins + later * MINUTE, minutes=minutes)
    mine = set(range(20))
    theirs = set(range(later, later + minutes))
    assert (overlapping(other, [SLOT]) is SLOT) == bool(mine & theirs)
    assert overlapping(replace(other, physician="durand"), [SLOT]) is None
    assert overlapping(other, [replace(SLOT, withdrawn=NOW)]) is None


def test_an_act_holds_its_slot_for_as_long_as_it_is_planned_for_that_time() -> None:
    assert all(holds(act(state), SLOT) for state in ("planned", "waiting", "running", "in_charge"))
    assert not any(holds(act(state), SLOT) for state in ("cancelled", "declined", "missed"))
    assert not holds(act(at=SLOT.begins + MINUTE), SLOT)
    assert not holds(act(kind=Kind.SURVEILLANCE), SLOT)


def test_a_slot_is_taken_once_before_it_begins_and_withdrawn_while_it_is_free() -> None:
    may_be_taken(SLOT, None, "a1", NOW)
    may_be_taken(SLOT, "a1", "a1", NOW)
    may_be_withdrawn(SLOT, None)
    refusals: list[tuple[type[SlotError], Slot, str | None, int]] = [
        (SlotTakenError, SLOT, "a2", NOW),
        (SlotTimeError, SLOT, None, SLOT.begins),
        (SlotGoneError, replace(SLOT, withdrawn=NOW), None, NOW),
    ]
    for error, slot, holder, now in refusals:
        with pytest.raises(error):
            may_be_taken(slot, holder, "a1", now)
    with pytest.raises(SlotTakenError):
        may_be_withdrawn(SLOT, "a2")
    assert slots.SlotOverlapError.code == "slot_overlaps"


@pytest.mark.parametrize(
    ("room", "number"),
    [
        ("Chambre 12", "12"),
        ("ch. 104B", "104B"),
        ("12 bis", "12 bis"),
        ("A12", "A12"),
        ("", ""),
        ("Chambre de Mme Martin", ""),
        ("Salon 3 Martin", ""),
        ("12 Martin", ""),
    ],
)
def test_a_room_s_number_leaves_and_its_name_does_not(room: str, number: str) -> None:
    assert number_of(room) == number


def test_an_event_s_name_is_the_same_tomorrow_and_another_one_in_another_calendar() -> None:
    one = Appointment("act-of-jeanne", SLOT.begins, 20, "12", 2, NOW)
    texts = [calendar([one], b"secret-1"), calendar([one], b"secret-1"), calendar([one], b"secret-2")]
    names = [str(Calendar.from_ical(text).walk("VEVENT")[0]["uid"]) for text in texts]
    assert names[0] == names[1] != names[2]
    assert b"jeanne" not in b"".join(texts)
    [event] = Calendar.from_ical(calendar([replace(one, room="")], b"k")).walk("VEVENT")
    assert str(event["summary"]) == "Téléconsultation"
    assert (event["class"], int(event["sequence"])) == ("PRIVATE", 2)
