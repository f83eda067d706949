"""A question that nobody answers: the home is reminded, then it rings, until it is answered."""

from __future__ import annotations

import pytest

from devices.clock import SECOND
from hub.acts.machines import expertise
from hub.acts.model import Act, Kind
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code
from hub.expertises import Experts, waiting

HOUR = 3600 * SECOND
NOW = 1_800_000_000 * SECOND
EDGES = {"jeanne": "room-12", "marie": None}
DUE, LATE = Code.EXPERTISE_DUE, Code.EXPERTISE_LATE


def asked(resident: str, hours: float, within: float = 24, key: str = "") -> Act:
    """Return a question that was sent some hours ago."""
    facts = expertise.sending(NOW - round(hours * HOUR), round(within * HOUR))
    name = key or f"{resident}-{hours:g}"
    return Act(name, Kind.EXPERTISE, resident, "sent", 0, "ines", "plaie", fields=facts)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (asked("jeanne", 17.9), None),
        (asked("jeanne", 18), DUE),
        (asked("jeanne", 23.9), DUE),
        (asked("jeanne", 24), LATE),
        (asked("jeanne", 5.9, within=8), None),
        (asked("jeanne", 6, within=8), DUE),
        (asked("jeanne", 8, within=8), LATE),
        (asked("who left", 48), None),
    ],
)
def test_what_rings_when(act: Act, code: Code | None) -> None:
    found = waiting([act], EDGES, NOW)
    assert found == {
        each: (Trouble("room-12", "jeanne", act.id),) if each is code else () for each in (LATE, DUE)
    }


def test_a_room_rings_for_what_was_due_first() -> None:
    found = waiting(
        [asked("jeanne", 25), asked("jeanne", 30), asked("marie", 19), asked("jeanne", 20)], EDGES, NOW
    )
    assert found[LATE] == (Trouble("room-12", "jeanne", "jeanne-30"),)
    assert found[DUE] == (Trouble("", "marie", "marie-19"), Trouble("room-12", "jeanne", "jeanne-20"))


def test_clocks_that_go_forward_change_no_elapsed_time() -> None:
    # Sheet 08: sent 2026-03-28 20:00 in Paris, due 24 h later, which the wall says is 21:00.
    sent = 1_774_724_400 * SECOND
    assert expertise.answer_by(expertise.sending(sent, 24 * HOUR)) == 1_774_810_800 * SECOND


@pytest.mark.parametrize(
    ("within", "urgency", "until_midnight", "due"),
    [
        (48.0, "routine", 5.0, 48.0),
        (48.0, "within_24h", 5.0, 24.0),
        (48.0, "today", 5.0, 5.0),
        (48.0, "today", 0.2, 2.0),
        (1.0, "today", 5.0, 1.0),
        (12.0, "within_24h", 5.0, 12.0),
    ],
)
def test_urgency_makes_the_time_shorter(
    within: float, urgency: str, until_midnight: float, due: float
) -> None:
    day_ends = NOW + round(until_midnight * HOUR)
    facts = expertise.sending(NOW, round(within * HOUR), urgency, day_ends)
    assert expertise.answer_by(facts) == NOW + round(due * HOUR)
    assert expertise.answer_by({}) is None


def test_who_is_asked_by_which_name() -> None:
    experts = Experts({"derm": "Dermatologie"}, {"derm": frozenset({"benali"})})
    assert experts.asked_as("benali") == {"@derm"}
    assert experts.asked_as("ines") == frozenset()
