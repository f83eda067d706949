"""Who may order that something does not sound, over HTTP and on the live stream."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from devices.clock import SECOND
from hub.store.schema import AUDIT

PATH = "/api/v1/suppressions"


async def alarm(home: Any, client: httpx.AsyncClient) -> dict[str, Any]:
    """Let the saturation fall, and return the alert."""
    home.heartbeat()
    home.measure(("spo2", 80.0, home.now()))

    async def raised() -> Any:
        found = (await client.get("/api/v1/alerts")).json()
        return next((alert for alert in found if alert["code"] == "limit_low"), None)

    found: dict[str, Any] = await home.until(raised)
    return found


def silence(alert: str, **more: Any) -> dict[str, Any]:
    return {"kind": "silence", "alert": alert, "reason": "in_room", "seconds": 120} | more


async def test_a_nurse_silences_an_alert_and_takes_it_back(home: Any) -> None:
    ines = await home.signed_in("ines")
    alert = await alarm(home, ines)
    before = home.now()
    answer = await ines.post(PATH, json=silence(alert["id"]))
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["author"], order["reason"], order["alert"]) == ("ines", "in_room", alert["id"])
    assert (order["resident"], order["room"]) == ("jeanne", "ch. 12")
    assert before <= order["since"] <= home.now()
    assert order["until"] == order["since"] + 120 * SECOND
    assert [each["id"] for each in (await ines.get(PATH)).json()] == [order["id"]]
    [muted] = [a for a in (await ines.get("/api/v1/alerts")).json() if a["id"] == alert["id"]]
    assert (muted["suppression"], muted["response"]) == ("silenced", "unacknowledged")
    assert (muted["muted_by"], muted["muted_until"]) == (order["id"], order["until"])
    ended = await ines.delete(f"{PATH}/{order['id']}")
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "ines")
    [heard] = [a for a in (await ines.get("/api/v1/alerts")).json() if a["id"] == alert["id"]]
    assert (heard["suppression"], heard["muted_by"]) == ("none", None)
    assert [step["event"] for step in heard["history"]] == ["raised", "silenced", "silence_ended"]
    assert (await ines.get(PATH)).json() == []
    again = await ines.delete(f"{PATH}/{order['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_force")
    with home.services.database.read() as connection:
        audited = [row.action for row in connection.execute(select(AUDIT.c.action))]
    assert "suppress_silence" in audited
    assert "end_suppression" in audited


async def test_what_is_refused_says_why(home: Any) -> None:
    ines = await home.signed_in("ines")
    alert = await alarm(home, ines)

    async def refused(**body: Any) -> tuple[int, str]:
        answer = await ines.post(PATH, json=body)
        return answer.status_code, answer.json()["code"]

    assert await refused(**silence("none")) == (404, "unknown_alert")
    assert await refused(**silence(alert["id"], seconds=121)) == (422, "too_long")
    assert await refused(**silence(alert["id"], reason="  ")) == (422, "invalid_request")
    assert await refused(**silence(alert["id"], edge="room-12")) == (422, "invalid_request")
    assert await refused(kind="silence", reason="x", seconds=60) == (422, "invalid_request")
    assert await refused(kind="care", edge="room-99", reason="x", seconds=60) == (404, "unknown_edge")
    assert await refused(kind="care", edge="room-12", reason="x", seconds=1801) == (422, "too_long")
    out = {"kind": "out_of_service", "edge": "room-12", "reason": "repair", "seconds": 60}
    assert await refused(**out, sensor="none") == (404, "unknown_sensor")
    assert (await ines.delete(f"{PATH}/none")).json()["code"] == "unknown_suppression"
    await ines.post(f"/api/v1/alerts/{alert['id']}", json={"action": "take"})
    assert await refused(**silence(alert["id"])) == (409, "already_answered")
    assert (await ines.get(PATH)).json() == []


CARE = {"kind": "care", "edge": "room-12", "reason": "in_care", "seconds": 900}
OUT = {"kind": "out_of_service", "edge": "room-12", "sensor": "ox", "reason": "repair", "seconds": 3600}


@pytest.mark.parametrize(
    ("username", "may"),
    [("ines", {"silence", "care", "out_of_service"}), ("tom", {"out_of_service"}), ("benali", set())],
)
async def test_who_may_order_what(home: Any, username: str, may: set[str]) -> None:
    alert = await alarm(home, await home.signed_in("ines"))
    client = await home.signed_in(username)
    for order in (silence(alert["id"]), CARE, OUT):
        answer = await client.post(PATH, json=order)
        assert answer.status_code == (201 if order["kind"] in may else 403), answer.text


async def test_a_technician_sees_and_ends_only_sensors_and_no_name(home: Any) -> None:
    ines, tom = await home.signed_in("ines"), await home.signed_in("tom")
    await alarm(home, ines)
    care = (await ines.post(PATH, json=CARE)).json()
    await ines.post(PATH, json=OUT)
    [seen] = (await tom.get(PATH)).json()
    assert (seen["kind"], seen["resident"], seen["sensor"]) == ("out_of_service", None, "ox")
    assert (await tom.delete(f"{PATH}/{care['id']}")).status_code == 403
    assert (await tom.delete(f"{PATH}/{seen['id']}")).status_code == 200
    physician = await home.signed_in("benali")
    assert [order["kind"] for order in (await physician.get(PATH)).json()] == ["care"]
    assert (await physician.delete(f"{PATH}/{care['id']}")).status_code == 403
    assert (await home.client().get(PATH)).status_code == 401


async def test_a_resident_whose_sensor_is_out_of_service_is_not_watched_and_pages_are_told(home: Any) -> None:
    ines = await home.signed_in("ines")
    await alarm(home, ines)
    async with home.live(ines) as socket, asyncio.timeout(60):
        first = json.loads(await socket.recv())
        assert first["suppressions"] == []
        assert first["residents"][0]["watched"] is True
        order = (await ines.post(PATH, json=OUT)).json()
        told: dict[str, Any] = {}
        while not {"suppression", "edge"} <= told.keys():
            message = json.loads(await socket.recv())
            told[message["type"]] = message
        assert told["suppression"]["suppression"]["id"] == order["id"]
        [resident] = told["edge"]["residents"]
        assert (resident["watched"], resident["unwatched_reason"]) == (False, "sensors_out_of_service")
    async with home.live(ines) as socket, asyncio.timeout(60):
        again = json.loads(await socket.recv())
        assert [each["id"] for each in again["suppressions"]] == [order["id"]]
        await ines.delete(f"{PATH}/{order['id']}")
        while (message := json.loads(await socket.recv()))["type"] != "edge":
            pass
        assert message["residents"][0]["watched"] is True
