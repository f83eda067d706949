"""The call as the room sees it: every row of the table, and consent that nothing gets around."""

from __future__ import annotations

import pytest

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.admission import SHOW, Rule
from edge.video.call import FAREWELL, GIVE_UP, UNREACHED, RoomCall, Timing
from edge.video.link import CONNECT, REBUILD, RETRY, SILENCE
from edge.video.steps import Close, Connect, Drop, Pass, Phase, Say

ASK = Timing(Rule.ASK, 45 * SECOND, 10 * SECOND)
ANNOUNCE = Timing(Rule.ANNOUNCE, 45 * SECOND, 10 * SECOND)


def signal(kind: SignalKind, call: str = "a", epoch: int = 1, **more: object) -> Signal:
    return Signal(call, epoch, kind, 0, **more)  # type: ignore[arg-type]  # fields by name


def ringing(timing: Timing = ASK) -> RoomCall:
    call = RoomCall(timing)
    assert call.receive(signal(SignalKind.RING, caller="Dr Benali", caller_role="physician"), 0) == []
    return call


def accepted() -> RoomCall:
    call = ringing()
    assert call.shown("a", 0) == [Say(SignalKind.RINGING, "a", 1)]
    assert call.accept("a", 0) == [Say(SignalKind.ACCEPTED, "a", 1), Connect("p1", 1)]
    return call


def connected() -> RoomCall:
    call = accepted()
    assert call.heard("p1", 1, 0) == [Say(SignalKind.CONNECTED, "a", 1)]
    assert call.phase is Phase.CONNECTED
    return call


def test_a_ring_says_who_calls_and_opens_nothing() -> None:
    call = ringing()
    assert (call.phase, call.caller.name, call.caller.role, call.may_open) == (
        Phase.RINGING,
        "Dr Benali",
        "physician",
        False,
    )


def test_a_room_rings_once_its_screen_shows_it() -> None:
    call = ringing()
    assert call.shown("other", 0) == []
    assert call.shown("a", 0) == [Say(SignalKind.RINGING, "a", 1)]
    assert call.shown("a", 1) == []


def test_a_room_without_a_screen_says_so() -> None:
    call = ringing()
    assert call.tick(SHOW - 1) == []
    assert call.tick(SHOW) == [Say(SignalKind.BYE, "a", 1, "no_screen"), Close()]
    assert (call.phase, call.reason) == (Phase.ENDED, "no_screen")


def test_a_screen_that_goes_away_has_four_seconds_to_come_back() -> None:
    call = ringing()
    call.shown("a", 0)
    assert call.screen_gone(SECOND) == []
    assert call.accept("a", SECOND) == []
    assert call.tick(SECOND + SHOW - 1) == []
    call.shown("a", 2 * SECOND)
    assert call.tick(30 * SECOND) == []


def test_nobody_answers() -> None:
    call = ringing()
    call.shown("a", 0)
    assert call.tick(45 * SECOND - 1) == []
    assert call.tick(45 * SECOND) == [Say(SignalKind.BYE, "a", 1, "unanswered"), Close()]
    assert not call.may_open


def test_refused() -> None:
    call = ringing()
    call.shown("a", 0)
    assert call.refuse("other", 0) == []
    assert call.refuse("a", 0) == [Say(SignalKind.REFUSED, "a", 1, "refused"), Close()]


def test_accepting_needs_the_ring_that_is_shown() -> None:
    call = ringing()
    assert call.accept("a", 0) == []
    call.shown("a", 0)
    assert call.accept("b", 0) == []
    assert call.accept("a", 0)[-1] == Connect("p1", 1)


def test_an_announced_call_opens_after_its_notice_was_shown_all_the_time() -> None:
    call = ringing(ANNOUNCE)
    assert call.opens_at is None
    call.shown("a", SECOND)
    assert call.opens_at == 11 * SECOND
    assert call.tick(11 * SECOND - 1) == []
    assert call.tick(11 * SECOND) == [Say(SignalKind.ACCEPTED, "a", 1), Connect("p1", 1)]


def test_an_announced_call_starts_its_notice_anew_when_the_screen_went_away() -> None:
    call = ringing(ANNOUNCE)
    call.shown("a", 0)
    call.screen_gone(9 * SECOND)
    assert call.tick(12 * SECOND) == []
    call.shown("a", 12 * SECOND)
    assert call.tick(21 * SECOND) == []
    assert call.tick(22 * SECOND)[-1] == Connect("p1", 1)


def test_an_announced_call_can_be_refused() -> None:
    call = ringing(ANNOUNCE)
    call.shown("a", 0)
    assert call.refuse("a", 9 * SECOND)[-1] == Close()
    assert call.tick(60 * SECOND) == []


def test_a_second_caller_is_told_busy_and_nothing_changes() -> None:
    call = connected()
    assert call.receive(signal(SignalKind.RING, "b", 7), 0) == [Say(SignalKind.BUSY, "b", 7)]
    assert (call.id, call.phase) == ("a", Phase.CONNECTED)


@pytest.mark.parametrize("again", [0, FAREWELL])
def test_a_ring_that_is_over_does_not_ring_again(again: int) -> None:
    call = ringing()
    call.receive(signal(SignalKind.BYE), 0)
    call.tick(again)
    assert call.receive(signal(SignalKind.RING), again) == []
    assert call.dropped["rings_again"] == 1


def test_the_next_call_rings_while_the_last_one_is_being_told_over() -> None:
    call = ringing()
    call.receive(signal(SignalKind.BYE), 0)
    assert call.receive(signal(SignalKind.RING, "b"), 1) == []
    assert (call.phase, call.id) == (Phase.RINGING, "b")


def test_answers_and_candidates_of_this_connection_are_passed_on() -> None:
    call = accepted()
    answer = signal(SignalKind.ANSWER, sdp="v=0")
    assert call.receive(answer, 0) == [Pass(answer)]


@pytest.mark.parametrize(
    ("late", "reason"),
    [
        (signal(SignalKind.ANSWER, "b"), "other_call"),
        (signal(SignalKind.BYE, "b"), "other_call"),
        (signal(SignalKind.ANSWER, epoch=1), "old_epoch"),
        (signal(SignalKind.RESTART, epoch=2), "old_epoch"),
        (signal(SignalKind.ANSWER, epoch=3), "unexpected"),
        (signal(SignalKind.ACCEPTED, epoch=2), "unexpected"),
    ],
)
def test_late_and_foreign_messages_are_dropped_and_counted(late: Signal, reason: str) -> None:
    call = connected()
    assert call.receive(signal(SignalKind.RESTART, epoch=2), 0) == [Connect("p1", 2)]
    assert call.receive(late, 0) == []
    assert call.dropped == {reason: 1}


def test_nothing_that_comes_over_the_wire_opens_a_ringing_room() -> None:
    call = ringing()
    call.shown("a", 0)
    for kind in (SignalKind.ANSWER, SignalKind.CANDIDATE, SignalKind.RESTART, SignalKind.ACCEPTED):
        assert call.receive(signal(kind, epoch=9), 0) == []
    assert call.dropped["before_consent"] == 4


def test_a_good_bye_is_taken_whatever_its_epoch() -> None:
    call = connected()
    call.receive(signal(SignalKind.RESTART, epoch=5), 0)
    assert call.receive(signal(SignalKind.BYE, epoch=1, reason="caller_left"), 0) == [Close()]
    assert call.reason == "caller_left"


def test_a_restart_of_a_call_that_is_not_here_is_answered() -> None:
    assert RoomCall(ASK).receive(signal(SignalKind.RESTART, epoch=4), 0) == [
        Say(SignalKind.BYE, "a", 4, "no_such_call")
    ]


def test_a_restart_brings_its_own_relays() -> None:
    call = connected()
    servers = ({"url": "turn:relay", "username": "u", "credential": "c"},)
    call.receive(signal(SignalKind.RESTART, epoch=2, ice_servers=servers), 0)
    assert call.links["p1"].ice_servers == servers
    call.receive(signal(SignalKind.RESTART, epoch=3), 0)
    assert call.links["p1"].ice_servers == servers


def test_silence_is_told_and_then_answered_with_a_new_connection() -> None:
    call = connected()
    assert call.tick(SILENCE - 1) == []
    assert call.tick(SILENCE) == [Say(SignalKind.LOST, "a", 1)]
    assert call.tick(max(REBUILD, CONNECT) - 1) == []
    assert call.tick(max(REBUILD, CONNECT)) == [Connect("p1", 2)]
    assert call.phase is Phase.RECONNECTING
    assert call.heard("p1", 1, CONNECT) == []
    assert call.heard("p1", 2, CONNECT) == [Say(SignalKind.CONNECTED, "a", 2)]


def test_silence_after_a_long_talk_is_answered_after_eight_seconds() -> None:
    call = connected()
    call.heard("p1", 1, 100 * SECOND)
    call.tick(100 * SECOND + SILENCE)
    assert call.tick(100 * SECOND + REBUILD - 1) == []
    assert call.tick(100 * SECOND + REBUILD) == [Connect("p1", 2)]


def test_a_short_silence_heals_by_itself() -> None:
    call = connected()
    call.tick(SILENCE)
    assert call.heard("p1", 1, SILENCE + 1) == [Say(SignalKind.CONNECTED, "a", 1)]


def test_a_failed_connection_is_replaced_at_once_but_not_in_a_loop() -> None:
    call = connected()
    assert call.failed("p1", 1, RETRY) == [Say(SignalKind.LOST, "a", 1), Connect("p1", 2)]
    assert call.failed("p1", 1, RETRY) == []
    assert call.failed("p1", 2, RETRY + 1) == []
    assert call.tick(2 * RETRY - 1) == []
    assert call.tick(2 * RETRY) == [Connect("p1", 3)]


def test_the_room_keeps_trying_until_nobody_was_heard_for_five_minutes() -> None:
    call = connected()
    attempts = [effect for now in range(0, GIVE_UP, SECOND) for effect in call.tick(now)]
    assert sum(isinstance(effect, Connect) for effect in attempts) > 20
    epoch = call.links["p1"].epoch
    assert call.tick(GIVE_UP) == [Say(SignalKind.BYE, "a", epoch, "lost"), Close()]


def test_a_page_that_is_never_reached_is_given_up_after_a_minute() -> None:
    call = accepted()
    attempts = [effect for now in range(0, UNREACHED, SECOND) for effect in call.tick(now)]
    assert attempts == [Connect("p1", epoch) for epoch in range(2, 7)]
    assert call.tick(UNREACHED) == [Say(SignalKind.BYE, "a", 6, "no_connection"), Close()]


def test_what_the_relay_said_ends_a_call_that_nobody_ever_heard() -> None:
    call = accepted()
    assert call.unreachable("p1", 9, 0, "relay_refused") == [], "of another connection"
    said = call.unreachable("p1", 1, 0, "relay_refused")
    assert said == [Say(SignalKind.BYE, "a", 1, "relay_refused"), Close()]
    assert call.reason == "relay_refused"


def test_what_the_relay_said_ends_no_call_that_was_heard() -> None:
    call = connected()
    assert call.unreachable("p1", 1, 0, "relay_expired") == []
    assert call.phase is Phase.CONNECTED


def test_one_who_never_comes_through_is_sent_away_with_what_the_relay_said() -> None:
    call = connected()
    join = signal(SignalKind.JOIN, peer="p2", caller="Inès", caller_role="nurse")
    call.shown("a", 0)
    call.receive(join, 0)
    assert call.unreachable("p2", 1, 0, "relay_refused") == [
        Drop("p2"),
        Say(SignalKind.DECLINED, "a", 1, "relay_refused", "p2"),
    ]
    assert call.phase is Phase.CONNECTED


def test_an_end_is_told_for_a_while_and_then_the_room_rests() -> None:
    call = connected()
    assert call.hang_up("room_hung_up", 0) == [Say(SignalKind.BYE, "a", 1, "room_hung_up"), Close()]
    assert call.hang_up("room_hung_up", 0) == []
    call.tick(FAREWELL - 1)
    assert call.phase is Phase.ENDED
    call.tick(FAREWELL)
    assert call.phase is Phase.IDLE
    assert call.failed("p1", 1, FAREWELL) == []
    assert call.screen_gone(FAREWELL) == []
