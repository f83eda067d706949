"""Calls over a real database: each step on disk before it is told, three sides that do not race."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from hub.consult.calls import CallService
from hub.consult.exchange import MAX_QUEUE
from hub.consult.model import CallRefusedError, PageMessage, PageSignal
from hub.consult.participants import ABSENCE
from hub.consult.room import RING_CONFIRMATION, CallState
from hub.live import CallDue
from hub.store import records
from hub.store.errors import StoreError
from tests.hub.consult.house import BENALI, EDGE, ROUX, Hub, until


async def test_a_request_is_on_disk_and_rings(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    assert (call.state, call.room, call.edge, call.epoch) == (CallState.REQUESTED, "12", EDGE, 1)
    assert hub.on_disk(call).state == "requested"
    assert hub.audit() == [("benali", "call_requested", "fièvre")]
    edge, ring = hub.wire.sent[0]
    assert (edge, ring.kind, ring.call, ring.caller, ring.caller_role) == (
        EDGE,
        SignalKind.RING,
        call.id,
        "Dr Benali",
        "physician",
    )
    assert ring.ice_servers[0]["username"].endswith(f":{call.id}-room-p1")
    assert "jeanne" not in repr(ring)


@pytest.mark.parametrize(
    ("resident", "code"),
    [("nobody", "unknown_resident"), ("marie", "no_device"), ("paul", "room_offline")],
)
async def test_a_room_that_cannot_be_called_is_said(hub: Hub, resident: str, code: str) -> None:
    with pytest.raises(CallRefusedError) as refused:
        await hub.calls.request(resident, BENALI)
    assert refused.value.code == code
    assert hub.wire.sent == []
    assert hub.audit() == []


async def test_a_room_in_a_call_is_busy_and_free_again_after_it(hub: Hub) -> None:
    first = await hub.calls.request("jeanne", BENALI)
    with pytest.raises(CallRefusedError) as refused:
        await hub.calls.request("jeanne", ROUX)
    assert refused.value.code == "room_busy"
    await hub.calls.hang_up(first.id, "benali")
    assert (await hub.calls.request("jeanne", BENALI)).id != first.id


async def test_a_call_from_ring_to_hang_up_leaves_its_steps(hub: Hub) -> None:
    call = await hub.talking()
    hub.clock.advance(60 * SECOND)
    hub.room(SignalKind.BYE, call, reason="room_hung_up")
    over = await hub.reach(call, CallState.ENDED)
    assert (over.reason, over.ended, over.answered) == ("room_hung_up", hub.clock.utc(), call.answered)
    assert hub.audit() == [
        ("benali", "call_requested", "fièvre"),
        (f"room:{EDGE}", "call_ringing", ""),
        (f"room:{EDGE}", "call_accepted", ""),
        (f"room:{EDGE}", "call_connected", ""),
        (f"room:{EDGE}", "call_ended", "room_hung_up"),
    ]
    assert [message.call.state for message in hub.told] == [
        CallState.REQUESTED,
        CallState.RINGING,
        CallState.ACCEPTED,
        CallState.CONNECTED,
        CallState.ENDED,
    ]
    assert hub.calls.open_calls() == []


async def test_screens_are_told_of_every_step(hub: Hub) -> None:
    await hub.talking()
    await asyncio.sleep(0)
    states = [due.call.state for due in hub.screens.take() if isinstance(due, CallDue)]
    assert states == ["requested", "ringing", "accepted", "connected"]


@pytest.mark.parametrize(
    ("kind", "reason", "state", "said"),
    [
        (SignalKind.REFUSED, "refused", CallState.REFUSED, "refused"),
        (SignalKind.BUSY, "", CallState.FAILED, "room_busy"),
        (SignalKind.BYE, "no_screen", CallState.FAILED, "no_screen"),
        (SignalKind.BYE, "unanswered", CallState.UNANSWERED, "unanswered"),
        (SignalKind.BYE, "edge_stopping", CallState.ENDED, "edge_stopping"),
    ],
)
async def test_what_a_room_may_answer(
    hub: Hub, kind: SignalKind, reason: str, state: CallState, said: str
) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    hub.room(kind, call, reason=reason)
    assert (await hub.reach(call, state)).reason == said
    assert hub.on_disk(call).state == state


async def test_a_room_that_says_nothing_fails_with_its_reason(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    hub.clock.advance(RING_CONFIRMATION)
    assert (await hub.reach(call, CallState.FAILED)).reason == "room_silent"
    assert (hub.wire.last().kind, hub.wire.last().reason) == (SignalKind.BYE, "room_silent")


async def test_the_page_and_the_room_are_connected_through_the_hub(hub: Hub) -> None:
    call = await hub.talking()
    hub.room(SignalKind.OFFER, call, sdp="offer")
    await until(lambda: hub.told[-1].kind == "offer")
    assert hub.told[-1].sdp == "offer"
    hub.calls.pages.take(call.id, hub.page, PageSignal("answer", 1, sdp="answer"))
    assert (hub.wire.last().kind, hub.wire.last().sdp) == (SignalKind.ANSWER, "answer")
    hub.calls.pages.take(call.id, hub.page, PageSignal("candidate", 1, candidate="c", sdp_mid="0"))
    assert (hub.wire.last().candidate, hub.wire.last().sdp_mid) == ("c", "0")


async def test_who_has_no_seat_does_not_join(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    assert hub.calls.seat_of(call.id, "benali") == "p1"
    assert hub.calls.seat_of(call.id, "roux") is None
    assert hub.calls.seat_of(call.id, "") is None
    assert not hub.calls.pages.join(call.id, "p2", hub.page)
    assert not hub.calls.pages.join("call-none", "p1", hub.page)
    assert hub.told == []


async def test_a_page_that_joins_has_relays_of_its_own(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    hub.calls.pages.join(call.id, "p1", hub.page)
    assert hub.told[0].ice_servers[0]["username"].endswith(f":{call.id}-page-p1")


async def test_a_second_page_takes_over(hub: Hub) -> None:
    call = await hub.talking()
    newer: list[PageMessage] = []
    hub.calls.pages.join(call.id, "p1", newer.append)
    assert (hub.told[-1].kind, hub.told[-1].reason) == ("bye", "replaced")
    hub.calls.pages.take(call.id, hub.page, PageSignal("bye", 1))
    hub.calls.pages.leave(call.id, hub.page)
    assert hub.calls.counts.dropped["page_of_no_call"] == 1
    assert (await hub.calls.find(call.id)).state is CallState.CONNECTED


async def test_a_page_that_was_loaded_again_gets_a_new_connection(hub: Hub) -> None:
    call = await hub.talking()
    hub.calls.pages.leave(call.id, hub.page)
    hub.clock.advance(ABSENCE // 2)
    hub.calls.pages.join(call.id, "p1", hub.page)
    hub.calls.pages.take(call.id, hub.page, PageSignal("restart", 0))
    await until(lambda: hub.wire.last().kind is SignalKind.RESTART)
    assert hub.wire.last().epoch == 2
    hub.calls.pages.take(call.id, hub.page, PageSignal("answer", 1, sdp="late"))
    assert hub.calls.counts.dropped["page_epoch"] == 1
    await until(lambda: hub.on_disk(call).epoch == 2)


async def test_a_caller_who_asks_again_gets_the_call_back(hub: Hub) -> None:
    call = await hub.talking()
    again = await hub.calls.request("jeanne", BENALI)
    assert (again.id, again.state) == (call.id, CallState.CONNECTED)
    assert hub.wire.kinds().count(SignalKind.RING) == 1


async def test_a_restart_before_the_room_accepted_waits_for_its_offer(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    hub.calls.pages.join(call.id, "p1", hub.page)
    hub.calls.pages.take(call.id, hub.page, PageSignal("restart", 0))
    await hub.calls.hang_up(call.id, "benali")
    assert SignalKind.RESTART not in hub.wire.kinds()


async def test_a_page_that_does_not_come_back_has_left(hub: Hub) -> None:
    call = await hub.talking()
    hub.calls.pages.leave(call.id, hub.page)
    hub.clock.advance(ABSENCE)
    assert (await hub.reach(call, CallState.ENDED)).reason == "caller_left"
    assert (hub.wire.last().kind, hub.wire.last().reason) == (SignalKind.BYE, "caller_left")


async def test_the_page_may_hang_up(hub: Hub) -> None:
    call = await hub.talking()
    hub.calls.pages.take(call.id, hub.page, PageSignal("bye", 1))
    await hub.reach(call, CallState.ENDED)
    assert (await hub.calls.hang_up(call.id, "benali")).reason == "caller_hung_up"
    with pytest.raises(CallRefusedError):
        await hub.calls.hang_up("call-none", "benali")


async def test_an_interruption_is_told_and_so_is_its_end(hub: Hub) -> None:
    call = await hub.talking()
    hub.room(SignalKind.LOST, call)
    await hub.reach(call, CallState.RECONNECTING)
    hub.room(SignalKind.OFFER, call, 2, sdp="again")
    hub.room(SignalKind.OFFER, call, 1, sdp="late")
    hub.room(SignalKind.CONNECTED, call, 2)
    assert (await hub.reach(call, CallState.CONNECTED)).epoch == 2
    assert [message.sdp for message in hub.told if message.kind == "offer"] == ["again"]
    assert hub.calls.counts.dropped["room_epoch"] == 1


async def test_what_a_room_says_out_of_turn_changes_nothing(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI)
    hub.room(SignalKind.ACCEPTED, call)
    hub.room(SignalKind.CONNECTED, call)
    hub.room(SignalKind.RING, call)
    await until(lambda: hub.calls.counts.dropped["room_out_of_turn"] == 3)
    hub.calls.from_room("room-14", Signal(call.id, 1, SignalKind.RINGING, 0))
    await until(lambda: hub.calls.counts.dropped["room_of_no_call"] == 1)
    assert (await hub.calls.find(call.id)).state is CallState.REQUESTED


async def test_a_room_that_did_not_hear_the_end_is_told_again(hub: Hub) -> None:
    call = await hub.talking()
    await hub.calls.hang_up(call.id, "benali")
    sent = len(hub.wire.sent)
    hub.room(SignalKind.BYE, call)
    hub.room(SignalKind.LOST, call)
    await until(lambda: hub.calls.counts.dropped["room_of_no_call"] == 2)
    ((edge, told),) = hub.wire.sent[sent:]
    assert (edge, told.kind, told.call, told.reason) == (EDGE, SignalKind.BYE, call.id, "caller_left")


async def test_a_step_that_fails_does_not_stop_the_others(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody thought of this")

    hub.calls._exchange.put("call-1", fail)
    call = await hub.talking()
    assert (call.state, hub.calls.counts.dropped["fault"]) == (CallState.CONNECTED, 1)
    assert "nobody thought of this" in caplog.text


async def test_a_flood_is_cut_and_counted(hub: Hub) -> None:
    registry = CollectorRegistry()
    hub.calls.register(registry)
    call = await hub.talking()

    async def nothing() -> None:
        pass

    for _ in range(MAX_QUEUE + 10):
        hub.calls._exchange.put(call.id, nothing)
    assert hub.calls.counts.dropped["flood"] >= 9
    dropped = hub.calls.counts.dropped["flood"]
    assert registry.get_sample_value("veilleuse_call_signals_dropped_total", {"reason": "flood"}) == dropped
    await until(lambda: hub.calls._exchange.idle)
    hub.room(SignalKind.BYE, call)
    await hub.reach(call, CallState.ENDED)


async def test_a_hub_that_restarts_takes_its_calls_up(hub: Hub) -> None:
    call = await hub.talking()
    await hub.calls.stop()
    hub.calls.from_room(EDGE, Signal(call.id, 1, SignalKind.BYE, 0))
    again = CallService(hub.database, hub.wire, hub.calls._live, hub.clock)
    await again.start()
    restored = await again.find(call.id)
    assert (restored.state, restored.room, restored.answered) == (CallState.CONNECTED, "12", call.answered)
    with pytest.raises(CallRefusedError, match="is in a call"):
        await again.request("jeanne", ROUX)
    assert again.pages.join(call.id, "p1", hub.page)
    again.pages.take(call.id, hub.page, PageSignal("restart", 1))
    await until(lambda: hub.wire.last().kind is SignalKind.RESTART)
    await again.hang_up(call.id, "benali")
    await again.stop()
    assert hub.on_disk(call).state == "ended"


async def test_a_call_that_cannot_be_recorded_is_not_made(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(records, "save_call", full)
    with pytest.raises(StoreError):
        await hub.calls.request("jeanne", BENALI)
    assert hub.calls.open_calls() == []
    assert hub.wire.sent == []


async def test_a_room_that_hangs_up_on_a_full_disk_has_hung_up(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    call = await hub.talking()

    def full(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(records, "save_call", full)
    hub.room(SignalKind.BYE, call)
    await until(lambda: hub.told[-1].call.state is CallState.ENDED)
    assert "disk full" in caplog.text
