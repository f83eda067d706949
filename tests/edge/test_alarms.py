"""The room's own judgement on a time line: what is declared when, what rings when, what is kept."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Limit, Priority
from devices.measurement import Event, EventKind, Measurement
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import Verdict
from edge.alarms.hearing import PATIENCE, Hearing, Line
from edge.alarms.room import HANDOVER, MAX_ALARMS, RoomAlarms

T0 = BUILD_FLOOR
LOW = Limit("spo2-low", "spo2", Priority.HIGH, low=88, delay=2, hysteresis=2)
WIDE = Limit("hr", "heart_rate", Priority.MEDIUM, low=40, high=120)
IDLE = Line(connected=True, numbered=0, acknowledged=0, waiting=0)


def at(seconds: float) -> int:
    return T0 + round(seconds * SECOND)


def spo2(value: float, seconds: float, flags: Quality = NO_DOUBT) -> Measurement:
    return Measurement("oximeter", "spo2", value, at(seconds), flags)


def call(seconds: float, identity: str = "1") -> Event:
    return Event("bell", EventKind.NURSE_CALL, at(seconds), identity)


class Room:
    """A room on a time line; keeps what was told."""

    def __init__(self, *limits: Limit) -> None:
        self.alarms = RoomAlarms("boot")
        self.alarms.set_limits(limits or (LOW,), T0)
        self.told: list[Verdict] = []

    def say(self, *readings: Measurement | Event) -> None:
        for reading in readings:
            self.told += self.alarms.take(reading, reading.time)

    def look(self, second: float = 0, *, away: bool, had: float | None = None) -> None:
        """Look at a second of the monotonic clock, when the hub has what was on disk at second `had`."""
        known = None if had is None else round(had * SECOND)
        self.told += self.alarms.look(round(second * SECOND), away=away, had=known)

    @property
    def ringing(self) -> list[str]:
        return [alarm.key for alarm in self.alarms.alarms() if alarm.ringing]


@pytest.fixture
def room() -> Room:
    return Room()


# ---- what is declared ----


@pytest.mark.parametrize("second", [3.19, 1.3, 2.5])
def test_nothing_is_declared_before_the_delay_is_over(room: Room, second: float) -> None:
    room.say(spo2(85, 1.2), spo2(85, second))
    assert room.told == []


def test_declared_when_the_delay_is_over_with_the_onset_of_the_crossing(room: Room) -> None:
    room.say(spo2(85, 1.2), spo2(83, 2.2), spo2(86, 3.2))
    (verdict,) = room.told
    assert (verdict.onset, verdict.declared, verdict.side, verdict.bound) == (at(1.2), at(3.2), "low", 88)
    assert (verdict.worst, verdict.cleared, verdict.rang) == (86, None, False)


def test_a_value_that_cannot_be_trusted_decides_nothing(room: Room) -> None:
    room.say(spo2(85, 0), *(spo2(70, n, Quality.MOTION) for n in range(1, 10)))
    assert room.told == []


def test_a_value_whose_time_nobody_checked_is_judged_by_nobody(room: Room) -> None:
    room.say(*(spo2(70, n, Quality.DEVICE_TIME) for n in range(10)))
    assert room.told == []


def test_a_gap_counts_anew(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 61), spo2(85, 62.9))
    assert room.told == []
    room.say(spo2(85, 63))
    assert room.told[0].onset == at(61)


def test_it_ends_with_the_hysteresis_and_a_worse_value_is_told(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2), spo2(80, 3), spo2(89, 4), spo2(90, 5))
    assert [(v.worst, v.cleared, v.ending) for v in room.told] == [
        (85, None, ""),
        (80, None, ""),
        (80, at(5), "returned"),
    ]


def test_from_one_side_to_the_other_is_another_occurrence() -> None:
    room = Room(WIDE)
    room.say(Measurement("ecg", "heart_rate", 30, at(0)), Measurement("ecg", "heart_rate", 150, at(1)))
    assert [(v.side, v.onset, v.cleared, v.ending) for v in room.told] == [
        ("low", at(0), None, ""),
        ("low", at(0), at(1), "other_side"),
        ("high", at(1), None, ""),
    ]


def test_what_is_old_is_history(room: Room) -> None:
    assert room.alarms.take(spo2(70, 0), at(31)) == []
    assert room.alarms.take(spo2(70, 0), at(30)) == []
    room.say(spo2(70, 30), spo2(70, 32))
    assert room.told[0].onset == at(0)


def test_a_limit_that_is_withdrawn_ends_what_it_declared(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    (ended,) = room.alarms.set_limits((), at(3))
    assert (ended.onset, ended.cleared, ended.ending) == (at(0), at(3), "withdrawn")
    assert room.alarms.alarms() == []


def test_a_crossing_counts_anew_under_a_new_bound_and_an_alarm_goes_on(room: Room) -> None:
    room.say(spo2(85, 0))
    stricter = msgspec.convert({**msgspec.to_builtins(LOW), "low": 90}, Limit)
    room.alarms.set_limits((stricter,), at(1))
    room.say(spo2(85, 2), spo2(85, 3.9))
    assert room.told == []
    room.say(spo2(85, 4))
    assert room.told[0].onset == at(2)
    assert room.alarms.set_limits((LOW,), at(5)) == []
    room.say(spo2(91, 6))
    assert room.told[-1].cleared == at(6)


# ---- what rings ----


def test_the_room_is_quiet_while_the_hub_answers(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2), call(3))
    for second in range(30):
        room.look(second, away=False, had=second)
        assert room.ringing == []
    assert not any(verdict.rang for verdict in room.told)


def test_the_room_rings_when_the_hub_is_away_and_says_so_once(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(away=True)
    room.look(away=True)
    assert room.ringing == [f"spo2-low@{at(0)}"]
    assert [verdict.rang for verdict in room.told] == [False, True]


def test_the_room_rings_on_until_the_hub_must_have_rung(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(0, away=True)
    room.look(60, away=False)
    room.look(70, away=False, had=69)
    needed = LOW.delay + HANDOVER / SECOND
    room.look(70 + needed - 0.001, away=False, had=75)
    assert room.ringing
    room.look(70 + needed, away=False, had=76)
    assert room.ringing == []


def test_a_hub_that_goes_again_must_have_everything_again(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(0, away=True)
    room.look(60, away=False, had=59)
    room.look(61, away=True)
    room.look(70, away=False)
    assert room.ringing
    room.look(71, away=False, had=70.5)
    room.look(77.9, away=False, had=77)
    assert room.ringing
    room.look(78, away=False, had=77)
    assert room.ringing == []


def test_what_the_hub_had_before_an_alarm_says_nothing_of_it(room: Room) -> None:
    room.say(call(0))
    for second in range(10):
        room.look(second, away=False, had=1.9)
    room.look(10, away=True)
    assert room.ringing == ["bell/1"]


def test_what_ended_rings_no_more_and_stays_to_be_seen(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(away=True)
    room.say(spo2(95, 3))
    room.look(away=True)
    assert room.ringing == []
    (alarm,) = room.alarms.alarms()
    assert alarm.verdict.cleared == at(3)
    room.look(10, away=False, had=9)
    room.look(17, away=False, had=9)
    assert room.alarms.alarms() == []


def test_seen_in_the_room_silences_this_occurrence_and_no_other(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(away=True)
    (told,) = room.alarms.acknowledge(room.ringing[0], at(4))
    assert (told.acknowledged, told.rang) == (at(4), True)
    room.look(away=True)
    assert room.ringing == []
    room.say(spo2(80, 5), spo2(95, 6), spo2(80, 7), spo2(80, 9))
    assert [verdict.acknowledged for verdict in room.told[-3:]] == [at(4), at(4), None]
    room.look(away=True)
    assert room.ringing == [f"spo2-low@{at(7)}"]


def test_what_is_over_goes_once_it_was_seen(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    room.look(away=True)
    room.say(spo2(95, 3))
    (told,) = room.alarms.acknowledge(f"spo2-low@{at(0)}", at(4))
    assert (told.cleared, told.acknowledged) == (at(3), at(4))
    assert room.alarms.alarms() == []


def test_an_unknown_alarm_and_one_that_was_seen_change_nothing(room: Room) -> None:
    room.say(call(0))
    assert room.alarms.acknowledge("bell/2", at(1)) == []
    assert len(room.alarms.acknowledge("bell/1", at(1))) == 1
    assert room.alarms.acknowledge("bell/1", at(2)) == []


def test_a_call_rings_until_the_hub_has_it_and_once(room: Room) -> None:
    room.say(call(0))
    room.look(away=True)
    assert room.ringing == ["bell/1"]
    room.say(call(0))
    assert len(room.told) == 2
    room.look(3, away=False, had=2)
    room.look(7.9, away=False, had=7)
    assert room.ringing
    room.look(8, away=False, had=7)
    assert room.ringing == []
    room.say(call(0))
    assert room.alarms.alarms() == []


def test_events_of_lower_priority_do_not_wake_the_room(room: Room) -> None:
    room.say(Event("mat", EventKind.BED_EXIT, at(0), "1"), Event("mat", EventKind.FALL, at(1), "2"))
    assert [verdict.event for verdict in room.told] == ["2"]


def test_the_worst_stands_first() -> None:
    room = Room(LOW, WIDE)
    room.say(Measurement("ecg", "heart_rate", 150, at(0)), spo2(70, 0), spo2(70, 2))
    room.look(away=True)
    assert [alarm.priority for alarm in room.alarms.alarms()] == [Priority.HIGH, Priority.MEDIUM]


def test_alarms_are_bounded_and_the_bound_is_counted(room: Room) -> None:
    for number in range(MAX_ALARMS + 3):
        room.say(call(number, str(number)))
    assert len(room.alarms.alarms()) == MAX_ALARMS
    assert room.alarms.dropped == 3
    room.alarms.acknowledge("bell/0", at(100))
    room.say(call(101, "new"))
    assert "bell/new" in [alarm.key for alarm in room.alarms.alarms()]


def test_a_limit_beyond_the_bound_is_told_from_its_beginning_to_its_end(room: Room) -> None:
    for number in range(MAX_ALARMS):
        room.say(call(number, str(number)))
    room.say(spo2(85, 100), spo2(85, 102), spo2(95, 103))
    begun, ended = room.told[-2:]
    assert (begun.limit, begun.cleared, ended.cleared) == ("spo2-low", None, at(103))
    assert room.alarms.dropped == 1
    assert {alarm.verdict.event for alarm in room.alarms.alarms()} == {str(n) for n in range(MAX_ALARMS)}


# ---- what is kept ----


def restored(room: Room, *limits: Limit, boot: str = "boot") -> Room:
    again = Room(*limits or (LOW,))
    again.alarms = RoomAlarms(boot)
    again.alarms.set_limits(limits or (LOW,), T0)
    again.alarms.restore(room.alarms.kept())
    return again


def test_a_crossing_is_declared_after_a_restart_with_its_own_onset(room: Room) -> None:
    room.say(spo2(85, 0))
    again = restored(room)
    again.say(spo2(85, 2))
    assert again.told[0].onset == at(0)


def test_what_rang_rings_after_a_restart_and_what_was_seen_does_not(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2), call(3))
    room.look(away=True)
    room.alarms.acknowledge("bell/1", at(4))
    again = restored(room)
    again.look(away=True)
    assert again.ringing == [f"spo2-low@{at(0)}"]
    assert again.told == []
    again.say(call(3))
    assert again.told == []


def test_an_alarm_whose_limit_is_gone_is_not_taken_up(room: Room) -> None:
    room.say(spo2(85, 0), spo2(85, 2))
    assert restored(room, WIDE).alarms.alarms() == []


def test_monotonic_times_are_placed_and_of_another_boot_dropped() -> None:
    room = Room()
    readings = [Measurement("oximeter", "spo2", 85, second * SECOND) for second in (1, 3)]
    room.say(*readings)
    assert restored(room, boot="other").alarms.alarms() == []
    again = restored(room)
    again.alarms.place(T0)
    again.say(spo2(84, 4))
    assert [(v.onset, v.worst) for v in again.told] == [(at(1), 84)]


def test_only_what_has_no_time_yet_is_moved() -> None:
    room = Room(LOW, WIDE)
    room.say(
        call(0), Measurement("oximeter", "spo2", 85, SECOND), Measurement("oximeter", "spo2", 85, 3 * SECOND)
    )
    room.say(Measurement("ecg", "heart_rate", 150, at(0)))
    room.alarms.place(T0)
    found = [(alarm.key, alarm.verdict.onset) for alarm in room.alarms.alarms()]
    assert sorted(found) == [("bell/1", at(0)), (f"hr@{at(0)}", at(0)), (f"spo2-low@{at(1)}", at(1))]


def test_what_the_disk_damaged_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        RoomAlarms().restore(b"{")


# ---- whether the hub is there ----


def hearing(*looks: tuple[float, Line]) -> Hearing:
    made = Hearing()
    for second, line in looks:
        made.look(line, round(second * SECOND))
    return made


def line(acknowledged: int = 0, outstanding: int = 0, waiting: int = 0, *, connected: bool = True) -> Line:
    return Line(connected, acknowledged + outstanding, acknowledged, waiting)


def test_a_hub_that_is_asked_nothing_is_not_away() -> None:
    assert not hearing((0, IDLE), (1000, IDLE)).away


def test_without_an_acknowledgement_it_is_away_after_ten_seconds() -> None:
    asked = line(outstanding=1)
    assert not hearing((0, asked), (PATIENCE / SECOND - 0.01, asked)).away
    assert hearing((0, asked), (PATIENCE / SECOND, asked)).away


def test_without_a_connection_it_is_away_after_ten_seconds() -> None:
    cut = line(connected=False)
    assert not hearing((0, cut), (9.99, cut)).away
    assert hearing((0, cut), (10, cut)).away


def test_an_acknowledgement_is_what_brings_it_back() -> None:
    asked = line(outstanding=1)
    back = hearing((0, asked), (10, asked), (11, line(acknowledged=1, outstanding=1)))
    assert not back.away
    assert hearing((0, line(connected=False)), (10, line(connected=False)), (11, IDLE)).away


def test_it_has_what_was_on_disk_once_that_is_acknowledged() -> None:
    made = hearing((0, line(outstanding=3)))
    assert made.had is None
    made.look(line(acknowledged=2, outstanding=5), SECOND)
    assert made.had is None
    made.look(line(acknowledged=3, outstanding=5), 2 * SECOND)
    assert made.had == 0
    made.look(line(acknowledged=8, outstanding=5), 3 * SECOND)
    assert made.had == 2 * SECOND


def test_it_has_not_everything_while_a_backlog_waits_or_it_is_away() -> None:
    made = hearing((0, line(waiting=3)), (1, line(acknowledged=1, waiting=3)))
    assert made.had is None
    made.look(line(acknowledged=4), 2 * SECOND)
    made.look(line(acknowledged=4), 3 * SECOND)
    assert made.had == 2 * SECOND
    cut = line(acknowledged=4, connected=False)
    made.look(cut, 4 * SECOND)
    assert made.had == 2 * SECOND
    made.look(cut, 14 * SECOND)
    assert made.away
    assert made.had is None


def test_a_numbering_begun_anew_proves_nothing_of_before() -> None:
    made = hearing((0, line(acknowledged=50, outstanding=3)), (1, line(outstanding=53)))
    made.look(line(acknowledged=53), 2 * SECOND)
    assert made.had is None
    made.look(line(acknowledged=53), 3 * SECOND)
    assert made.had == 2 * SECOND


@given(
    st.lists(
        st.tuples(
            st.floats(60, 100), st.floats(0.1, 70), st.sampled_from([NO_DOUBT, Quality.MOTION]), st.booleans()
        ),
        max_size=60,
    )
)
def test_a_restart_at_any_instant_changes_no_verdict(
    steps: list[tuple[float, float, Quality, bool]],
) -> None:
    whole, cut, second = Room(LOW), Room(LOW), 0.0
    for value, pause, flags, dies in steps:
        second += pause
        whole.say(spo2(value, second, flags))
        cut.say(spo2(value, second, flags))
        if dies:
            told = cut.told
            cut = restored(cut)
            cut.told = told
    assert cut.told == whole.told


@pytest.mark.parametrize(
    ("stored", "ago", "told"), [(True, 600, 1), (True, 601, 0), (False, 30, 1), (False, 31, 0)]
)
def test_a_record_that_a_meter_kept_is_about_now_for_longer(*, stored: bool, ago: int, told: int) -> None:
    room = RoomAlarms()
    room.set_limits((Limit("bp", "systolic", Priority.HIGH, high=180.0),), at(-1000))
    taken = Measurement("cuff", "systolic", 212.0, at(-ago), stored=stored)
    assert len(room.take(taken, at(0))) == told
