"""What a nurse does about the sensors of a room where somebody else lives now, and what is refused in words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from devices.clock import SECOND, ManualClock
from devices.measurement import Link
from devices.wire.messages import Presence, SensorFact
from hub.linking import Act, LinkingError
from hub.relinking import UNDO_WITHIN, undo
from hub.roll import read_roll
from hub.store import records, sensors

EDGE = "room-12"
ADDRESS = "F1:00:00:00:00:01"
URL = f"/api/v1/edges/{EDGE}/assignments"
ORDER = {"resident": "next", "sensors": ["ox", "strap"], "reason": "occupant_changed"}


def tell(home: Any) -> None:
    now = home.now()
    facts = (
        SensorFact("ox", Link.UP, last=now, protocol="nonin-df2"),
        SensorFact("strap", Link.UP, last=now, protocol="heart-rate", address=ADDRESS),
        SensorFact("air", Link.UP, last=now, protocol="bthome", personal=False),
    )
    home._send("presence", Presence(EDGE, "c1", "online", now, sensors=facts))


def owners(home: Any) -> dict[str, str]:
    with home.services.database.read() as connection:
        return {made.sensor: made.resident for made in sensors.assignments(connection, running=True)}


async def swapped(home: Any) -> None:
    """Let Jeanne's sensors be hers, and Simone Roux live in her room instead."""
    tell(home)
    await home.until(lambda: asyncio.sleep(0, len(owners(home)) == 2))

    def swap(connection: Any) -> None:
        records.add_resident(connection, records.Resident("next", "Roux", "Simone", 1934, 1))
        records.move_resident(connection, "jeanne", None, home.now())
        records.move_resident(connection, "next", "12", home.now())

    await asyncio.wrap_future(home.writer.change(swap))
    with home.services.database.read() as connection:
        home.services.live.enroll(read_roll(connection, home.now()))
    assert owners(home) == {}


def audited(home: Any) -> list[tuple[str, str, str, str]]:
    with home.services.database.read() as connection:
        found = [entry for entry in records.audit_log(connection) if "assign" in entry.action]
    return sorted((entry.actor, entry.action, entry.object, entry.detail) for entry in found)


async def notices(client: Any) -> list[Any]:
    answer = (await client.get("/api/v1/alerts")).json()
    return [a for a in answer if a["code"] == "sensor_unassigned" and a["condition"] == "active"]


async def test_a_nurse_says_whose_they_are_and_the_values_come(home: Any) -> None:
    await swapped(home)
    nurse = await home.signed_in("ines")
    await home.until(lambda: notices(nurse))
    card = await nurse.post(URL, json=ORDER)
    assert card.status_code == 200, card.text
    mine = {row["sensor"]: row["resident"] for row in card.json()["sensors"]}
    assert mine["ox"] == mine["strap"] == {"resident": "next", "family_name": "Roux", "given_name": "Simone"}
    home.measure(("spo2", 93.0, home.now()))

    async def seen() -> Any:
        [view] = (await nurse.get("/api/v1/residents")).json()
        return view if view["values"] else None

    view = await home.until(seen)
    assert (view["id"], view["values"][0]["value"]) == ("next", 93.0)
    assert home.services.timeseries.count("jeanne") == 0

    async def gone() -> bool:
        return not await notices(nurse)

    await home.until(gone)
    assert audited(home) == [
        ("ines", "assign sensor", "room-12/ox", "resident next, occupant_changed"),
        ("ines", "assign sensor", "room-12/strap", "resident next, occupant_changed"),
    ]


async def test_an_answer_that_was_lost_can_be_asked_for_again(home: Any) -> None:
    await swapped(home)
    nurse = await home.signed_in("ines")
    for _ in range(2):
        assert (await nurse.post(URL, json=ORDER)).status_code == 200
    assert len(audited(home)) == 2


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        # Who was shown on the page has left since.
        ({"resident": "jeanne"}, 409, "not_the_occupant"),
        ({"sensors": ["ox", "nothing"]}, 404, "unknown_sensor"),
        # It belongs to the room.
        ({"sensors": ["ox", "air"]}, 404, "unknown_sensor"),
        ({"sensors": []}, 422, "invalid_request"),
    ],
)
async def test_all_of_it_or_none(home: Any, order: Any, status: int, code: str) -> None:
    await swapped(home)
    nurse = await home.signed_in("ines")
    refused = await nurse.post(URL, json=ORDER | order)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (owners(home), audited(home)) == ({}, [])


async def test_who_comes_second_is_told_who_was_first(home: Any) -> None:
    await swapped(home)
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    await technician.post(URL, json=ORDER | {"sensors": ["ox"]})
    refused = await nurse.post(URL, json=ORDER)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_assigned")
    assert refused.json()["params"] == {"sensor": "ox", "author": "tom"}
    assert owners(home) == {"ox": "next"}, "the second sensor was not given half-way"


async def test_what_another_room_owns_is_not_taken_from_there(home: Any) -> None:
    await swapped(home)

    def elsewhere(connection: Any) -> None:
        strap = sensors.sensors(connection, EDGE)[EDGE, "strap"]
        sensors.save_sensors(connection, [replace(strap, edge="room-14", sensor="belt")])
        records.move_resident(connection, "jeanne", "14", home.now())
        sensors.assign(connection, ("room-14", "belt"), "jeanne", author="tom", now=home.now())

    await asyncio.wrap_future(home.writer.change(elsewhere))
    nurse = await home.signed_in("ines")
    refused = await nurse.post(URL, json=ORDER)
    assert (refused.status_code, refused.json()["code"]) == (409, "sensor_elsewhere")
    assert owners(home) == {"belt": "jeanne"}


async def test_a_nurse_takes_it_back(home: Any) -> None:
    await swapped(home)
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    await nurse.post(URL, json=ORDER)
    undone = ORDER | {"reason": "undone"}
    foreign = await technician.post(f"{URL}/undo", json=undone)
    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_yours")
    for _ in range(2):
        card = await nurse.post(f"{URL}/undo", json=undone)
        assert card.status_code == 200, card.text
    rows = {row["sensor"]: row["unlinked"] for row in card.json()["sensors"]}
    assert (rows["ox"]["author"], rows["ox"]["reason"]) == ("ines", "undone")
    assert owners(home) == {}
    [notice] = await home.until(lambda: notices(nurse))
    assert [each["sensor"] for each in notice["about"]] == ["ox", "strap"]
    undos = [entry for entry in audited(home) if entry[1] == "undo assignment"]
    assert undos == [
        ("ines", "undo assignment", "room-12/ox", "resident next, undone"),
        ("ines", "undo assignment", "room-12/strap", "resident next, undone"),
    ]


async def test_only_for_a_short_time(home: Any) -> None:
    await swapped(home)
    nurse = await home.signed_in("ines")
    await nurse.post(URL, json=ORDER)
    later = ManualClock(home.now() + int((UNDO_WITHIN + 1) * SECOND))
    asked = home.writer.change(undo(later, EDGE, ["ox"], "next", Act("ines", "undone")))
    with pytest.raises(LinkingError, match="more than 60 s ago") as refused:
        await asyncio.wrap_future(asked)
    assert refused.value.code == "too_late"
    assert owners(home) == {"ox": "next", "strap": "next"}


@pytest.mark.parametrize("path", [URL, f"{URL}/undo"])
async def test_who_may(home: Any, path: str) -> None:
    await swapped(home)
    assert (await home.client().post(path, json=ORDER)).status_code == 401
    physician = await home.signed_in("benali")
    assert (await physician.post(path, json=ORDER)).status_code == 403
    technician = await home.signed_in("tom")
    elsewhere = path.replace(EDGE, "nowhere")
    unknown = await technician.post(elsewhere, json=ORDER)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_edge")
