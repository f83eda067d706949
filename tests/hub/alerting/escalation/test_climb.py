"""Time lines of one alert that nobody answers; exact to the microsecond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.audit import find_late
from hub.alerting.escalation.climb import PATIENCE, USEFUL, mode_of
from hub.alerting.escalation.model import Escalation, Ladder, Mode, Orders, Step
from hub.alerting.escalation.policy import BUILT_IN, parse
from hub.alerting.model import Alert, Code, Condition, Event, Response, Suppression
from tests.hub.alerting.escalation.conftest import FILE, HIGH, START, Ward

TICK = 1e-6
SCREENS = (0.0, "screens", "screen")
NOBODY = """
[[exchange]]
role = "ide"
who = []
from = 2000-01-01T00:00:00
to = 2100-01-01T00:00:00
reason = "the post is vacant"
"""


def taken(alert: Alert) -> Alert:
    return replace(alert, response=Response.TAKEN, taken_by="luc")


def test_an_alert_that_nobody_answers_climbs_every_step(ward: Ward) -> None:
    assert ward.turn(HIGH) == [SCREENS]
    assert ward.at(60 - TICK) == []
    assert ward.at(60) == [(60, "pager", "espa")]
    assert ward.at(180 - TICK) == []
    assert ward.at(180) == [(180, "anne", "email"), (180, "luc", "sms")]
    assert ward.at(600 - TICK) == []
    assert ward.at(600) == [(600, "dr", "sms")]
    assert ward.log[ward.last.tellings[0].id].say == "APPELER LE 15"
    assert ward.escalator.due == START + 1500 * SECOND


def test_all_begins_again_when_nobody_answered_at_the_end_and_the_log_says_so(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(600)
    assert ward.at(1500 - TICK) == []
    assert ward.at(1500) == [(1500, "screens", "screen")]
    assert ward.last.tellings[0].reason == "raised, round 2"
    assert ward.at(1560) == [(1560, "pager", "espa")]
    assert ward.last.tellings[0].reason == "nobody answered in 60 s, round 2"


def test_a_ladder_may_end(ward: Ward) -> None:
    medium = replace(HIGH, priority=Priority.MEDIUM)
    assert ward.turn(medium) == []
    assert ward.at(30) == [(30, "luc", "sms")]
    assert ward.escalator.due is None
    assert ward.at(100_000) == []
    # Handed over when all was told: it asks for somebody again.
    ward.turn(taken(medium))
    assert ward.at(100_010, medium) == []
    assert ward.at(100_040) == [(100_040, "luc", "sms")]


@pytest.mark.parametrize("response", [Response.TAKEN, Response.ACKNOWLEDGED])
def test_an_answer_stops_it(ward: Ward, response: Response) -> None:
    ward.turn(HIGH)
    assert ward.at(59.999999, replace(HIGH, response=response)) == []
    assert ward.escalator.due is None
    assert ward.at(100_000) == []


def test_an_answer_in_the_very_turn_of_a_step_goes_first(ward: Ward) -> None:
    ward.turn(HIGH)
    assert ward.at(60, taken(HIGH)) == []


def test_handed_over_it_goes_on_with_the_time_that_was_left(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(50, taken(HIGH))
    assert ward.at(250, HIGH) == []
    assert ward.last.resumed == {"a1": 200 * SECOND}
    assert ward.at(260 - TICK) == []
    assert ward.at(260) == [(260, "pager", "espa")]


def test_a_silence_stills_a_high_alert_and_stops_none_of_its_steps(ward: Ward) -> None:
    """It could be renewed every two minutes, and nobody would ever be called."""
    ward.turn(HIGH)
    ward.at(10, replace(HIGH, suppression=Suppression.SILENCED))
    assert ward.disk["a1"].mode is Mode.CLIMBING
    assert ward.at(60 - TICK) == []
    assert ward.at(60) == [(60, "pager", "espa")]
    lesser = replace(HIGH, priority=Priority.MEDIUM, suppression=Suppression.SILENCED)
    assert mode_of(lesser) is Mode.PAUSED


def test_a_suppression_pauses_it_exactly_and_an_answer_within_adds_nothing(ward: Ward) -> None:
    ward.turn(HIGH)
    silenced = replace(HIGH, suppression=Suppression.INHIBITED)
    ward.at(10, silenced)
    ward.at(40, taken(silenced))
    ward.at(70, silenced)
    assert ward.disk["a1"].mode is Mode.PAUSED
    ward.at(130, HIGH)
    assert ward.at(180 - TICK) == []
    assert ward.at(180) == [(180, "pager", "espa")]


def test_an_alert_that_is_over_is_forgotten(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(5, replace(HIGH, condition=Condition.CLEARED))
    assert ward.last.over == {"a1": "the alert is over"}
    assert ward.disk["a1"].mode is Mode.OVER
    assert ward.at(100_000) == []


def test_an_end_that_nobody_saw_does_not_stop_it(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(5, replace(HIGH, condition=Condition.CLEARED, latched=True))
    assert ward.at(60) == [(60, "pager", "espa")]


def test_raised_and_over_in_one_turn_tells_nobody(ward: Ward) -> None:
    assert ward.turn(replace(HIGH, condition=Condition.CLEARED)) == []
    assert not ward.last


def test_raised_and_answered_in_one_turn_tells_nobody_until_it_is_handed_over(ward: Ward) -> None:
    assert ward.turn(taken(HIGH)) == []
    assert ward.at(7, HIGH) == [(7, "screens", "screen")]


def test_a_swinging_value_goes_on_climbing(ward: Ward) -> None:
    ward.turn(HIGH)
    again = replace(HIGH, id="a2", raised=START + 50 * SECOND)
    ward.now = 50
    ended = replace(HIGH, condition=Condition.CLEARED)
    assert ward.turn(ended, again, events=(("a1", Event.RESET), ("a2", Event.RAISED))) == []
    assert ward.last.moved == {"a1": "a2"}
    assert ward.at(60) == [(60, "pager", "espa")]
    assert ward.last.tellings[0].alert == "a2"


def test_what_somebody_had_seen_is_no_ladder_for_the_next_one(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(20, replace(HIGH, response=Response.ACKNOWLEDGED))
    ward.now = 50
    ended = replace(HIGH, condition=Condition.CLEARED)
    again = replace(HIGH, id="a2", raised=START + 50 * SECOND)
    assert ward.turn(ended, again, events=(("a1", Event.RESET),)) == [(50, "screens", "screen")]


def test_a_running_alert_keeps_the_policy_it_was_born_with(ward: Ward) -> None:
    """Trap 25."""
    ward.turn(HIGH)
    ward.policy = parse(FILE.replace("after = 60\n", "after = 5\n"), "x")
    ward.restart()
    assert ward.at(59) == []
    assert ward.at(60) == [(60, "pager", "espa")]
    other = ward.raised(id="b", limit_id="other")
    ward.turn(other)
    assert ward.at(65) == [(65, "pager", "espa")]


def test_steps_that_fell_due_while_the_hub_was_away_are_all_told_and_rounds_are_not(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.restart()
    told = ward.at(40_000)
    assert [due for due, _, _ in told] == [60, 180, 600]
    assert ward.escalator.due == START + 40_900 * SECOND


def test_an_alert_without_a_ladder_on_the_disk_begins_when_the_hub_does(ward: Ward) -> None:
    ward.alerts = {"a1": HIGH, "late": replace(HIGH, id="late", code=Code.ESCALATION_LATE)}
    ward.restart()
    assert ward.at(5000) == [(5000, "screens", "screen")]
    assert ward.escalator.due == START + 5060 * SECOND
    assert ward.disk.keys() == {"a1"}


def test_alerts_about_escalation_and_priorities_without_a_ladder_climb_nothing(ward: Ward) -> None:
    assert ward.turn(replace(HIGH, code=Code.ROTA_HOLE), replace(HIGH, id="b", priority=Priority.LOW)) == []
    assert ward.escalator.due is None


def test_a_restart_at_any_instant_tells_everybody_once(ward: Ward) -> None:
    ward.turn(HIGH)
    told = []
    for now in range(1, 700, 7):
        ward.restart()
        told += ward.at(now)
    assert [who for _, who, _ in told] == ["pager", "anne", "luc", "dr"]


def test_nobody_with_a_role_is_in_the_log_and_the_next_step_does_not_wait(ward: Ward) -> None:
    text = FILE.replace('tell = ["role:ide", "person:luc"]', 'tell = ["role:ide"]')
    ward.policy = parse(text + NOBODY, "x")
    ward.restart()
    ward.turn(HIGH)
    ward.at(60)
    assert ward.at(180) == [(180, "role:ide", ""), (180, "dr", "sms")]
    hole, _ = ward.last.tellings
    assert (hole.possible, hole.reason) == (False, "nobody has the role ide at this time")


def test_a_hole_is_said_until_somebody_answers(ward: Ward) -> None:
    ward.policy = parse(FILE.replace('{ email = "anne@tilleuls.example" }', "{}"), "x")
    ward.restart()
    ward.turn(HIGH)
    assert ward.escalator.holes() == []
    ward.at(180)
    [trouble] = ward.escalator.holes()
    assert (trouble.edge, trouble.resident, trouble.detail) == ("e1", "r1", "anne")
    assert [t.reason for t in ward.last.tellings if not t.possible] == ["anne has no address for sms, email"]
    # Luc was there to be told: the doctor is not called early.
    assert ward.escalator.due == START + 600 * SECOND
    ward.turn(taken(HIGH))
    assert ward.escalator.holes() == []


def test_a_ladder_of_nothing_but_holes_does_not_run_wild(ward: Ward) -> None:
    text = FILE.replace("address = { sms =", "address = {} # ").replace(
        '{ email = "anne@tilleuls.example" }', "{}"
    )
    text = text.replace('address = { espa = "101" }', "address = {}").replace(
        '"device:screens"', '"person:anne"'
    )
    ward.policy = parse(text, "x")
    ward.restart()
    told = ward.turn(HIGH)
    assert [who for _, who, _ in told] == ["anne", "pager", "anne", "luc", "dr"]
    assert ward.at(899) == []
    assert ward.escalator.due == START + 900 * SECOND


def test_nobody_is_told_twice_in_one_step(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(60)
    assert ward.at(12 * 3600)[0:1] == [(180, "luc", "sms")]
    assert [t.role for t in ward.last.tellings if t.step == 2] == ["ide"]


def test_a_step_that_reached_nobody_hurries_the_next_one_once(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.now = 10
    ward.escalator.hurry("unknown", 0, 0, ward.utc)
    ward.escalator.hurry("a1", 0, 1, ward.utc)
    assert ward.turn() == []
    ward.escalator.hurry("a1", 0, 0, ward.utc)
    ward.escalator.hurry("a1", 0, 0, ward.utc)
    assert ward.turn() == [(10, "pager", "espa")]
    assert ward.at(130 - TICK) == []
    assert [who for _, who, _ in ward.at(130)] == ["anne", "luc"]
    ward.turn(taken(HIGH))
    ward.escalator.hurry("a1", 0, 2, ward.utc)
    assert ward.turn() == []


def test_a_channel_is_tried_longer_when_it_is_the_last(ward: Ward) -> None:
    ward.turn(HIGH)
    ward.at(180)
    anne, luc = [t for t in ward.last.tellings if t.step == 2]
    assert anne.rest == ()
    assert anne.expires == ward.utc + USEFUL
    assert luc.rest == (("email", "luc@tilleuls.example"),)
    assert luc.expires == ward.utc + PATIENCE


def test_the_same_alert_gives_the_same_identities(ward: Ward) -> None:
    ward.turn(HIGH)
    other = Ward()
    other.turn(HIGH)
    assert list(ward.log) == list(other.log)


def test_without_a_file_the_screens_are_told_again_and_again() -> None:
    ward = Ward(BUILT_IN)
    assert ward.turn(HIGH) == [SCREENS]
    assert ward.at(300) == [(300, "screens", "screen")]


def test_what_an_alert_asks_for() -> None:
    assert mode_of(HIGH) is Mode.CLIMBING
    assert mode_of(replace(HIGH, suppression=Suppression.OUT_OF_SERVICE)) is Mode.PAUSED
    assert mode_of(taken(replace(HIGH, suppression=Suppression.SILENCED))) is Mode.HELD
    assert not Orders()


# ---- the auditor ----

CLIMB = Escalation("a1", Ladder((Step(0, ("device:screens",), ("screen",)), Step(60, ("device:pager",), ("espa",)))), START)  # fmt: skip
TOLD = frozenset({("a1", 0, 0)})


def late(climb: Escalation | None, now: float, alert: Alert = HIGH, told: frozenset[tuple[str, int, int]] = TOLD) -> str:  # fmt: skip
    climbs = {} if climb is None else {climb.alert: climb}
    found = find_late([alert], climbs, told, {Priority.HIGH}, START + round(now * SECOND))
    return "".join(trouble.detail for trouble in found)


def test_the_auditor_finds_every_kind_of_lateness() -> None:
    """Trap 24: each of them can fire, a microsecond after its second of grace."""
    second = replace(CLIMB, step=1)
    assert late(None, 1) == ""
    assert late(None, 1 + TICK) == "no ladder was begun"
    assert late(None, 99, replace(HIGH, priority=Priority.LOW)) == ""
    assert late(second, 61) == ""
    assert late(second, 61 + TICK) == "step 2 is late"
    assert late(second, 10, told=frozenset()) == "step 1 was told to nobody"
    assert late(replace(second, inherited=True), 10, told=frozenset()) == ""
    assert late(replace(CLIMB, step=2), 900, told=TOLD | {("a1", 0, 1)}) == ""
    held = replace(second, mode=Mode.HELD, since=START)
    assert late(held, 1) == ""
    assert late(held, 1 + TICK) == "stands held"


def test_the_auditor_says_nothing_of_what_need_not_climb() -> None:
    assert late(None, 99, taken(HIGH)) == ""
    assert late(None, 99, replace(HIGH, code=Code.ESCALATION_LATE)) == ""
    two = [HIGH, replace(HIGH, id="a2")]
    assert len(find_late(two, {}, TOLD, {Priority.HIGH}, START + 99 * SECOND)) == 1
