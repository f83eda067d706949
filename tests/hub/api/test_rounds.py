"""The measurement round over a real server: entered once, judged at once, corrected with its past kept."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from hub.store import records
from hub.store.records import Prescription

WELL = {
    "respiration_rate": 16.0,
    "spo2": 97.0,
    "on_oxygen": 0.0,
    "systolic": 128.0,
    "diastolic": 74.0,
    "pulse_rate": 72.0,
    "consciousness": 0.0,
    "temperature": 36.8,
}
SETS = "/api/v1/rounds/jeanne/sets"


def readings(values: dict[str, float]) -> list[dict[str, Any]]:
    return [{"metric": metric, "value": value} for metric, value in values.items()]


def body(home: Any, values: dict[str, float] | None = None, **more: Any) -> dict[str, Any]:
    kept = WELL if values is None else values
    return {"id": "set-00001", "resident": "jeanne", "time": home.now(), "readings": readings(kept)} | more


async def alerts(client: httpx.AsyncClient, code: str) -> list[dict[str, Any]]:
    found = (await client.get("/api/v1/alerts", params={"state": "all"})).json()
    return [each for each in found if each["code"] == code]


async def newest(client: httpx.AsyncClient, metric: str) -> float | None:
    values = (await client.get("/api/v1/residents/jeanne")).json()["values"]
    return next((each["value"] for each in values if each["metric"] == metric), None)


async def test_a_set_is_scored_stored_and_shown(home: Any) -> None:
    ines = await home.signed_in("ines")
    before = (await ines.get("/api/v1/rounds")).json()
    assert [(each["state"], each["why"]) for each in before["entries"]] == [("due", "never")]
    assert (before["done"], before["total"]) == (0, 1)
    answer = await ines.post(SETS, json=body(home, {**WELL, "spo2": 93.0}, note="au repos"))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["version"], made["author_name"], made["note"]) == (1, "Ines", "au repos")
    assert made["score"] == {
        "total": 2,
        "points": {
            "respiration_rate": 0,
            "spo2": 2,
            "on_oxygen": 0,
            "systolic": 0,
            "pulse": 0,
            "consciousness": 0,
            "temperature": 0,
        },
        "missing": [],
        "risk": "low",
        "red": False,
        "rise": None,
    }
    after = (await ines.get("/api/v1/rounds")).json()
    assert [(each["state"], each["why"], each["author_name"]) for each in after["entries"]] == [
        ("done", "raised", "Ines")
    ]
    assert after["entries"][0]["at"] == made["time"] + 6 * 3600 * SECOND
    assert (after["done"], after["total"]) == (1, 1)
    # Like what a sensor measures: in the curve and on the ward.
    page = await ines.get("/api/v1/residents/jeanne/measurements", params={"metric": "temperature"})
    assert page.json()["values"] == [36.8]
    await home.until(lambda: holds(ines, "temperature", 36.8))


async def holds(client: httpx.AsyncClient, metric: str, value: float | None) -> bool:
    return await newest(client, metric) == value


async def test_a_set_that_is_sent_again_is_entered_once(home: Any) -> None:
    ines = await home.signed_in("ines")
    given = body(home)
    answers = await asyncio.gather(*(ines.post(SETS, json=given) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    page = await ines.get("/api/v1/residents/jeanne/measurements", params={"metric": "spo2"})
    assert page.json()["values"] == [97.0]
    other = await ines.post(SETS, json=given | {"readings": readings({"spo2": 95.0})})
    assert (other.status_code, other.json()["code"]) == (409, "key_used")


async def test_what_was_written_at_one_bed_is_never_entered_for_another(home: Any) -> None:
    ines = await home.signed_in("ines")
    answer = await ines.post(SETS, json=body(home, resident="paul"))
    assert (answer.status_code, answer.json()["code"]) == (409, "other_resident")
    answer = await ines.post("/api/v1/rounds/paul/sets", json=body(home, resident="paul"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_resident")


@pytest.mark.parametrize(
    ("values", "code", "params"),
    [
        ({"temperature": 378.0}, "value_impossible", {"metric": "temperature", "low": 25.0, "high": 45.0}),
        ({"systolic": 110.0, "diastolic": 120.0}, "value_pressure", {"metric": "diastolic", "high": 110.0}),
        ({"temperature": 34.0}, "value_unusual", {"metric": "temperature", "low": 34.5, "high": 40.0}),
        ({"spo2": 97.5}, "value_not_whole", {"metric": "spo2", "low": 35.0, "high": 100.0}),
        ({"mood": 3.0}, "unknown_metric", {"resource": "mood"}),
        ({}, "invalid_request", {"where": "body.readings"}),
    ],
)
async def test_values_that_cannot_be_and_strange_ones_are_refused_with_their_range(
    home: Any, values: dict[str, float], code: str, params: dict[str, Any]
) -> None:
    ines = await home.signed_in("ines")
    answer = await ines.post(SETS, json=body(home, values))
    assert answer.status_code in {404, 422}
    assert answer.json()["code"] == code
    assert answer.json()["params"] == params
    assert (await ines.get(SETS)).json() == []


async def test_a_strange_value_is_taken_once_it_is_confirmed(home: Any) -> None:
    ines = await home.signed_in("ines")
    assert (await ines.post(SETS, json=body(home, {"weight": 62.0}))).status_code == 201

    async def weighed() -> bool:
        return await newest(ines, "weight") == 62.0

    await home.until(weighed)
    second = body(home, {"weight": 52.0}, id="set-00002")
    answer = await ines.post(SETS, json=second)
    assert (answer.status_code, answer.json()["code"]) == (422, "value_changed")
    assert answer.json()["params"] == {"metric": "weight", "before": 62.0}
    assert (await ines.post(SETS, json=second | {"confirmed": ["weight"]})).status_code == 201


async def test_a_draft_says_what_would_come_of_it_and_stores_nothing(home: Any) -> None:
    benali = await home.signed_in("benali")
    draft = {"readings": readings({"respiration_rate": 26.0, "spo2": 90.0, "temperature": 380.0})}
    said = (await benali.post("/api/v1/rounds/jeanne/draft", json=draft)).json()
    assert (said["score"]["total"], said["score"]["risk"], said["score"]["red"]) == (6, "medium", True)
    assert "temperature" in said["score"]["missing"], "what cannot be scores nothing"
    assert [(each["metric"], each["fault"], each["refused"]) for each in said["doubts"]] == [
        ("temperature", "impossible", True)
    ]
    assert (said["why"], said["next"]) == ("urgent", None)
    assert (await benali.get(SETS)).json() == []


async def test_a_value_written_down_rings_like_one_that_is_measured(home: Any) -> None:
    limit = Limit("jeanne-t", "temperature", Priority.MEDIUM, high=38.5)
    now = home.now()
    change = home.writer.change(
        lambda connection: records.prescribe(
            connection, Prescription(limit, "jeanne", "benali", "infection", now)
        )
    )
    await asyncio.wrap_future(change)
    ines = await home.signed_in("ines")
    # Entered when the network was away, sent five minutes later: nobody was told before.
    given = body(home, {"temperature": 39.4}, time=home.now() - 300 * SECOND)
    assert (await ines.post(SETS, json=given)).status_code == 201
    [alert] = await alerts(ines, "limit_high")
    assert (alert["metric"], alert["value"], alert["condition"]) == ("temperature", 39.4, "active")
    assert alert["room"] == "ch. 12"
    [version] = (await ines.get(SETS)).json()
    correction = {
        "key": "fix-00001",
        "version": version["now"]["version"],
        "resident": "jeanne",
        "readings": readings({"temperature": 37.4}),
        "reason": "mal lu",
    }
    fixed = await ines.post(f"{SETS}/set-00001", json=correction)
    assert fixed.status_code == 200, fixed.text
    [alert] = await alerts(ines, "limit_high")
    assert alert["condition"] == "cleared"


async def test_an_old_set_is_history_and_a_very_old_one_is_refused(home: Any) -> None:
    limit = Limit("jeanne-t", "temperature", Priority.MEDIUM, high=38.5)
    now = home.now()
    change = home.writer.change(
        lambda connection: records.prescribe(
            connection, Prescription(limit, "jeanne", "benali", "infection", now)
        )
    )
    await asyncio.wrap_future(change)
    ines = await home.signed_in("ines")
    old = body(home, {"temperature": 39.4}, time=home.now() - 3600 * SECOND)
    assert (await ines.post(SETS, json=old)).status_code == 201
    assert await alerts(ines, "limit_high") == []
    older = body(home, {"temperature": 39.4}, time=home.now() - 13 * 3600 * SECOND, id="set-00002")
    answer = await ines.post(SETS, json=older)
    assert (answer.status_code, answer.json()["code"]) == (422, "set_out_of_time")
    ahead = body(home, {"temperature": 37.0}, time=home.now() + 3600 * SECOND, id="set-00003")
    assert (await ines.post(SETS, json=ahead)).json()["code"] == "set_out_of_time"


async def test_a_correction_keeps_what_was_and_its_values_count_no_more(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.post(SETS, json=body(home, {"spo2": 85.0, "weight": 62.0}))
    correction = {
        "key": "fix-00001",
        "version": 1,
        "resident": "jeanne",
        "readings": readings({"spo2": 95.0}),
        "reason": "mal lu",
    }
    first, again = [await ines.post(f"{SETS}/set-00001", json=correction) for _ in range(2)]
    assert (first.status_code, first.text) == (200, again.text)
    late = await ines.post(f"{SETS}/set-00001", json=correction | {"key": "fix-00002"})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    [kept] = (await ines.get(SETS)).json()
    assert [each["value"] for each in kept["now"]["readings"]] == [95.0]
    assert [[each["value"] for each in old["readings"]] for old in kept["before"]] == [[85.0, 62.0]]
    for metric, values in (("spo2", [95.0]), ("weight", [])):
        page = await ines.get("/api/v1/residents/jeanne/measurements", params={"metric": metric})
        assert page.json()["values"] == values
        down = {"metric": metric, "max_points": 10}
        page = await ines.get("/api/v1/residents/jeanne/measurements", params=down)
        assert page.json()["values"] == values
    await home.until(lambda: holds(ines, "spo2", 95.0))
    await home.until(lambda: holds(ines, "weight", None))


async def test_what_is_withdrawn_makes_nobody_measured(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.post(SETS, json=body(home, {**WELL, "weight": 62.0}))
    second = body(home, {**WELL, "weight": 62.5}, id="set-00002", time=home.now() + 1)
    await ines.post(SETS, json=second)
    taken = {"key": "gone-0001", "version": 1, "resident": "jeanne", "reason": "autre résident"}
    gone = await ines.post(f"{SETS}/set-00002/withdrawal", json=taken)
    assert (gone.status_code, gone.json()["withdrawn"]) == (200, True)
    await home.until(lambda: holds(ines, "weight", 62.0))
    assert (await ines.post(f"{SETS}/set-00002/withdrawal", json=taken)).status_code == 200
    more = await ines.post(f"{SETS}/set-00002/withdrawal", json=taken | {"key": "gone-0002", "version": 2})
    assert (more.status_code, more.json()["code"]) == (409, "withdrawn")
    await ines.post(f"{SETS}/set-00001/withdrawal", json=taken | {"key": "gone-0003"})
    [entry] = (await ines.get("/api/v1/rounds")).json()["entries"]
    assert (entry["state"], entry["why"], entry["last"]) == ("due", "never", None)
    assert {each.metric for each in home.services.timeseries.latest("jeanne")} == set()


async def test_a_sensor_offers_its_value_and_is_named_as_its_source(home: Any) -> None:
    ines = await home.signed_in("ines")
    time = home.now()
    home.measure(("spo2", 96.4, time))
    await home.until(lambda: holds(ines, "spo2", 96.4))
    sheet = (await ines.get("/api/v1/rounds/jeanne")).json()
    field = next(each for each in sheet["fields"] if each["metric"] == "spo2")
    assert field["offer"] == {
        "value": 96.4,
        "time": time,
        "edge": "room-12",
        "sensor": "ox",
        "kind": "sensor",
    }
    source = {"edge": "room-12", "sensor": "ox", "time": time}
    reading = {"metric": "spo2", "value": 96.0, "source": source}
    answer = await ines.post(SETS, json=body(home) | {"readings": [reading]})
    assert answer.status_code == 201, answer.text
    [kept] = answer.json()["readings"]
    assert (kept["by_hand"], kept["sensor"], kept["time"]) == (False, "ox", time)
    page = await ines.get("/api/v1/residents/jeanne/measurements", params={"metric": "spo2"})
    assert page.json()["values"] == [96.4], "measured once, so there once"
    for wrong in (
        {"value": 91.0},
        {"source": source | {"time": time + 1}},
        {"source": source | {"sensor": "@entered"}},
    ):
        refused = await ines.post(SETS, json=body(home, id="set-00002") | {"readings": [reading | wrong]})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_measured")


@pytest.mark.parametrize(
    ("who", "reads", "enters"),
    [(None, 401, 401), ("ines", 200, 201), ("benali", 200, 403), ("tom", 403, 403)],
)
async def test_each_role_reads_and_enters_what_is_its_own(
    home: Any, who: str | None, reads: int, enters: int
) -> None:
    ines = await home.signed_in("ines")
    await ines.post(SETS, json=body(home, id="set-00009", time=home.now() - SECOND))
    client = home.client() if who is None else await home.signed_in(who)
    for path in ("/api/v1/rounds", "/api/v1/rounds/jeanne", SETS):
        assert (await client.get(path)).status_code == reads
    draft = await client.post("/api/v1/rounds/jeanne/draft", json={"readings": readings(WELL)})
    assert draft.status_code == reads
    assert (await client.post(SETS, json=body(home))).status_code == enters
    changes = 200 if enters == 201 else enters
    change = {"version": 1, "resident": "jeanne", "reason": "mal lu"}
    fixed = {**change, "key": "fix-00001", "readings": readings(WELL)}
    assert (await client.post(f"{SETS}/set-00009", json=fixed)).status_code == changes
    gone = {**change, "key": "gone-0001", "version": 2}
    assert (await client.post(f"{SETS}/set-00009/withdrawal", json=gone)).status_code == changes


async def test_another_residents_set_is_not_found_here(home: Any) -> None:
    ines = await home.signed_in("ines")
    change = {
        "key": "fix-00001",
        "version": 1,
        "resident": "jeanne",
        "reason": "x",
        "readings": readings(WELL),
    }
    answer = await ines.post(f"{SETS}/set-none1", json=change)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_set")
    assert (await ines.get("/api/v1/rounds/paul")).status_code == 404


async def test_a_correction_is_not_compared_with_what_it_corrects(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.post(SETS, json=body(home, {"weight": 62.0}))
    await home.until(lambda: holds(ines, "weight", 62.0))
    draft = {"readings": readings({"weight": 52.0})}
    fresh = (await ines.post("/api/v1/rounds/jeanne/draft", json=draft)).json()
    assert [each["fault"] for each in fresh["doubts"]] == ["changed"]
    instead = (
        await ines.post("/api/v1/rounds/jeanne/draft", json=draft | {"correcting": "set-00001"})
    ).json()
    assert instead["doubts"] == []
