"""Calls over the real server: who may make one, who may join it, what crosses the socket."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from devices.wire.messages import Signal, SignalKind
from hub.api.calls_socket import CALL_OVER, INVALID
from hub.api.security import NOT_SIGNED_IN
from tests.hub.api.calls_wire import EDGE, RESIDENT, Wire, closed, read, signal, start, talking, until_state


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


@pytest.mark.parametrize(("who", "status"), [("ines", 200), ("tom", 403)])
async def test_a_nurse_calls_nobody_and_sees_the_calls(home: Any, wire: Wire, who: str, status: int) -> None:
    benali, client = await home.signed_in("benali"), await home.signed_in(who)
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/calls", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert wire.sent == []
    call = await start(benali)
    for path in ("/api/v1/calls", f"/api/v1/calls/{call['id']}"):
        assert (await client.get(path)).status_code == status
    assert (await client.post(f"/api/v1/calls/{call['id']}/hangup")).status_code == 403


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
        assert (joined["kind"], joined["epoch"], joined["call"], joined["seat"]) == ("state", 1, call, "p1")
        for kind in (SignalKind.RINGING, SignalKind.ACCEPTED):
            calls.from_room(EDGE, Signal(call["id"], 1, kind, 0))
            assert (await read(page))["call"]["state"] == kind
        calls.from_room(
            EDGE, Signal(call["id"], 1, SignalKind.OFFER, 0, sdp="v=0 offer", roles={"2": "hand"})
        )
        offer = await read(page)
        assert (offer["kind"], offer["sdp"], offer["roles"]) == ("offer", "v=0 offer", {"2": "hand"})
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


async def test_only_the_caller_ends_a_call(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await start(benali)
    answer = await ines.post(f"/api/v1/calls/{call['id']}/hangup")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_caller")
    async with signal(home, ines, call["id"]) as page:
        assert await closed(page) == CALL_OVER
    assert (await benali.get("/api/v1/calls")).json() == {"items": [call]}


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


async def test_a_nurse_comes_into_a_call_and_leaves_it(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await talking(home, benali)
    joined = (await ines.post(f"/api/v1/calls/{call['id']}/participants")).json()
    assert [(one["seat"], one["name"], one["role"], one["state"]) for one in joined["participants"]] == [
        ("p1", "Benali", "physician", "joined"),
        ("p2", "Ines", "nurse", "invited"),
    ]
    async with signal(home, ines, call["id"]) as page, signal(home, benali, call["id"]) as other:
        assert (await read(page))["seat"] == "p2"
        join = await wire.hear(SignalKind.JOIN)
        assert (join.peer, join.caller, join.caller_role) == ("p2", "Ines", "nurse")
        offer = Signal(call["id"], 1, SignalKind.OFFER, 0, sdp="v=0", peer="p2")
        home.services.calls.from_room(EDGE, offer)
        await until_state(other, "p2", "joined")
        await page.send(json.dumps({"kind": "offer", "epoch": 1, "peer": "p1", "sdp": "v=0 between"}))
        while (said := await read(other))["kind"] != "offer":
            pass
        assert (said["peer"], said["sdp"], said["seat"], said["call"]) == ("p2", "v=0 between", "p1", None)
        await other.send(json.dumps({"kind": "chat", "epoch": 1, "text": "bonjour"}))
        while (said := await read(page))["kind"] != "chat":
            pass
        assert (said["peer"], said["text"]) == ("p1", "bonjour")
        left = (await ines.post(f"/api/v1/calls/{call['id']}/participants/leave")).json()
        assert (left["state"], left["participants"][1]["state"]) == ("accepted", "left")
        assert await closed(page) == CALL_OVER
        await benali.post(f"/api/v1/calls/{call['id']}/participants/leave")
        assert await closed(other) == CALL_OVER
    over = (await ines.post(f"/api/v1/calls/{call['id']}/participants/leave")).json()
    assert (over["state"], over["reason"]) == ("ended", "caller_hung_up")
    again = await ines.post(f"/api/v1/calls/{call['id']}/participants")
    assert (again.status_code, again.json()["code"]) == (409, "call_over")


async def test_a_technician_is_told_of_no_call_and_joins_none(home: Any, wire: Wire) -> None:
    benali, tom = await home.signed_in("benali"), await home.signed_in("tom")
    call = await talking(home, benali)
    assert (await tom.post(f"/api/v1/calls/{call['id']}/participants")).status_code == 403
    async with signal(home, tom, call["id"]) as page:
        assert await closed(page) == 4403
