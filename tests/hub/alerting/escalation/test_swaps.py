"""Exchanges of turns: what is possible, what they change, and that the ladder asks them at once."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.model import Ladder, Step
from hub.alerting.escalation.policy import Contact, Policy
from hub.alerting.escalation.rota import Exchange, Rota, Shift, daily, on_duty, roles, timetable
from hub.alerting.escalation.swaps import (
    Recorded,
    Swap,
    SwapError,
    SwapRefusal,
    exchange_of,
    in_force,
    undo,
)
from hub.alerting.model import Alert, Changes, Code

PARIS = ZoneInfo("Europe/Paris")
EIGHT, SEVEN = datetime.time(20), datetime.time(7)
ROTA = Rota(
    "Europe/Paris",
    (
        Shift("ide", ("anne", "eve"), EIGHT, SEVEN),
        Shift("ide", ("luc",), SEVEN, EIGHT, ("mon", "tue", "wed", "thu", "fri")),
        Shift("medecin", ("blanc",)),
    ),
)
PEOPLE = {"anne", "eve", "luc", "blanc"}
HOUR = 3600 * SECOND


def at(day: int, hour: int, month: int = 11) -> int:
    return round(datetime.datetime(2026, month, day, hour, tzinfo=PARIS).timestamp()) * SECOND


NOW = at(23, 12)
"A Monday, noon."
NIGHT = Swap("ide", "anne", "luc", at(25, 20), at(26, 7), "maladie")


def made(swap: Swap = NIGHT, rota: Rota = ROTA, key: str = "x1", now: int = NOW) -> Recorded:
    taken, exchange = exchange_of(rota, PEOPLE, swap, now)
    return Recorded(key, exchange, taken, "cadre", now)


def merged(*recorded: Recorded) -> Rota:
    return msgspec.structs.replace(ROTA, exchanges=ROTA.exchanges + in_force(ROTA, recorded))


def test_a_timetable_has_no_gap_and_shows_holes() -> None:
    turns = timetable(ROTA, "ide", at(27, 12), at(30, 12))
    assert [(turn.who, (turn.end - turn.start) // HOUR) for turn in turns] == [
        (("luc",), 8),
        (("anne", "eve"), 11),
        ((), 13),
        (("anne", "eve"), 11),
        ((), 13),
        (("anne", "eve"), 11),
        (("luc",), 5),
    ]
    assert all(one.end == after.start for one, after in itertools.pairwise(turns))
    assert roles(ROTA) == ("ide", "medecin")


@pytest.mark.parametrize(("day", "month", "hours"), [(28, 3, 10), (24, 10, 12)])
def test_a_night_with_a_change_of_the_hour_is_as_long_as_it_is(day: int, month: int, hours: int) -> None:
    turns = timetable(ROTA, "ide", at(day, 20, month), at(day + 1, 7, month))
    assert [(turn.who, (turn.end - turn.start) // HOUR) for turn in turns] == [(("anne", "eve"), hours)]


def test_who_is_always_there_has_a_turn_a_day() -> None:
    turns = list(daily("Europe/Paris", SEVEN, timetable(ROTA, "medecin", at(23, 3), at(25, 12))))
    assert [(turn.start, turn.end) for turn in turns] == [
        (at(23, 3), at(23, 7)),
        (at(23, 7), at(24, 7)),
        (at(24, 7), at(25, 7)),
        (at(25, 7), at(25, 12)),
    ]
    assert {turn.who for turn in turns} == {("blanc",)}
    late = next(iter(daily("Europe/Paris", SEVEN, timetable(ROTA, "medecin", at(23, 9), at(25, 12)))))
    assert late.end == at(24, 7)
    hole = timetable(ROTA, "kine", at(23, 9), at(30, 9))
    assert list(daily("Europe/Paris", SEVEN, hole)) == hole


def test_a_swap_takes_one_persons_place_and_nobody_elses() -> None:
    rota = merged(made())
    assert on_duty(rota, "ide", at(25, 21)) == ("luc", "eve")
    assert on_duty(rota, "ide", at(24, 21)) == ("anne", "eve")
    assert on_duty(rota, "ide", at(26, 8)) == ("luc",)
    # From an exchange of the file, the next one goes on.
    again = made(Swap("ide", "luc", "blanc", at(26, 1), at(26, 5), "fatigue"), rota, "x2")
    rota = merged(made(), again)
    assert on_duty(rota, "ide", at(26, 2)) == ("blanc", "eve")
    assert on_duty(rota, "ide", at(26, 6)) == ("luc", "eve")


def test_what_is_past_of_a_turn_stays() -> None:
    now = at(25, 23) + 90 * SECOND
    recorded = made(replace(NIGHT, start=at(25, 20)), now=now)
    assert recorded.swap.start == at(25, 23) + 60 * SECOND
    rota = merged(recorded)
    assert on_duty(rota, "ide", at(25, 22)) == ("anne", "eve")
    assert on_duty(rota, "ide", now) == ("luc", "eve")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"start": at(22, 20), "end": at(23, 7)}, SwapRefusal.PAST),
        ({"start": at(26, 7), "end": at(25, 20)}, SwapRefusal.ORDER),
        ({"end": at(25, 20) + 15 * 24 * HOUR}, SwapRefusal.ORDER),
        ({"start": at(25, 20) + 500 * 24 * HOUR, "end": at(26, 7) + 500 * 24 * HOUR}, SwapRefusal.ORDER),
        ({"reason": " \n"}, SwapRefusal.NO_REASON),
        ({"role": "kine"}, SwapRefusal.ROLE),
        ({"comes": "nobody"}, SwapRefusal.PERSON),
        ({"leaves": "nobody"}, SwapRefusal.PERSON),
        ({"leaves": "luc", "comes": "blanc"}, SwapRefusal.NOT_ON_DUTY),
        ({"end": at(26, 9)}, SwapRefusal.NOT_ON_DUTY),
        ({"comes": "eve"}, SwapRefusal.ALREADY_ON_DUTY),
    ],
)
def test_what_is_not_possible_is_refused(change: dict[str, object], refusal: SwapRefusal) -> None:
    values = {name: getattr(NIGHT, name) for name in Swap.__slots__} | change
    with pytest.raises(SwapError) as caught:
        made(Swap(**values))
    assert caught.value.refusal is refusal


def test_undone_before_it_began_it_never_was() -> None:
    undone = replace(made(), undone=at(24, 12), undone_by="cadre")
    assert in_force(ROTA, [undone]) == ()
    assert on_duty(merged(undone), "ide", at(25, 21)) == ("anne", "eve")


def test_undone_in_the_middle_it_was_until_then() -> None:
    rota = merged(replace(made(), undone=at(26, 1), undone_by="cadre"))
    assert on_duty(rota, "ide", at(25, 23)) == ("luc", "eve")
    assert on_duty(rota, "ide", at(26, 2)) == ("anne", "eve")


def test_undoing_needs_something_that_is_in_force_and_not_built_upon() -> None:
    first = made()
    later = made(Swap("ide", "luc", "blanc", at(26, 1), at(26, 5), "fatigue"), merged(first), "x2")
    elsewhere = made(Swap("ide", "anne", "blanc", at(27, 20), at(28, 7), "congé"), key="x3")
    role = made(Swap("medecin", "blanc", "luc", at(26, 1), at(26, 5), "congé"), key="x4")
    assert undo([first, elsewhere, role], "x1", NOW) is first
    assert undo([first, later], "x2", NOW) is later
    gone = replace(later, undone=NOW, undone_by="cadre")
    assert undo([first, gone], "x1", NOW) is first
    for recorded, key, now, refusal in (
        ([first, later], "x1", NOW, SwapRefusal.BUILT_UPON),
        ([first], "x9", NOW, SwapRefusal.UNKNOWN),
        ([gone], "x2", NOW, SwapRefusal.UNKNOWN),
        ([first], "x1", at(26, 7), SwapRefusal.PAST),
    ):
        with pytest.raises(SwapError) as caught:
            undo(recorded, key, now)
        assert caught.value.refusal is refusal


def test_a_step_that_is_due_asks_the_exchange_that_was_just_made() -> None:
    ladder = Ladder((Step(60.0, ("role:ide",), ("sms",)),))
    people = {name: Contact(name, {"sms": f"+3361234560{n}"}) for n, name in enumerate(sorted(PEOPLE))}
    escalator = Escalator(Policy({Priority.HIGH: ladder}, people, {}, ROTA))
    born = at(25, 22)
    alert = Alert("a1", Code.NURSE_CALL, Priority.HIGH, "e1", "r1", born, born, latched=True)
    escalator.follow(Changes({"a1": alert}), born)
    escalator.take_orders()
    escalator.set_rota(merged(made()))
    assert escalator.policy.rota.exchanges == in_force(ROTA, [made()])
    escalator.tick(born + 60 * SECOND)
    assert [telling.recipient for telling in escalator.take_orders().tellings] == ["luc", "eve"]


def test_an_exchange_of_the_file_is_a_mark_of_the_timetable_too() -> None:
    ten, eleven = (datetime.datetime.fromisoformat(f"2026-11-25T{hour}:00") for hour in (22, 23))
    night = Exchange("ide", (), ten, eleven, "panne")
    other = Exchange("medecin", ("luc",), ten, eleven, "congé")
    rota = msgspec.structs.replace(ROTA, exchanges=(night, other))
    turns = timetable(rota, "ide", at(25, 20), at(26, 7))
    assert [(turn.who, turn.start) for turn in turns] == [
        (("anne", "eve"), at(25, 20)),
        ((), at(25, 22)),
        (("anne", "eve"), at(25, 23)),
    ]
