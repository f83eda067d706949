"""Rules of consent, the caregivers' code, and those who come later."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.admission import PAUSE, REFUSAL, SHOW, TRIES, CarerCode, Rule, Verdict, rule_of
from edge.video.call import GIVE_UP, MAX_REFUSED, ROOM, UNREACHED, RoomCall, Timing, seat_number
from edge.video.link import SILENCE
from edge.video.steps import Close, Connect, Drop, Pass, Phase, Say


def signal(kind: SignalKind, peer: str = "p1", epoch: int = 1, **more: object) -> Signal:
    return Signal("a", epoch, kind, 0, peer=peer, **more)  # type: ignore[arg-type]  # fields by name


def ringing(rule: Rule = Rule.ASK, sent: str = "", *, urgent: bool = False, code: str = "2468") -> RoomCall:
    call = RoomCall(Timing(rule))
    if code:
        call.code = CarerCode(code)
    call.receive(signal(SignalKind.RING, consent=sent, urgent=urgent, caller_role="physician"), 0)
    return call


def talking(rule: Rule = Rule.ASK, sent: str = "", *, urgent: bool = False) -> RoomCall:
    call = ringing(rule, sent, urgent=urgent)
    call.shown("a", 0)
    assert call.accept("a", 0, "2468")[-1] == Connect("p1", 1)
    call.heard("p1", 1, 0)
    return call


def join(seat: str, role: str) -> Signal:
    return signal(SignalKind.JOIN, seat, caller="Mme Petit", caller_role=role)


def declined(seat: str, reason: str) -> Say:
    return Say(SignalKind.DECLINED, "a", 1, reason, seat)


# ---- which rule holds ----


@pytest.mark.parametrize(
    ("room", "sent", "urgent", "holds"),
    [
        (Rule.ASK, "", False, Rule.ASK),
        (Rule.ANNOUNCE, "", False, Rule.ANNOUNCE),
        (Rule.ANNOUNCE, "ask", True, Rule.ASK),
        (Rule.ANNOUNCE, "emergency", True, Rule.ANNOUNCE),
        (Rule.ANNOUNCE, "emergency", False, Rule.ASK),
        (Rule.ASK, "emergency", True, Rule.ASK),
        (Rule.EMERGENCY, "emergency", True, Rule.EMERGENCY),
        (Rule.EMERGENCY, "emergency", False, Rule.ASK),
        (Rule.EMERGENCY, "", True, Rule.ASK),
        (Rule.EMERGENCY, "nurse", True, Rule.NURSE),
        (Rule.NURSE, "emergency", True, Rule.NURSE),
        (Rule.EMERGENCY, "announce", True, Rule.NURSE),
        (Rule.ASK, "whatever comes next year", False, Rule.NURSE),
    ],
)
def test_the_stricter_rule_holds(room: Rule, sent: str, urgent: bool, holds: Rule) -> None:  # noqa: FBT001
    assert rule_of(room, sent, urgent=urgent) is holds


@given(st.sampled_from(Rule), st.sampled_from(["", *Rule]) | st.text(max_size=9), st.booleans())
def test_nothing_that_is_sent_is_laxer_than_the_room(room: Rule, sent: str, urgent: bool) -> None:  # noqa: FBT001
    strict_first = list(Rule)
    holds = rule_of(room, sent, urgent=urgent)
    assert strict_first.index(holds) <= strict_first.index(room)
    assert holds is not Rule.EMERGENCY or (urgent and sent == "emergency")


# ---- the caregivers' code ----


def test_a_call_that_needs_the_code_opens_with_it_alone() -> None:
    call = ringing(Rule.ASK, "nurse")
    call.shown("a", 0)
    assert call.accept("a", 0) == []
    assert (call.wrong_code, call.dropped["no_code"]) == (False, 1)
    assert call.accept("a", 0, "1357") == []
    assert (call.wrong_code, call.dropped["wrong_code"]) == (True, 1)
    assert call.accept("a", 0, "2468")[-1] == Connect("p1", 1)


def test_a_room_without_a_code_refuses_a_call_that_needs_one() -> None:
    call = RoomCall(Timing(Rule.ASK))
    assert call.receive(signal(SignalKind.RING, consent="nurse"), 0) == [
        Say(SignalKind.REFUSED, "a", 1, "no_carer_code"),
        Close(),
    ]
    assert (call.phase, call.reason) == (Phase.ENDED, "no_carer_code")


def test_five_wrong_codes_make_the_keypad_wait() -> None:
    call = ringing(Rule.NURSE)
    call.shown("a", 0)
    for _ in range(TRIES):
        call.accept("a", SECOND, "0000")
    assert call.code_wait(SECOND) == PAUSE
    assert call.accept("a", 2 * SECOND, "2468") == []
    assert call.dropped == {"wrong_code": TRIES, "code_wait": 1}
    assert call.wrong_code
    assert call.accept("a", PAUSE + SECOND, "2468")[-1] == Connect("p1", 1)


def test_the_next_call_waits_too() -> None:
    call = ringing(Rule.NURSE)
    call.shown("a", 0)
    for _ in range(TRIES):
        call.accept("a", 0, "0000")
    call.refuse("a", 0)
    call.receive(Signal("b", 1, SignalKind.RING, 0), 1)
    call.shown("b", 1)
    assert not call.wrong_code
    assert call.accept("b", 1, "2468") == []


def test_a_right_code_forgives_the_wrong_ones() -> None:
    code = CarerCode("2468")
    for _ in range(3):
        verdicts = [code.check(text, 0) for text in ("1", "é", "\ud800", "24680", "2468")]
        assert verdicts == [Verdict.WRONG] * 4 + [Verdict.RIGHT]
    assert code.wait(0) == 0


# ---- those who come later ----


@pytest.mark.parametrize("role", ["nurse", "coordinator", "physician"])
def test_the_homes_own_come_in_at_once(role: str) -> None:
    call = talking()
    assert call.receive(join("p2", role), 0) == [Connect("p2", 1)]
    assert call.heard("p2", 1, 0) == [Say(SignalKind.CONNECTED, "a", 1, peer="p2")]


@pytest.mark.parametrize("role", ["regulator", "specialist", "", "whoever"])
def test_somebody_from_outside_comes_in_when_nobody_refused(role: str) -> None:
    call = talking()
    assert call.receive(join("p2", role), 0) == []
    assert call.waiting["p2"].admits_at(call.rule) is None
    assert call.shown("a", SECOND, "p2") == []
    assert call.waiting["p2"].admits_at(call.rule) == SECOND + REFUSAL
    call.heard("p1", 1, 8 * SECOND)
    assert call.tick(SECOND + REFUSAL - 1) == []
    assert call.tick(SECOND + REFUSAL) == [Connect("p2", 1)]


def test_one_who_was_refused_does_not_come_in() -> None:
    call = talking()
    call.receive(join("p2", "specialist"), 0)
    call.shown("a", 0, "p2")
    assert call.decline("other", "p2") == []
    assert call.decline("a", "p2") == [declined("p2", "refused")]
    assert call.tick(REFUSAL) == [Say(SignalKind.LOST, "a", 1)]
    assert call.receive(join("p2", "specialist"), 0) == [declined("p2", "refused")]
    assert list(call.links) == ["p1"]


def test_one_who_is_there_can_be_sent_away_but_the_caller_is_hung_up() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    assert call.decline("a", "p2") == [Drop("p2"), declined("p2", "refused")]
    assert call.receive(signal(SignalKind.RESTART, "p2", 2), 0) == []
    assert call.decline("a", "p1") == []
    assert call.dropped == {"not_here": 1, "other_call": 1}


def test_a_name_that_no_screen_shows_is_not_admitted() -> None:
    call = talking()
    call.receive(join("p2", "specialist"), 0)
    call.receive(join("p3", "nurse"), 0)
    assert list(call.links) == ["p1", "p3"]
    assert call.tick(SHOW - 1) == [Say(SignalKind.LOST, "a", 1)]
    assert declined("p2", "no_screen") in call.tick(SHOW)


def test_nobody_comes_in_unseen_while_the_screen_is_gone() -> None:
    call = talking()
    call.screen_gone(0)
    assert call.receive(join("p2", "nurse"), 0) == []
    assert call.shown("a", SECOND) == [Connect("p2", 1)]
    call.screen_gone(SECOND)
    call.receive(join("p3", "nurse"), SECOND)
    call.heard("p1", 1, SECOND + SHOW)
    assert declined("p3", "no_screen") in call.tick(SECOND + SHOW)


def test_a_name_must_be_shown_for_all_of_the_time() -> None:
    call = talking()
    call.receive(join("p2", "regulator"), 0)
    call.shown("a", 0, "p2")
    call.screen_gone(7 * SECOND)
    call.heard("p1", 1, 8 * SECOND)
    call.shown("a", 9 * SECOND, "p2")
    call.heard("p1", 1, 16 * SECOND)
    assert call.tick(16 * SECOND) == []
    assert call.tick(17 * SECOND) == [Connect("p2", 1)]


def test_in_an_emergency_everybody_comes_in_at_once() -> None:
    call = ringing(Rule.EMERGENCY, "emergency", urgent=True)
    call.shown("a", 0)
    assert call.tick(10 * SECOND)[-1] == Connect("p1", 1)
    call.screen_gone(10 * SECOND)
    assert call.receive(join("p2", "regulator"), 10 * SECOND) == [Connect("p2", 1)]


def test_an_emergency_rule_without_an_emergency_asks() -> None:
    call = ringing(Rule.EMERGENCY, "emergency")
    call.shown("a", 0)
    assert call.opens_at is None
    assert call.tick(40 * SECOND) == []
    assert call.accept("a", 40 * SECOND)[-1] == Connect("p1", 1)


def test_announced_rooms_announce_everybody() -> None:
    call = talking(Rule.ANNOUNCE)
    assert call.receive(join("p2", "specialist"), 0) == [Connect("p2", 1)]


def test_one_who_comes_while_it_rings_comes_in_with_the_call() -> None:
    call = ringing()
    assert call.receive(join("p2", "nurse"), 0) == []
    assert call.receive(join("p3", "specialist"), 0) == []
    call.shown("a", 0)
    assert call.accept("a", 30 * SECOND) == [
        Say(SignalKind.ACCEPTED, "a", 1),
        Connect("p1", 1),
        Connect("p2", 1),
    ]
    assert call.shown("a", 30 * SECOND, "p3") == []
    assert call.tick(30 * SECOND + REFUSAL)[-1] == Connect("p3", 1)


def test_four_are_enough() -> None:
    call = talking()
    for number in (2, 3):
        assert call.receive(join(f"p{number}", "nurse"), 0) == [Connect(f"p{number}", 1)]
    assert call.receive(join("p4", "specialist"), 0) == []
    assert call.receive(join("p5", "nurse"), 0) == [declined("p5", "full")]
    assert call.receive(signal(SignalKind.LEFT, "p2"), 0) == [Drop("p2")]
    assert call.receive(join("p5", "nurse"), 0) == [Connect("p5", 1)]
    assert call.receive(signal(SignalKind.LEFT, "p4"), 0) == []
    assert call.receive(join("p6", "nurse"), 0) == [Connect("p6", 1)]


@pytest.mark.parametrize(
    ("strange", "reason"),
    [
        (join("p1", "nurse"), "joins_again"),
        (join("p2", "nurse"), "joins_again"),
        (join("room", "nurse"), "unexpected"),
        (join("p0", "nurse"), "unexpected"),
        (join("p65536", "nurse"), "unexpected"),
        (signal(SignalKind.LEFT, "p9"), "not_here"),
        (signal(SignalKind.ANSWER, "p9"), "not_here"),
        (signal(SignalKind.ANSWER, "p3"), "not_here"),
        (signal(SignalKind.RESTART, "p3", 2), "not_here"),
        (signal(SignalKind.DECLINED, "p2"), "unexpected"),
    ],
)
def test_what_is_strange_is_dropped_and_counted(strange: Signal, reason: str) -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    call.receive(join("p3", "specialist"), 0)
    assert call.receive(strange, 0) == []
    assert call.dropped == {reason: 1}


def test_who_is_announced_again_waits_no_longer_for_it() -> None:
    call = talking()
    call.receive(join("p3", "specialist"), 0)
    assert call.receive(join("p3", "specialist"), 3 * SECOND) == []
    assert call.dropped == {}
    assert call.waiting["p3"].since == 0


def test_a_call_refuses_so_many_and_no_more() -> None:
    call = talking()
    for number in range(2, MAX_REFUSED + 2):
        call.receive(join(f"p{number}", "specialist"), 0)
        call.decline("a", f"p{number}")
    assert call.receive(join("p999", "specialist"), 0) == []
    assert call.dropped == {"unexpected": 1}


@pytest.mark.parametrize(
    ("seat", "number"),
    [("p1", 1), ("p65535", 65_535), ("p65536", 0), ("p", 0), ("p01", 0), ("q1", 0), ("p1x", 0), ("p²", 0)],
)
def test_a_seat_is_a_number(seat: str, number: int) -> None:
    assert seat_number(seat) == number


# ---- one goes, the others stay ----


def test_when_the_caller_leaves_the_call_is_over() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    assert call.receive(signal(SignalKind.LEFT), 0) == [Close()]
    assert call.reason == "caller_left"


def test_a_join_to_a_call_that_is_not_here_is_answered() -> None:
    assert RoomCall(Timing()).receive(join("p2", "nurse"), 0) == [Say(SignalKind.BYE, "a", 1, "no_such_call")]


def test_each_seat_counts_its_own_epochs() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    assert call.receive(signal(SignalKind.RESTART, "p2", 4), 0) == [Connect("p2", 4)]
    answer = signal(SignalKind.ANSWER, epoch=1, sdp="v=0")
    assert call.receive(answer, 0) == [Pass(answer)]
    assert call.receive(signal(SignalKind.ANSWER, "p2", 1), 0) == []
    assert call.dropped == {"old_epoch": 1}


def test_a_call_goes_on_with_whoever_is_heard() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    call.heard("p2", 1, 0)
    for second in range(GIVE_UP // SECOND + 60):
        call.heard("p2", 1, second * SECOND)
        call.tick(second * SECOND)
    assert call.phase is Phase.CONNECTED
    assert {seat: link.phase for seat, link in call.links.items()} == {
        "p1": Phase.RECONNECTING,
        "p2": Phase.CONNECTED,
    }


def test_a_seat_that_is_gone_for_good_makes_room() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    call.receive(join("p3", "nurse"), 0)
    call.heard("p3", 1, 0)
    said = []
    for second in range(GIVE_UP // SECOND + 1):
        call.heard("p1", call.links["p1"].epoch, second * SECOND)
        said += call.tick(second * SECOND)
    assert [one for one in said if isinstance(one, Say) and one.kind is SignalKind.DECLINED] == [
        Say(SignalKind.DECLINED, "a", 1 + UNREACHED // (10 * SECOND) - 1, "no_connection", "p2"),
        Say(SignalKind.DECLINED, "a", said[-1].epoch, "lost", "p3"),
    ]
    assert list(call.links) == ["p1"]


def test_an_error_in_one_connection_ends_that_one() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    assert call.fault("p2", 0) == [Drop("p2"), declined("p2", "device_failed")]
    assert call.fault("p1", 0) == [Say(SignalKind.BYE, "a", 1, "device_failed"), Close()]


def test_no_address_ends_a_call_that_never_came_about_and_no_other() -> None:
    call = talking()
    call.receive(signal(SignalKind.RESTART, epoch=2), 0)
    assert call.unreachable("p1", 1, 0) == []
    assert call.unreachable("p1", 2, 0) == []
    assert call.tick(SILENCE) == [Connect("p1", 3)]
    fresh = ringing()
    fresh.shown("a", 0)
    fresh.accept("a", 0)
    assert fresh.unreachable("p1", 1, 0) == [Say(SignalKind.BYE, "a", 1, "no_connection"), Close()]


# ---- the microphone ----


def test_who_may_mute_the_room() -> None:
    call = ringing()
    assert not call.mute(ROOM, on=True)
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    assert call.mute("p2", on=True)
    assert (call.muted, call.muted_by) == (True, "p2")
    assert not call.mute("p1", on=True)
    assert call.mute("p1", on=False)
    assert (call.muted, call.muted_by) == (False, "")
    assert not call.mute("p9", on=True)


def test_the_rooms_own_mute_is_the_rooms() -> None:
    call = talking()
    assert call.mute("p1", on=True)
    assert call.mute(ROOM, on=True)
    assert call.muted_by == ROOM
    assert not call.mute("p1", on=False)
    assert call.dropped == {"not_allowed": 1}
    assert call.mute(ROOM, on=False)


def test_a_mute_lasts_through_connections_and_ends_with_the_call() -> None:
    call = talking()
    call.receive(join("p2", "nurse"), 0)
    call.mute("p2", on=True)
    call.receive(signal(SignalKind.RESTART, epoch=2), 0)
    call.receive(signal(SignalKind.LEFT, "p2"), 0)
    assert call.muted
    call.receive(signal(SignalKind.BYE), 0)
    call.receive(Signal("b", 1, SignalKind.RING, 0), 0)
    assert not call.muted
