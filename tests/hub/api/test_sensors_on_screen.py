"""What the screens are told of sensors and of what happened."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from devices.measurement import Cause, EventKind, Link
from devices.wire.messages import Envelope, EventNote, Lane, Presence, SensorFact
from hub.roll import read_roll
from hub.store import records

SECOND = 1_000_000


def tell(home: Any, *facts: SensorFact) -> None:
    home._send("presence", Presence("room-12", "c1", "online", home.now(), sensors=facts))


def happen(home: Any, kind: EventKind, identity: str) -> None:
    home.seq += 1
    note = EventNote("button", kind, home.now(), identity)
    home._send("live", Envelope("room-12", "s1", Lane.LIVE, home.seq, home.now(), True, events=(note,)))


async def one(home: Any, client: Any, holds: Any) -> Any:
    async def look() -> Any:
        [found] = (await client.get("/api/v1/residents")).json()
        return found if holds(found) else None

    return await home.until(look, 10)


async def test_a_silent_sensor_says_why(home: Any) -> None:
    client = await home.signed_in("ines")
    now = home.now()
    strap = SensorFact(
        "strap", Link.DOWN, battery=12, cause=Cause.NOT_SEEN, seen=now - 60 * SECOND, protocol="heart-rate"
    )
    tell(home, strap, SensorFact("ox", Link.UP, last=now, protocol="nonin-df2"))
    found = await one(home, client, lambda resident: len(resident["sensors"]) == 2)
    said, speaks = found["sensors"]
    assert said["kind"] == "strap"
    assert said["why"] == {
        "code": "not_seen",
        "fault": True,
        "params": {"sensor": "strap", "kind": "strap", "since": now - 60 * SECOND, "battery": 12},
    }
    assert (speaks["why"]["code"], speaks["why"]["fault"], found["watched"]) == ("fine", False, True)


async def test_sensors_of_nobody_do_not_watch_anybody(home: Any) -> None:
    client = await home.signed_in("ines")
    tell(home, SensorFact("ox", Link.UP, last=home.now(), protocol="nonin-df2"))
    await one(home, client, lambda resident: resident["watched"])
    await home.until(lambda: asyncio.sleep(0, home.writer.directory.assignments), 10)

    def swap(connection: Any) -> None:
        records.add_resident(connection, records.Resident("next", "Roux", "Simone", 1934, 1))
        records.move_resident(connection, "jeanne", None, home.now())
        records.move_resident(connection, "next", "12", home.now())

    await asyncio.to_thread(home.writer.change(swap).result, 10)
    home.services.live.enroll(await asyncio.to_thread(_roll, home))
    found = await one(home, client, lambda resident: resident["unwatched_reason"] == "sensors_unassigned")
    assert found["id"] == "next"
    assert found["sensors"][0]["why"]["code"] == "unassigned"
    answer = (await client.get("/api/v1/alerts")).json()
    [notice] = [alert for alert in answer if alert["code"] == "sensor_unassigned"]
    assert notice["about"] == [{"sensor": "ox", "kind": "oximeter"}]
    assert notice["category"] == "technical"


def _roll(home: Any) -> Any:
    with home.services.database.read() as connection:
        return read_roll(connection, home.now())


async def test_a_call_reaches_the_screens_at_once(home: Any) -> None:
    client = await home.signed_in("ines")
    async with home.live(client) as socket:
        await socket.recv()
        happen(home, EventKind.NURSE_CALL, "boot1-1")
        async with asyncio.timeout(60):
            while True:
                message = json.loads(await socket.recv())
                if message["type"] == "alert":
                    break
    alert = message["alert"]
    assert (alert["code"], alert["category"], alert["priority"]) == ("nurse_call", "physiological", "high")
    assert (alert["latched"], alert["condition"], alert["about"]) == (
        True, "cleared", [{"sensor": "button", "kind": "sensor"}],
    )  # fmt: skip
    done = await client.post(f"/api/v1/alerts/{alert['id']}", json={"action": "acknowledge"})
    assert (done.status_code, done.json()["latched"]) == (200, False)


async def test_a_technician_sees_no_call(home: Any) -> None:
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    happen(home, EventKind.FALL, "boot1-2")

    async def fallen() -> Any:
        return [a for a in (await nurse.get("/api/v1/alerts")).json() if a["code"] == "fall"]

    await home.until(fallen, 10)
    async with home.live(technician) as socket:
        first = json.loads(await socket.recv())
    assert [alert for alert in first["alerts"] if alert["code"] == "fall"] == []
