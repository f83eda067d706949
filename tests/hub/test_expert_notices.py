"""Which expert is told that a question waits, when, by which way, and in which words: pure, on a time line."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND
from hub.acts.machines import expertise
from hub.acts.model import Act, Kind, Step
from hub.alerting.escalation.policy import Contact
from hub.expert_notices import (
    LONGEST_PAUSE,
    TRIES,
    Due,
    Missing,
    Question,
    Reach,
    after,
    audience,
    due,
    reach_of,
    text_of,
    useful_until,
)
from hub.expertises import Experts
from hub.store.expert_tellings import Occasion, Stand, Telling

HOUR = 3600 * SECOND
PARIS = ZoneInfo("Europe/Paris")
SENT = 1_800_000_000 * SECOND
"At nine in the morning, in Paris."
BOTH = Reach(((("push", "roux"),), (("email", "roux@chu.example"), ("sms", "+33612345601"))))
MAIL = Reach(((("email", "roux@chu.example"), ("sms", "+33612345601")),))
EXPERTS = Experts({"derm": "Dermatologie"}, {"derm": frozenset({"roux", "weber", "ines"})})
ALL = ("push", "email", "sms", "espa")


def question(*events: tuple[str, str], to: str = "roux", urgency: str = "routine") -> Question:
    """Return a question that was sent by ines, and what happened to it since, as (event, author)."""
    facts = expertise.sending(SENT, 24 * HOUR)
    steps = [
        Step("q", 1, SENT - HOUR, "open", "ines", "", "draft"),
        Step("q", 2, SENT, "send", "ines", "", "sent"),
    ]
    state = "sent"
    for number, (event, author) in enumerate(events, 3):
        state = expertise.TABLE[(expertise.State(state), expertise.Event(event))]
        steps.append(Step("q", number, SENT + number * SECOND, event, author, "", state))
    fields = {"to": to, "urgency": urgency, **facts}
    act = Act("q", Kind.EXPERTISE, "jeanne", state, SENT - HOUR, "ines", "Plaie", fields=fields)
    return Question(act, tuple(steps), PARIS)


def ways(found: tuple[Due, ...]) -> list[tuple[str, str, str]]:
    return [(one.expert, one.occasion.value, one.way[0] if one.way else one.reason) for one in found]


def at(hours: float) -> int:
    return SENT + round(hours * HOUR)


def told(one: Due, hours: float, reason: str | None = None, wait: float | None = None) -> Telling:
    return after(one, reason, wait, at(hours))


def test_who_is_asked_is_told_once_by_each_way_and_reminded_once() -> None:
    asked = question()
    first = due(asked, {"roux": BOTH}, (), at(0))
    assert ways(first) == [("roux", "asked", "push"), ("roux", "asked", "email")]
    known = [told(one, 0) for one in first]
    assert due(asked, {"roux": BOTH}, known, at(11.9)) == ()
    again = due(asked, {"roux": BOTH}, known, at(12))
    assert ways(again) == [("roux", "reminder", "push"), ("roux", "reminder", "email")]
    known += [told(one, 12) for one in again]
    assert due(asked, {"roux": BOTH}, known, at(20)) == ()


def test_what_a_process_that_ended_had_not_written_down_is_told_after_the_start() -> None:
    push, mail = due(question(), {"roux": BOTH}, (), at(0))
    assert due(question(), {"roux": BOTH}, [told(push, 0)], at(3)) == (mail,)


@pytest.mark.parametrize(
    "happened",
    [
        [("accept", "roux")],
        [("ask_more", "roux")],
        [("decline", "roux")],
        [("convert", "ines")],
        [("expire", "veilleuse")],
        [("abandon", "ines")],
        [("accept", "roux"), ("answer", "roux")],
        [("ask_more", "roux"), ("complete", "ines"), ("answer", "roux")],
    ],
)
def test_nobody_is_told_of_what_is_taken_or_over(happened: list[tuple[str, str]]) -> None:
    asked = question(*happened)
    assert audience(asked, EXPERTS) == ()


def test_what_was_asked_back_is_told_to_who_asked_back_and_nobody_is_reminded_of_it() -> None:
    asked = question(("ask_more", "weber"), ("complete", "ines"), to="@derm")
    assert audience(asked, EXPERTS) == ("weber",)
    [one] = due(asked, {"weber": MAIL}, (), at(20))
    assert (one.expert, one.occasion) == ("weber", Occasion.INFORMED)
    assert due(asked, {"weber": MAIL}, [told(one, 20)], at(23)) == ()


def test_a_group_is_told_without_who_asks() -> None:
    # Who sent a question may not answer it.
    assert audience(question(to="@derm"), EXPERTS) == ("roux", "weber")
    assert audience(question(to="@gone"), EXPERTS) == ("@gone",)
    assert audience(question(to="weber"), EXPERTS) == ("weber",)


def test_a_question_that_is_sent_anew_is_told_anew() -> None:
    first = question()
    [one] = due(first, {"roux": MAIL}, (), at(0))
    anew = question(("decline", "roux"), ("send", "ines"))
    assert ways(due(anew, {"roux": MAIL}, [told(one, 0)], at(1))) == [("roux", "asked", "email")]


def test_what_does_not_go_is_tried_again_ever_later_and_then_by_the_next_way() -> None:
    known: list[Telling] = []
    now, pauses = at(0), []
    for number in range(TRIES):
        [one] = due(question(), {"roux": MAIL}, known, now)
        assert (one.way, one.tries) == (("email", "roux@chu.example"), number)
        known = [after(one, "server busy", 1.0, now)]
        if number < TRIES - 1:
            assert known[0].again is not None
            assert due(question(), {"roux": MAIL}, known, known[0].again - 1) == ()
            pauses.append((known[0].again - now) // SECOND)
            now = known[0].again
    assert pauses == [30, 60, 120, 240, 480, 960, 1800]
    assert (known[0].state, known[0].reason, known[0].again) == (Stand.FAILED, "server busy", None)
    [one] = due(question(), {"roux": MAIL}, known, now)
    assert one.way == ("sms", "+33612345601")
    known.append(after(one, "no such number", None, now))
    assert known[-1].state is Stand.FAILED
    assert due(question(), {"roux": MAIL}, known, now) == ()


def test_a_channel_that_wants_more_time_is_given_it() -> None:
    [one] = due(question(), {"roux": MAIL}, (), at(0))
    assert after(one, "busy", 7200.0, at(0)).again == at(2)
    assert LONGEST_PAUSE < 2 * HOUR


def test_another_address_is_tried_after_the_first_has_failed_and_not_after_it_took() -> None:
    [one] = due(question(), {"roux": MAIL}, (), at(0))
    other = Reach(((("email", "roux@new.example"),),))
    assert ways(due(question(), {"roux": other}, [told(one, 0, "no such user")], at(1))) == [
        ("roux", "asked", "email")
    ]
    assert due(question(), {"roux": other}, [told(one, 0)], at(1)) == ()


def test_who_was_told_late_is_not_reminded_and_whom_nothing_reached_is_tried_again_at_half_time() -> None:
    [one] = due(question(), {"roux": MAIL}, (), at(13))
    assert one.occasion is Occasion.ASKED
    assert due(question(), {"roux": MAIL}, [told(one, 13)], at(14)) == ()
    only = Reach(((("email", "roux@chu.example"),),))
    failed = told(one, 1, "no such user")
    assert due(question(), {"roux": only}, [failed], at(11)) == ()
    assert ways(due(question(), {"roux": only}, [failed], at(12))) == [("roux", "reminder", "email")]
    # Once an answer is late the home's own alarm rings.
    assert due(question(), {"roux": only}, [failed], at(24)) == ()


@pytest.mark.parametrize(
    ("sent", "reminded"),
    [
        # The hours after nine in the morning at which it is sent, and at which they are reminded.
        (0, 12),
        (2, 22),
        (6, 22),
        (9.5, 22),
        (10.5, 22.5),
    ],
)
def test_nobody_is_reminded_in_the_night_when_the_morning_is_in_time(sent: float, reminded: float) -> None:
    asked = question()
    steps = tuple(replace(step, time=step.time + round(sent * HOUR)) for step in asked.steps)
    facts = expertise.sending(at(sent), 24 * HOUR)
    asked = replace(asked, act=replace(asked.act, fields={**asked.act.fields, **facts}), steps=steps)
    [one] = due(asked, {"roux": MAIL}, (), at(sent))
    known = [told(one, sent)]
    assert due(asked, {"roux": MAIL}, known, at(reminded) - SECOND) == ()
    assert ways(due(asked, {"roux": MAIL}, known, at(reminded))) == [("roux", "reminder", "email")]


def test_a_question_that_is_due_before_the_morning_reminds_in_the_night() -> None:
    asked = question()
    night = at(14)
    steps = tuple(replace(step, time=night) for step in asked.steps)
    facts = expertise.sending(night, 4 * HOUR)
    asked = replace(asked, act=replace(asked.act, fields={**asked.act.fields, **facts}), steps=steps)
    [one] = due(asked, {"roux": MAIL}, (), night)
    assert due(asked, {"roux": MAIL}, [told(one, 14)], at(16) - SECOND) == ()
    assert ways(due(asked, {"roux": MAIL}, [told(one, 14)], at(16))) == [("roux", "reminder", "email")]


def test_nobody_can_be_told_without_a_way_and_is_as_soon_as_there_is_one() -> None:
    none = {"roux": Reach((), Missing.ADDRESS)}
    [one] = due(question(), none, (), at(0))
    assert (one.way, one.reason) == (None, "address")
    known = [after(one, one.reason, None, at(0))]
    assert (known[0].state, known[0].channel, known[0].reason) == (Stand.NOWHERE, "", "address")
    assert due(question(), none, known, at(15)) == ()
    assert ways(due(question(), {"roux": Reach((), Missing.CHANNEL)}, known, at(1))) == [
        ("roux", "asked", "channel")
    ]
    assert ways(due(question(), {"roux": MAIL}, known, at(1))) == [("roux", "asked", "email")]
    # Who was told by a way that is gone by now was told.
    [mail] = due(question(), {"roux": MAIL}, (), at(0))
    assert due(question(), none, [told(mail, 0)], at(1)) == ()


@pytest.mark.parametrize(
    ("address", "channels", "device", "lanes", "missing"),
    [
        ({"push": "roux", "email": "a@b.fr", "sms": "+33612345601"}, ALL, True, ["push", "email sms"], None),
        ({"tablet": "roux", "sms": "+33612345601"}, ALL, False, ["sms"], None),
        ({"tablet": "roux", "espa": "101"}, ALL, False, [], Missing.ADDRESS),
        ({"tablet": "roux", "email": "a@b.fr"}, ("push", "sms"), False, [], Missing.CHANNEL),
        ({"tablet": "weber", "email": "a@b.fr"}, ALL, False, [], Missing.CONTACT),
        ({"tablet": "weber", "email": "a@b.fr"}, ALL, True, ["push"], None),
        ({}, ("email",), True, [], Missing.CHANNEL),
    ],
)
def test_by_which_ways(
    address: dict[str, str],
    channels: tuple[str, ...],
    lanes: list[str],
    missing: Missing | None,
    *,
    device: bool,
) -> None:
    found = reach_of("roux", [Contact("Dr Roux", address)], channels, device=device)
    assert [" ".join(channel for channel, _ in lane) for lane in found.lanes] == lanes
    assert found.missing is missing


@pytest.mark.parametrize("urgency", ["routine", "within_24h", "today"])
@pytest.mark.parametrize("occasion", list(Occasion))
def test_what_is_told_fits_a_small_display_and_says_nothing_of_anybody(
    occasion: Occasion, urgency: str
) -> None:
    asked = question(urgency=urgency)
    said = text_of(asked, occasion)
    assert len(said) <= 60
    assert said.endswith("avant le 16/01 à 09 h 00")
    assert "Plaie" not in said


def test_the_words_of_a_notice() -> None:
    asked = question(urgency="within_24h")
    assert text_of(asked, Occasion.ASKED) == "Avis demandé, sous 24 h, avant le 16/01 à 09 h 00"
    assert text_of(asked, Occasion.REMINDER).startswith("Rappel, avis demandé, ")
    # A question of a former release does not say when its answer is due.
    old = replace(asked, act=replace(asked.act, fields={"to": "roux"}))
    assert text_of(old, Occasion.ASKED) == "Avis demandé, avant le 16/01 à 09 h 00"
    assert useful_until(asked) == SENT + 7 * 24 * HOUR
