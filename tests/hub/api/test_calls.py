"""Calls over the real server: who may make one, who may join it, what crosses the socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from devices.wire.messages import Signal, SignalKind
from hub.api.calls import CALL_OVER, INVALID, NOT_SIGNED_IN
from hub.consult.calls import CallService

RESIDENT = "jeanne"
EDGE = "room-12"


class Wire:
    """Keeps what rooms are told."""

    def __init__(self) -> None:
        self.sent: list[Signal] = []

    def send(self, _edge: str, _kind: str, message: object) -> None:
        assert isinstance(message, Signal)
        self.sent.append(message)

    async def hear(self, kind: SignalKind) -> Signal:
        async with asyncio.timeout(10):
            while True:
                for signal in self.sent:
                    if signal.kind is kind:
                        return signal
                await asyncio.sleep(0.01)


@pytest.fixture
async def wire(home: Any) -> AsyncIterator[Wire]:
    """Let the home make calls, and hear what its rooms are told."""
    made = Wire()
    calls = CallService(home.services.database, made, home.services.live, home.services.clock)
    await calls.start()
    # The home of these tests is made without calls; the composition root gives them at the start.
    object.__setattr__(home.services, "calls", calls)
    home.heartbeat()
    await home.until(lambda: _online(home))
    yield made
    await calls.stop()


async def _online(home: Any) -> bool:
    return bool(home.services.live.ward.edges[EDGE].online)


async def start(client: httpx.AsyncClient, reason: str = "") -> dict[str, Any]:
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/calls", json={"reason": reason})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def signal(home: Any, client: httpx.AsyncClient | None, call: str) -> connect:
    cookies = "" if client is None else "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    return connect(
        f"ws://127.0.0.1:{home.port}/api/v1/calls/{call}/signal", additional_headers={"cookie": cookies}
    )


async def read(page: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await asyncio.wait_for(page.recv(), 10)))


async def closed(page: ClientConnection) -> int:
    await asyncio.wait_for(page.wait_closed(), 10)
    assert page.close_code is not None
    return page.close_code


async def test_a_physician_calls_and_the_room_rings(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await start(benali, "fièvre")
    assert (call["state"], call["resident"], call["room"], call["edge"]) == (
        "requested",
        RESIDENT,
        "ch. 12",
        EDGE,
    )
    ring = await wire.hear(SignalKind.RING)
    assert (ring.call, ring.caller, ring.caller_role) == (call["id"], "Benali", "physician")
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).json() == call


@pytest.mark.parametrize("who", ["ines", "tom"])
async def test_nobody_else_calls(home: Any, wire: Wire, who: str) -> None:
    client = await home.signed_in(who)
    for answer in (
        await client.post(f"/api/v1/residents/{RESIDENT}/calls", json={}),
        await client.get("/api/v1/calls/call-1"),
        await client.post("/api/v1/calls/call-1/hangup"),
    ):
        assert answer.status_code == 403
    assert wire.sent == []


async def test_nobody_calls_without_signing_in(home: Any, wire: Wire) -> None:
    answer = await home.client().post(f"/api/v1/residents/{RESIDENT}/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    async with signal(home, None, "call-1") as page:
        assert await closed(page) == NOT_SIGNED_IN
    assert wire.sent == []


async def test_errors_name_their_reason(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    answer = await benali.post("/api/v1/residents/nobody/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_resident")
    call = await start(benali)
    assert await start(benali) == call
    opened = home.services.calls._open[call["id"]]
    opened.call = replace(opened.call, caller="roux")
    answer = await benali.post(f"/api/v1/residents/{RESIDENT}/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "room_busy")
    answer = await benali.get("/api/v1/calls/call-none")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_call")
    answer = await benali.post(f"/api/v1/residents/{RESIDENT}/calls", json={"reason": "x" * 401})
    assert answer.status_code == 422


async def test_a_home_without_calls_says_so(home: Any) -> None:
    benali = await home.signed_in("benali")
    answer = await benali.post(f"/api/v1/residents/{RESIDENT}/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "calls_unavailable")
    async with signal(home, benali, "call-1") as page:
        assert await closed(page) == CALL_OVER


async def test_signals_cross_both_ways_and_the_end_closes_the_page(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await start(benali)
    calls = home.services.calls
    async with signal(home, benali, call["id"]) as page:
        joined = await read(page)
        assert (joined["kind"], joined["epoch"], joined["call"]) == ("state", 1, call)
        for kind in (SignalKind.RINGING, SignalKind.ACCEPTED):
            calls.from_room(EDGE, Signal(call["id"], 1, kind, 0))
            assert (await read(page))["call"]["state"] == kind
        calls.from_room(EDGE, Signal(call["id"], 1, SignalKind.OFFER, 0, sdp="v=0 offer"))
        offer = await read(page)
        assert (offer["kind"], offer["sdp"]) == ("offer", "v=0 offer")
        await page.send(json.dumps({"kind": "answer", "epoch": 1, "sdp": "v=0 answer"}))
        assert (await wire.hear(SignalKind.ANSWER)).sdp == "v=0 answer"
        candidate = {"kind": "candidate", "epoch": 1, "candidate": "c", "sdp_mid": "0", "sdp_mline_index": 0}
        await page.send(json.dumps(candidate))
        assert (await wire.hear(SignalKind.CANDIDATE)).sdp_mline_index == 0
        calls.from_room(EDGE, Signal(call["id"], 1, SignalKind.BYE, 0, reason="room_hung_up"))
        over = await read(page)
        assert (over["call"]["state"], over["call"]["reason"]) == ("ended", "room_hung_up")
        assert await closed(page) == CALL_OVER
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).json()["state"] == "ended"


async def test_hanging_up_tells_the_room(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await start(benali)
    answer = await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    assert (answer.json()["state"], answer.json()["reason"]) == ("ended", "caller_hung_up")
    assert (await wire.hear(SignalKind.BYE)).reason == "caller_hung_up"


async def test_only_the_caller_sees_and_joins_a_call(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await start(benali)
    opened = home.services.calls._open[call["id"]]
    opened.call = replace(opened.call, caller="roux")
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).status_code == 404
    assert (await benali.post(f"/api/v1/calls/{call['id']}/hangup")).status_code == 404
    async with signal(home, benali, call["id"]) as page:
        assert await closed(page) == CALL_OVER


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", '{"kind":"offer","epoch":"x"}', '{"kind":"open","epoch":1}', b"\x00\xff"]
)
async def test_junk_closes_the_page_and_is_counted(home: Any, wire: Wire, junk: str | bytes) -> None:
    benali = await home.signed_in("benali")
    call = await start(benali)
    async with signal(home, benali, call["id"]) as page:
        await page.send(junk)
        assert await closed(page) == INVALID
    counted = home.services.metrics.problems.labels(code="invalid_call_signal")._value.get()
    assert counted == 1
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).json()["state"] == "requested"
