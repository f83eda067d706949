"""Several people in one call: seats, who hears whom, who may come back, and what a restart of the hub keeps."""

from __future__ import annotations

import asyncio

import pytest

from devices.clock import SECOND
from devices.wire.messages import SignalKind
from hub.consult.calls import KNOCK, CallService, Start, Wish
from hub.consult.exchange import MAX_QUEUE
from hub.consult.model import Caller, CallRefusedError, PageMessage, PageSignal
from hub.consult.participants import ABSENCE, PLACES
from hub.consult.room import CallState
from hub.store import consult, records
from hub.store.consult import SeatState
from hub.store.errors import StoreError
from tests.hub.consult.house import BENALI, INES, ROUX, SAMU, Hub, until

GUEST = Wish(SAMU, "benali")


async def looked(hub: Hub, call: str) -> None:
    """Let the hub look at the clock."""
    opened = hub.calls._open[call]
    await hub.calls._exchange.ask(call, lambda: hub.calls._look(opened))


def kinds(told: list[PageMessage]) -> list[str]:
    return [message.kind for message in told]


async def test_who_comes_is_announced_admitted_and_heard(hub: Hub) -> None:
    call = await hub.talking()
    seat, told = await hub.comes(call, INES)
    join = hub.wire.last()
    assert (join.kind, join.peer, join.caller, join.caller_role) == (SignalKind.JOIN, "p2", "Inès", "nurse")
    assert join.ice_servers[0]["username"].endswith(f":{call.id}-room-p2")
    assert told[0].ice_servers[0]["username"].endswith(f":{call.id}-page-p2")
    hub.room(SignalKind.OFFER, call, peer=seat, sdp="offer")
    await until(lambda: told[-1].kind == "offer")
    assert (told[-1].sdp, told[-1].peer, told[-1].seat) == ("offer", "room", "p2")
    assert "offer" not in [message.sdp for message in hub.told]
    hub.room(SignalKind.CONNECTED, call, peer=seat)
    await until(lambda: hub.seat(call, seat).state is SeatState.CONNECTED)
    seats = [(one.seat, one.state) for one in hub.told[-1].call.participants]
    assert seats == [("p1", SeatState.CONNECTED), ("p2", SeatState.CONNECTED)]
    steps = [(actor, action) for actor, action, detail in hub.audit() if "p2" in detail]
    assert steps == [
        ("ines", "call_seat_given"),
        ("ines", "call_announced"),
        ("room:room-12", "call_seat_joined"),
        ("room:room-12", "call_seat_connected"),
    ]


async def test_who_comes_before_the_room_accepts_is_announced_when_it_does(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI, Start(beside=INES))
    assert [seat.name for seat in call.participants] == ["Dr Benali", "Inès"]
    told: list[PageMessage] = []
    assert hub.calls.pages.join(call.id, "p2", told.append)
    hub.room(SignalKind.RINGING, call)
    await hub.reach(call, CallState.RINGING)
    assert SignalKind.JOIN not in hub.wire.kinds()
    hub.room(SignalKind.ACCEPTED, call)
    await until(lambda: hub.wire.last().kind is SignalKind.JOIN)
    assert hub.seat(call, "p2").state is SeatState.ANNOUNCED


async def test_a_caller_who_asked_themselves_has_one_seat(hub: Hub) -> None:
    call = await hub.calls.request("jeanne", BENALI, Start(beside=BENALI))
    assert len(call.participants) == 1


async def test_coming_twice_is_one_seat(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.comes(call, INES)
    again = await hub.calls.take_seat(call.id, Wish(INES, "ines"))
    assert again.seat == seat
    assert hub.wire.kinds().count(SignalKind.JOIN) == 1


async def test_the_pages_of_the_admitted_reach_each_other_and_nobody_else(hub: Hub) -> None:
    call = await hub.talking()
    _, nurse = await hub.admitted(call, INES)
    waits, guest = await hub.comes(call, SAMU)
    take = hub.calls.pages.take
    strange: list[PageMessage] = []
    take(call.id, strange.append, PageSignal("offer", 1, "p1", sdp="no"))
    assert hub.calls.counts.dropped["page_of_no_call"] == 1
    page = hub.calls._open[call.id].pages["p2"].page
    take(call.id, page, PageSignal("offer", 1, "p1", sdp="between"))
    offer = hub.told[-1]
    assert (offer.kind, offer.peer, offer.seat, offer.sdp) == ("offer", "p2", "p1", "between")
    take(call.id, hub.page, PageSignal("answer", 1, "p2", sdp="yes"))
    assert (nurse[-1].kind, nurse[-1].peer, nurse[-1].sdp) == ("answer", "p1", "yes")
    take(call.id, hub.page, PageSignal("candidate", 1, "p2", candidate="c", sdp_mid="0", sdp_mline_index=0))
    assert (nurse[-1].candidate, nurse[-1].sdp_mid, nurse[-1].sdp_mline_index) == ("c", "0", 0)
    for peer in (waits, "p9", "p1"):
        take(call.id, hub.page, PageSignal("offer", 1, peer, sdp="no"))
    waiting = hub.calls._open[call.id].pages[waits].page
    take(call.id, waiting, PageSignal("offer", 1, "p1", sdp="no"))
    take(call.id, hub.page, PageSignal("offer", -1, "p2", sdp="no"))
    take(call.id, hub.page, PageSignal("state", 1, "p2"))
    assert hub.calls.counts.dropped["page_to_nobody"] == 6
    assert "no" not in [message.sdp for message in (*hub.told, *nurse, *guest)]
    assert SignalKind.OFFER not in hub.wire.kinds()


async def test_a_chat_goes_to_the_others_and_is_kept_nowhere(hub: Hub) -> None:
    call = await hub.talking()
    _, nurse = await hub.admitted(call, INES)
    _, guest = await hub.comes(call, SAMU)
    hub.calls.pages.take(call.id, hub.page, PageSignal("chat", 1, text="Adrénaline ?"))
    assert (nurse[-1].kind, nurse[-1].text, nurse[-1].peer) == ("chat", "Adrénaline ?", "p1")
    assert "chat" not in kinds(hub.told) + kinds(guest)
    sent = repr(hub.wire.sent)
    assert "Adrénaline" not in sent + repr(hub.audit()) + hub.database.path.read_bytes().decode("latin-1")


async def test_one_page_cannot_flood_the_others(hub: Hub) -> None:
    call = await hub.talking()
    _, nurse = await hub.admitted(call, INES)
    for number in range(1000):
        hub.calls.pages.take(call.id, hub.page, PageSignal("candidate", 1, "p2", candidate=str(number)))
        hub.calls.pages.take(call.id, hub.page, PageSignal("chat", 1, text=str(number)))
    assert kinds(nurse).count("candidate") == 200
    assert kinds(nurse).count("chat") == 10
    assert hub.calls.counts.dropped["page_flood"] == 1790
    hub.clock.advance(SECOND)
    hub.calls.pages.take(call.id, hub.page, PageSignal("chat", 1, text="later"))
    assert nurse[-1].text == "later"


async def test_who_leaves_leaves_the_rest_together(hub: Hub) -> None:
    call = await hub.talking()
    seat, told = await hub.admitted(call, INES)
    page = hub.calls._open[call.id].pages[seat].page
    hub.calls.pages.take(call.id, page, PageSignal("bye", 1))
    await until(lambda: told[-1].kind == "bye")
    assert told[-1].reason == "left"
    left = hub.wire.last()
    assert (left.kind, left.peer, left.reason) == (SignalKind.LEFT, seat, "left")
    assert (await hub.calls.find(call.id)).state is CallState.CONNECTED
    again, _ = await hub.comes(call, INES)
    assert again == "p3"
    hub.room(SignalKind.OFFER, call, peer=seat, sdp="late")
    hub.room(SignalKind.CONNECTED, call, peer=seat)
    await until(lambda: hub.calls.counts.dropped["room_out_of_turn"] == 2)


async def test_with_the_caller_everybody_leaves(hub: Hub) -> None:
    call = await hub.talking()
    _, told = await hub.admitted(call, INES)
    await hub.calls.goes(call.id, "p1", "benali")
    assert (told[-1].call.state, told[-1].last) == (CallState.ENDED, True)
    assert hub.wire.last().kind is SignalKind.BYE
    past = await hub.calls.find(call.id)
    assert [(seat.state, seat.reason) for seat in past.participants] == [(SeatState.LEFT, "call_over")] * 2
    with pytest.raises(CallRefusedError, match="is over"):
        await hub.calls.take_seat(call.id, Wish(ROUX, "roux"))
    with pytest.raises(CallRefusedError, match="unknown"):
        await hub.calls.take_seat("call-none", Wish(ROUX, "roux"))
    await hub.calls.goes(call.id, "p2", "ines")


async def test_the_room_may_decline_whom_it_likes(hub: Hub) -> None:
    call = await hub.talking()
    seat, told = await hub.comes(call, SAMU)
    hub.room(SignalKind.DECLINED, call, peer=seat, reason="refused")
    await until(lambda: told[-1].kind == "bye")
    assert told[-1].reason == "refused"
    assert (hub.seat(call, seat).state, hub.seat(call, seat).reason) == (SeatState.DECLINED, "refused")
    assert hub.told[-1].call.participants[1].state is SeatState.DECLINED
    assert (await hub.calls.find(call.id)).state is CallState.CONNECTED


async def test_the_room_cannot_decline_its_caller(hub: Hub) -> None:
    call = await hub.talking()
    hub.room(SignalKind.DECLINED, call, reason="refused")
    await until(lambda: hub.calls.counts.dropped["room_out_of_turn"] == 1)
    assert hub.seat(call, "p1").state is SeatState.CONNECTED


async def test_places_are_counted_when_somebody_comes(hub: Hub) -> None:
    call = await hub.talking()
    late = await hub.calls.take_seat(call.id, Wish(SAMU, "benali"))
    for number in range(PLACES - 1):
        await hub.comes(call, Caller(f"n{number}", f"N{number}", "nurse"))
    with pytest.raises(CallRefusedError) as refused:
        await hub.calls.take_seat(call.id, Wish(ROUX, "roux"))
    assert refused.value.code == "call_full"
    told: list[PageMessage] = []
    assert hub.calls.pages.join(call.id, late.seat, told.append)
    await until(lambda: told[-1].kind == "bye")
    assert told[-1].reason == "full"
    assert hub.wire.kinds().count(SignalKind.JOIN) == PLACES - 1


async def test_a_seat_that_nobody_takes_is_let_go(hub: Hub) -> None:
    call = await hub.talking()
    seat = await hub.calls.take_seat(call.id, Wish(INES, "ines"))
    hub.clock.advance(ABSENCE)
    await until(lambda: hub.seat(call, seat.seat).state is SeatState.LEFT)
    assert hub.seat(call, seat.seat).reason == "not_come"
    assert SignalKind.LEFT not in hub.wire.kinds()  # the room never heard of them


async def test_who_is_waited_for_has_as_long_as_their_invitation(hub: Hub) -> None:
    call = await hub.talking()
    until_then = hub.clock.utc() + 10 * ABSENCE
    seat = await hub.calls.take_seat(call.id, Wish(SAMU, "benali", until_then))
    hub.clock.advance(9 * ABSENCE)
    await looked(hub, call.id)
    assert hub.seat(call, seat.seat).state is SeatState.INVITED
    hub.clock.advance(ABSENCE)
    await until(lambda: hub.seat(call, seat.seat).state is SeatState.LEFT)


async def test_a_page_that_does_not_come_back_leaves_its_seat_alone(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.admitted(call, INES)
    page = hub.calls._open[call.id].pages[seat].page
    hub.calls.pages.leave(call.id, page)
    hub.clock.advance(45 * SECOND)
    await looked(hub, call.id)
    assert hub.seat(call, seat).state is SeatState.JOINED
    hub.clock.advance(ABSENCE)
    await until(lambda: hub.seat(call, seat).state is SeatState.LEFT)
    assert (hub.seat(call, seat).reason, hub.wire.last().kind) == ("page_gone", SignalKind.LEFT)
    assert (await hub.calls.find(call.id)).state is CallState.CONNECTED


async def test_a_new_connection_concerns_one_seat(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.admitted(call, INES)
    page = hub.calls._open[call.id].pages[seat].page
    hub.calls.pages.take(call.id, page, PageSignal("restart", 4))
    await until(lambda: hub.wire.last().kind is SignalKind.RESTART)
    assert (hub.wire.last().peer, hub.wire.last().epoch) == (seat, 5)
    assert (hub.seat(call, seat).epoch, hub.seat(call, "p1").epoch) == (5, 1)
    hub.calls.pages.take(call.id, page, PageSignal("answer", 1, sdp="late"))
    assert hub.calls.counts.dropped["page_epoch"] == 1
    hub.calls.pages.take(call.id, page, PageSignal("answer", 5, sdp="new"))
    assert (hub.wire.last().kind, hub.wire.last().peer, hub.wire.last().sdp) == (
        SignalKind.ANSWER,
        seat,
        "new",
    )


async def test_who_waits_at_the_door_and_loads_the_page_again_is_announced_again(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.comes(call, SAMU)
    told: list[PageMessage] = []
    assert hub.calls.pages.join(call.id, seat, told.append)
    page = hub.calls._open[call.id].pages[seat].page
    hub.calls.pages.take(call.id, page, PageSignal("answer", 1, sdp="too early"))
    assert hub.calls.counts.dropped["page_epoch"] == 1
    hub.calls.pages.take(call.id, page, PageSignal("restart", 0))
    await until(lambda: hub.wire.kinds().count(SignalKind.JOIN) == 2)
    assert SignalKind.RESTART not in hub.wire.kinds()


async def test_a_room_that_was_not_there_hears_who_waits_at_its_door(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.comes(call, INES)
    sent = len(hub.wire.sent)
    await looked(hub, call.id)
    assert len(hub.wire.sent) == sent, "it was told a moment ago"
    for again in (1, 2):
        hub.clock.advance(KNOCK)
        await looked(hub, call.id)
        await looked(hub, call.id)
        assert [(signal.kind, signal.peer) for _, signal in hub.wire.sent[sent:]] == [
            (SignalKind.JOIN, "p2")
        ] * again
    hub.room(SignalKind.OFFER, call, peer=seat, sdp="offer")
    await until(lambda: hub.seat(call, seat).state is SeatState.JOINED)
    hub.clock.advance(KNOCK)
    await looked(hub, call.id)
    assert len(hub.wire.sent) == sent + 2


async def test_what_interrupts_is_written_down_with_its_end(hub: Hub) -> None:
    call = await hub.talking()
    seat, _ = await hub.admitted(call, INES)
    hub.room(SignalKind.CONNECTED, call, peer=seat)
    hub.room(SignalKind.LOST, call, peer=seat)
    await until(lambda: hub.seat(call, seat).state is SeatState.RECONNECTING)
    hub.clock.advance(4 * SECOND)
    hub.room(SignalKind.CONNECTED, call, peer=seat)
    await until(lambda: hub.seat(call, seat).state is SeatState.CONNECTED)
    hub.calls.pages.leave(call.id, hub.page)
    await until(lambda: len(incidents(hub, call.id)) == 2)
    hub.clock.advance(2 * SECOND)
    hub.calls.pages.join(call.id, "p1", hub.page)
    hub.calls.pages.take(call.id, hub.page, PageSignal("restart", 1))
    await until(lambda: len(incidents(hub, call.id)) == 3)
    found = [(one.seat, one.cause, one.ended and one.ended - one.time) for one in incidents(hub, call.id)]
    assert found == [
        ("p2", "connection_lost", 4 * SECOND),
        ("p1", "page_gone", 2 * SECOND),
        ("p1", "connection_renewed", None),
    ]


def incidents(hub: Hub, call: str) -> list[consult.Incident]:
    with hub.database.read() as connection:
        return consult.incidents(connection, call)


async def test_a_hub_that_restarts_keeps_everybody(hub: Hub) -> None:
    call = await hub.talking()
    nurse, _ = await hub.admitted(call, INES)
    guest, _ = await hub.comes(call, SAMU)
    before = (await hub.calls.find(call.id)).participants
    await hub.calls.stop()
    again = CallService(hub.database, hub.wire, hub.calls._live, hub.clock)
    await again.start()
    restored = await again.find(call.id)
    assert restored.participants == before
    assert (restored.caller_name, restored.at(guest)) == ("Dr Benali", before[2])
    assert [(one.seat, one.cause) for one in incidents(hub, call.id)] == [(consult.ROOM, "hub_restarted")]
    told: list[PageMessage] = []
    assert again.pages.join(call.id, nurse, told.append)
    hub.clock.advance(ABSENCE)
    await until(lambda: again.opened(call.id) is None)
    assert (await again.find(call.id)).reason == "caller_left"
    await again.stop()


async def test_a_seat_that_cannot_be_recorded_is_not_given(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await hub.talking()

    def full(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(consult, "save_participants", full)
    with pytest.raises(StoreError, match="disk full"):
        await hub.calls.take_seat(call.id, Wish(INES, "ines"))
    assert len((await hub.calls.find(call.id)).participants) == 1


async def test_a_step_that_nobody_thought_of_does_not_hang_who_asked(hub: Hub) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody thought of this")

    with pytest.raises(BaseException, match=r"^$"):
        await hub.calls._exchange.ask("call-1", fail)
    assert hub.calls.counts.dropped["fault"] == 1


async def test_calls_from_before_seats_were_recorded_are_their_callers(hub: Hub) -> None:
    old = records.CallRecord("call-old", 3, "jeanne", "room-12", "benali", "connected", "", hub.clock.utc())
    with hub.database.write() as connection:
        records.save_call(connection, old)
    found = await hub.calls.find("call-old")
    assert (found.epoch, [seat.seat for seat in found.participants]) == (3, ["p1"])


async def test_one_call_does_not_wait_for_another(hub: Hub) -> None:
    call = await hub.talking()
    hold = asyncio.Event()
    hub.calls._exchange.put("call-other", lambda: _held(hold))
    seat, _ = await hub.comes(call, INES)
    assert hub.seat(call, seat).state is SeatState.ANNOUNCED
    assert not hub.calls._exchange.idle
    hold.set()
    await until(lambda: hub.calls._exchange.idle)


async def _held(hold: asyncio.Event) -> None:
    await hold.wait()


async def test_a_call_of_which_too_many_steps_wait_says_so(hub: Hub) -> None:
    call = await hub.talking()
    hold = asyncio.Event()
    for _ in range(MAX_QUEUE + 1):
        hub.calls._exchange.put(call.id, lambda: _held(hold))
    await asyncio.sleep(0)
    hub.calls._exchange.put(call.id, lambda: _held(hold))
    with pytest.raises(CallRefusedError) as refused:
        await hub.calls.take_seat(call.id, Wish(INES, "ines"))
    assert refused.value.code == "call_busy"
    hold.set()
    await until(lambda: hub.calls._exchange.idle)
