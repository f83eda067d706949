"""What a call outlives: a page of the room that crashes, one call after the other, an error in one connection."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from devices.wire.messages import SignalKind
from edge.video.engine import Offer
from edge.video.mesh import Mesh
from edge.video.steps import Phase
from tests.edge.video.peers import Browser, Room, until


@pytest.fixture(autouse=True)
def wide_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every line carry a picture: on a busy machine these browsers, all in one process, would say that none does."""
    monkeypatch.setattr("edge.video.tuning.estimate", lambda _sender: 600_000)


async def page(room: Room) -> ClientConnection:
    """Open the room's page."""
    screen = room.service.screen
    assert screen is not None
    origin = f"http://127.0.0.1:{screen.port}"
    return await connect(f"ws://127.0.0.1:{screen.port}/ecran", origin=origin)  # type: ignore[arg-type]  # a plain string is an origin


async def press(screen: ClientConnection, **said: object) -> None:
    await screen.send(json.dumps({"call": "call-1", **said}))


async def state(screen: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            message = await screen.recv()
            if isinstance(message, str):
                return dict(json.loads(message))


async def first_pictures(screen: ClientConnection, seats: set[int]) -> dict[int, bytes]:
    """Return the first picture of each seat."""
    found: dict[int, bytes] = {}
    async with asyncio.timeout(20):
        while set(found) != seats:
            message = await screen.recv()
            if isinstance(message, bytes) and message[0] == 1:
                found.setdefault(message[2], message)
    return found


async def test_a_page_that_crashes_while_it_rings_comes_back_to_the_ring(room: Room) -> None:
    first = await page(room)
    room.tell(SignalKind.RING, caller="Dr Benali", caller_role="physician")
    await press(first, type="shown")
    await room.hear(SignalKind.RINGING)
    first.transport.abort()
    await until(lambda: room.service.screen is not None and not room.service.screen._screens)
    room.service.accept("call-1")
    assert room.service.view().phase is Phase.RINGING
    again = await page(room)
    assert (await state(again))["caller"] == "Dr Benali"
    await press(again, type="shown")
    await press(again, type="accept")
    await room.hear(SignalKind.ACCEPTED)
    await again.close()


async def test_a_page_that_crashes_in_a_call_comes_back_to_everybodys_picture(room: Room) -> None:
    screen, browsers = await page(room), {"p1": Browser(), "p2": Browser()}
    await room.ring_and_accept()
    await room.connect(browsers["p1"])
    await room.join(browsers["p2"], "p2")
    screen.transport.abort()
    await until(lambda: room.service.screen is not None and not room.service.screen._screens)
    again = await page(room)
    told = await state(again)
    assert (told["phase"], [one["seat"] for one in told["participants"]]) == ("connected", ["p1", "p2"])
    pictures = await first_pictures(again, {1, 2})
    assert [picture[1] for picture in pictures.values()] == [1, 1]
    await again.close()
    for browser in browsers.values():
        await browser.close()


async def test_a_call_right_after_another_has_nothing_of_it(room: Room) -> None:
    first, second = Browser(), Browser()
    await room.ring_and_accept()
    await room.connect(first)
    room.tell(SignalKind.BYE)
    room.said.clear()
    room.tell(SignalKind.RING, call="call-2")
    room.service.shown("call-2")
    room.service.accept("call-2")
    offer = await room.hear(SignalKind.OFFER)
    assert offer.call == "call-2"
    await asyncio.sleep(0.3)
    # The first browser still sends to a connection that is closing.
    assert SignalKind.CONNECTED not in room.kinds()
    room.tell(SignalKind.ANSWER, call="call-2", sdp=await second.answer(offer.sdp))
    await room.hear(SignalKind.CONNECTED)
    await until(lambda: second.frames)
    for browser in (first, second):
        await browser.close()


async def test_an_error_in_one_connection_leaves_the_others(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser, connect_seat = Browser(), Mesh.connect

    async def fail(mesh: Mesh, seat: str, epoch: int, servers: tuple[dict[str, str], ...]) -> Offer:
        if seat == "p2":
            raise RuntimeError("nobody thought of this")
        return await connect_seat(mesh, seat, epoch, servers)

    monkeypatch.setattr(Mesh, "connect", fail)
    await room.ring_and_accept()
    await room.connect(browser)
    room.tell(SignalKind.JOIN, caller="Mme Petit", caller_role="nurse", peer="p2")
    declined = await room.hear(SignalKind.DECLINED, peer="p2")
    assert declined.reason == "device_failed"
    assert room.counters["call_faults"] == 1
    assert "nobody thought of this" in caplog.text
    before = len(browser.frames)
    await until(lambda: len(browser.frames) > before + 3)
    assert room.service.view().phase is Phase.CONNECTED
    await browser.close()


async def test_who_comes_back_to_a_seat_is_not_closed_by_who_left_it(room: Room) -> None:
    caller, first, second = Browser(), Browser(), Browser()
    await room.ring_and_accept()
    await room.connect(caller)
    await room.join(first, "p2")
    room.tell(SignalKind.LEFT, peer="p2")
    room.said.clear()
    await room.join(second, "p2")
    await until(lambda: len(second.frames) > 5)
    assert [said.kind for said in room.said if said.peer == "p2" and said.kind is SignalKind.DECLINED] == []
    for browser in (caller, first, second):
        await browser.close()
