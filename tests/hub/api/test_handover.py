"""The hand-over between shifts over a real server: what the hub knows by itself, notes, and who has read it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from hub.alerting.shifts import USUAL, shift_at
from hub.store import records
from hub.store.records import CallRecord

HANDOVER = "/api/v1/handover"
NOTES = f"{HANDOVER}/notes"


def now_of(home: Any) -> dict[str, int]:
    """Ask for the shift that is now: without that, early in a shift, the one before is meant."""
    return {"at": home.now()}


def note(home: Any, **more: Any) -> dict[str, Any]:
    kept = {"id": "note-0001", "resident": "jeanne", "time": home.now(), "data": "Toux grasse", "result": ""}
    return {**kept, "action": "Redressée", **more}


async def told(client: httpx.AsyncClient, home: Any) -> dict[str, Any]:
    answer = await client.get(HANDOVER, params=now_of(home))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_quiet_shift_says_so(home: Any) -> None:
    home.heartbeat()
    ines = await home.signed_in("ines")

    async def calm() -> bool:
        return (await told(ines, home))["calm"] == 1

    await home.until(calm)
    said = await told(ines, home)
    assert (said["residents"], said["ward"], said["inherited"], said["receipts"]) == ([], [], 0, [])
    assert (said["since"], said["until"]) == shift_at(USUAL, home.services.zone, said["time"])
    assert said["running"] is True
    assert said["after"] is None
    earlier = (await ines.get(HANDOVER, params={"at": said["before"]})).json()
    assert (earlier["until"], earlier["after"], earlier["running"]) == (said["since"], said["since"], False)


async def test_who_is_not_watched_is_told_of(home: Any) -> None:
    ines = await home.signed_in("ines")
    [jeanne] = (await told(ines, home))["residents"]
    assert (jeanne["family_name"], jeanne["unwatched_reason"]) == ("Martin", "edge_silent")


async def test_an_alert_with_who_answered_and_how_long_it_took(home: Any) -> None:
    home.heartbeat()
    home.measure(("spo2", 80.0, home.now()))
    ines = await home.signed_in("ines")

    async def alerts() -> list[dict[str, Any]]:
        found = (await told(ines, home))["residents"]
        return [
            each for each in (found[0]["alerts"] if found else ()) if each["alert"]["code"] == "limit_low"
        ]

    [alert] = await home.until(alerts)
    assert (alert["answered_by"], alert["answered_after"], alert["inherited"]) == ("", None, True)
    assert (await told(ines, home))["inherited"] == 1
    await ines.post(f"/api/v1/alerts/{alert['alert']['id']}", json={"action": "take"})
    [alert] = await alerts()
    assert alert["answered_by"] == "Ines"
    assert 0 <= alert["answered_after"] < 60 * SECOND
    assert alert["inherited"] is True
    silence = {
        "kind": "out_of_service",
        "edge": "room-12",
        "sensor": "ox",
        "seconds": 600,
        "reason": "repair",
    }
    home.heartbeat()

    async def ordered() -> bool:
        return (await ines.post("/api/v1/suppressions", json=silence)).status_code == 201

    await home.until(ordered)
    [jeanne] = (await told(ines, home))["residents"]
    assert [each["sensor"] for each in jeanne["orders"]] == ["ox"]


async def test_a_score_above_the_one_before_and_values_out_of_usual(home: Any) -> None:
    since, _ = shift_at(USUAL, home.services.zone, home.now())
    ines = await home.signed_in("ines")
    well = {
        "respiration_rate": 16.0,
        "systolic": 128.0,
        "pulse_rate": 72.0,
        "temperature": 36.8,
        "spo2": 97.0,
    }
    for name, time, values in (
        ("set-00001", since - 60 * SECOND, well),
        ("set-00002", home.now(), {**well, "pulse_rate": 112.0}),
    ):
        readings = [{"metric": metric, "value": value} for metric, value in values.items()]
        given = {
            "id": name,
            "resident": "jeanne",
            "time": time,
            "readings": readings,
            "confirmed": ["pulse_rate"],
        }
        assert (await ines.post("/api/v1/rounds/jeanne/sets", json=given)).status_code == 201
    [jeanne] = (await told(ines, home))["residents"]
    score = jeanne["news2"]
    assert (score["score"]["total"], score["before"], score["sets"], score["author_name"]) == (
        2,
        0,
        1,
        "Ines",
    )


async def test_a_low_stretch_of_a_curve_is_told(home: Any) -> None:
    now = home.now()
    since, _ = shift_at(USUAL, home.services.zone, now)
    start = max(since, now - 900 * SECOND)
    times = [start + (now - start) * n // 400 for n in range(400)]
    home.measure(*(("pulse_rate", 140.0 if n > 200 else 70.0, time) for n, time in enumerate(times)))
    ines = await home.signed_in("ines")

    async def excursions() -> list[dict[str, Any]]:
        found = (await told(ines, home))["residents"]
        return list(found[0]["excursions"]) if found else []

    [fast] = await home.until(excursions)
    assert (fast["metric"], fast["worst"]) == ("pulse_rate", 140.0)


async def test_a_call_is_told(home: Any) -> None:
    def called(connection: Any) -> None:
        now = home.now()
        call = CallRecord("c1", 1, "jeanne", "room-12", "benali", "ended", "", now, now + 1, now + SECOND)
        records.save_call(connection, call)

    await asyncio.wrap_future(home.writer.change(called))
    ines = await home.signed_in("ines")
    [jeanne] = (await told(ines, home))["residents"]
    assert [(each["caller_name"], each["state"]) for each in jeanne["calls"]] == [("Benali", "ended")]


async def test_a_note_is_written_once_changed_and_taken_back_and_all_is_kept(home: Any) -> None:
    home.heartbeat()
    ines = await home.signed_in("ines")
    given = note(home)
    first, again = [await ines.post(NOTES, json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    assert (await ines.post(NOTES, json=given | {"data": "autre"})).json()["code"] == "key_used"
    change = {"key": "edit-0001", "version": 1, "data": "Toux sèche", "action": "Redressée"}
    changed = await ines.post(f"{NOTES}/note-0001", json=change)
    assert (changed.status_code, changed.json()["now"]["data"]) == (200, "Toux sèche")
    assert [each["data"] for each in changed.json()["before"]] == ["Toux grasse"]
    late = await ines.post(f"{NOTES}/note-0001", json=change | {"key": "edit-0002"})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    [jeanne] = (await told(ines, home))["residents"]
    assert [each["now"]["data"] for each in jeanne["notes"]] == ["Toux sèche"]
    gone = {"key": "gone-0001", "version": 2, "withdrawn": True}
    assert (await ines.post(f"{NOTES}/note-0001", json=gone)).json()["now"]["withdrawn"] is True
    assert (
        await ines.post(f"{NOTES}/note-0001", json=gone | {"key": "gone-0002", "version": 3})
    ).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"data": " ", "action": ""}, 422, "invalid_request"),
        ({"resident": "paul"}, 404, "unknown_resident"),
        ({"time": 0}, 422, "invalid_request"),
        ({"id": "x"}, 422, "invalid_request"),
    ],
)
async def test_a_note_that_cannot_be(home: Any, wrong: dict[str, Any], status: int, code: str) -> None:
    ines = await home.signed_in("ines")
    answer = await ines.post(NOTES, json=note(home, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await told(ines, home))["notes"] == []


async def test_a_note_about_the_whole_ward(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.post(NOTES, json=note(home, resident="", data="Ascenseur en panne"))
    assert [each["now"]["data"] for each in (await told(ines, home))["notes"]] == ["Ascenseur en panne"]


async def test_who_has_read_it_is_written_down_once(home: Any) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    since = (await told(ines, home))["since"]
    first = (await ines.post(f"{HANDOVER}/receipts", json={"since": since})).json()
    again = (await ines.post(f"{HANDOVER}/receipts", json={"since": since})).json()
    assert first == again
    assert [each["reader_name"] for each in first] == ["Ines"]
    both = (await benali.post(f"{HANDOVER}/receipts", json={"since": since})).json()
    assert [each["reader"] for each in both] == ["ines", "benali"]
    assert (await told(ines, home))["receipts"] == both
    wrong = await ines.post(f"{HANDOVER}/receipts", json={"since": since + 1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("who", "reads", "writes", "changes"),
    [(None, 401, 401, 401), ("ines", 200, 201, 200), ("benali", 200, 201, 403), ("tom", 403, 403, 403)],
)
async def test_each_role_reads_and_writes_what_is_its_own(
    home: Any, who: str | None, reads: int, writes: int, changes: int
) -> None:
    ines = await home.signed_in("ines")
    await ines.post(NOTES, json=note(home, id="note-0009"))
    since = (await told(ines, home))["since"]
    client = home.client() if who is None else await home.signed_in(who)
    assert (await client.get(HANDOVER)).status_code == reads
    assert (await client.post(f"{HANDOVER}/receipts", json={"since": since})).status_code == reads
    assert (await client.post(NOTES, json=note(home))).status_code == writes
    change = {"key": "edit-0001", "version": 1, "data": "mieux"}
    assert (await client.post(f"{NOTES}/note-0009", json=change)).status_code == changes
