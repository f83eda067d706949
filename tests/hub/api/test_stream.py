"""The live WebSocket over a real server: what a page sees, when, and what it does not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pydantic import TypeAdapter
from websockets.exceptions import ConnectionClosed, InvalidStatus

from devices.measurement import Link
from hub.api.models import LiveMessage

MESSAGE: TypeAdapter[Any] = TypeAdapter(LiveMessage)


async def receive(socket: Any, kind: str) -> Any:
    """Return the next message of a kind; every message on the way must be one of the contract's."""
    async with asyncio.timeout(60):
        while True:
            text = await socket.recv()
            MESSAGE.validate_json(text)
            message = json.loads(text)
            if message["type"] == kind:
                return message


async def test_first_comes_the_whole_ward(home: Any) -> None:
    home.measure(("spo2", 96.0, home.now()))
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        snapshot = await receive(socket, "snapshot")
    assert snapshot["seq"] == 1
    assert snapshot["home"] == "Les Tilleuls"
    [jeanne] = snapshot["residents"]
    assert (jeanne["family_name"], jeanne["room"], jeanne["edge"]) == ("Martin", "ch. 12", "room-12")
    assert jeanne["limits"][0]["low"] == 88.0
    assert jeanne["unwatched_reason"] == "edge_silent"
    assert {edge["edge"] for edge in snapshot["edges"]} == {"room-12", "room-14"}


async def test_a_value_an_alert_and_its_answer_reach_the_page(home: Any) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        await receive(socket, "snapshot")
        home.heartbeat()
        edge = await receive(socket, "edge")
        assert edge["edge"]["online"]
        assert edge["residents"][0]["watched"]
        home.measure(("spo2", 84.0, home.now()))
        alert = (await receive(socket, "alert"))["alert"]
        assert (alert["code"], alert["value"], alert["resident"]) == ("limit_low", 84.0, "jeanne")
        assert [step["event"] for step in alert["history"]] == ["raised"]
        answer = await nurse.post(f"/api/v1/alerts/{alert['id']}", json={"action": "take"})
        assert answer.json()["taken_by"] == "ines"
        taken = (await receive(socket, "alert"))["alert"]
        assert (taken["response"], taken["id"]) == ("taken", alert["id"])
        assert [step["author"] for step in taken["history"]] == ["veilleuse", "ines"]


async def test_values_reach_the_page_with_their_resident(home: Any) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        await receive(socket, "snapshot")
        home.measure(("spo2", 96.0, home.now()), ("pulse_rate", 0.0, home.now()))
        values = await receive(socket, "values")
    [jeanne] = values["residents"]
    assert jeanne["resident"] == "jeanne"
    # Trap 9: zero is a value.
    assert {v["metric"]: v["value"] for v in jeanne["values"]} == {"spo2": 96.0, "pulse_rate": 0.0}


async def test_messages_are_numbered_without_a_hole_and_the_heart_beats(home: Any) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        seen = []
        for number in range(12):
            home.measure(("spo2", 90.0 + number % 5, home.now()))
            seen.append(json.loads(await socket.recv()))
            if number == 10:
                seen.append(await receive(socket, "heartbeat"))
    numbers = [message["seq"] for message in seen]
    assert numbers == sorted(numbers)
    assert numbers[:11] == list(range(1, 12))


async def test_a_technician_sees_devices_and_nobody(home: Any) -> None:
    technician = await home.signed_in("tom")
    async with home.live(technician) as socket:
        snapshot = await receive(socket, "snapshot")
        assert snapshot["residents"] == []
        home.measure(("spo2", 70.0, home.now()))
        home.heartbeat()
        home.heartbeat(state="gone")
        alert = (await receive(socket, "alert"))["alert"]
        assert (alert["code"], alert["resident"], alert["room"]) == ("edge_silent", None, "ch. 12")
        edge = await receive(socket, "edge")
        assert edge["residents"] == []
        assert "jeanne" not in json.dumps([snapshot, alert, edge]).lower()


async def test_without_a_session_the_page_is_told_to_sign_in(home: Any) -> None:
    async with home.live(None) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4401, "not_signed_in")


async def test_a_page_of_another_site_gets_no_stream(home: Any) -> None:
    nurse = await home.signed_in("ines")
    with pytest.raises(InvalidStatus) as refused:
        async with home.live(nurse, origin="http://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_tablet_says_whether_it_can_be_heard(home: Any) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        await receive(socket, "snapshot")
        await socket.send(json.dumps({"type": "tablet", "audio": "ready", "visible": True}))

        async def heard() -> bool:
            checks = (await nurse.get("/healthz")).json()["checks"]
            return bool(checks["tablets"] == "1 open, 1 can be heard")

        await home.until(heard)


@pytest.mark.parametrize(
    "text", ["{}", "no json", '{"type": "tablet", "audio": "loud", "visible": true}', "x" * 5000]
)
async def test_a_malformed_tablet_state_ends_the_stream_and_is_counted(home: Any, text: str) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        await socket.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket, "nothing")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert (
        'veilleuse_api_problems_total{code="invalid_tablet_state"} 1.0' in (await nurse.get("/metrics")).text
    )


async def test_a_sensor_that_falls_silent_leaves_its_resident_unwatched(home: Any) -> None:
    nurse = await home.signed_in("ines")
    async with home.live(nurse) as socket:
        home.heartbeat()
        await receive(socket, "edge")
        home.heartbeat(link=Link.SILENT)
        edge = await receive(socket, "edge")
    assert edge["residents"][0]["unwatched_reason"] == "sensors_silent"
