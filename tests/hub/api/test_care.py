"""A physician sees whom they care for; everybody else only with a reason that is written down and shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from hub.api.sight import Looks
from hub.auth.care import AFTERWARDS, GLASS_LASTS, Ground
from hub.ingest.writer import Writer
from hub.roll import read_roll
from hub.store import call_requests, cares, records
from hub.store.call_requests import Asking, CallRequest
from hub.store.cares import Care, Glass
from hub.store.records import CallRecord, Resident
from tests.hub.api.calls_wire import Wire, talking

REASON = "appelé par l'infirmière de nuit"
OTHER = "paul"
"Lives in room 14; nobody cares for him yet."
ABOUT_OTHER = (
    ("GET", "/api/v1/residents/paul"),
    ("GET", "/api/v1/residents/paul/measurements?metric=spo2"),
    ("GET", "/api/v1/residents/paul/waveforms?metric=pleth"),
    ("GET", "/api/v1/residents/paul/prescriptions"),
    ("GET", "/api/v1/residents/paul/calls"),
    ("GET", "/api/v1/residents/paul/call-consent"),
    ("GET", "/api/v1/residents/paul/break-glass"),
    ("GET", "/api/v1/rounds/paul"),
    ("GET", "/api/v1/rounds/paul/sets"),
    ("POST", "/api/v1/residents/paul/calls"),
    ("PUT", "/api/v1/residents/paul/call-consent"),
)


def change(home: Any, work: Any) -> Any:
    with home.services.database.write() as connection:
        return work(connection)


@pytest.fixture
async def ward(home: Any) -> Any:
    """The home with a second resident, and one care recorded: Dr Benali's for Jeanne."""
    now = home.now()

    def furnish(connection: Any) -> None:
        records.add_resident(connection, Resident(OTHER, "Petit", "Paul", 1930, now))
        records.move_resident(connection, OTHER, "14", now)
        cares.add(connection, Care("benali", "jeanne", now, None, "claire"))

    change(home, furnish)
    with home.services.database.read() as connection:
        home.services.live.enroll(read_roll(connection, now))
    await asyncio.sleep(0)
    return home


async def codes(client: httpx.AsyncClient) -> set[tuple[int, str]]:
    """Return how everything about the other resident is answered."""
    found = set()
    for method, path in ABOUT_OTHER:
        answer = await client.request(method, path, json={} if method != "GET" else None)
        found.add((answer.status_code, answer.json().get("code", "") if answer.is_error else ""))
    return found


def audited(home: Any, *actions: str) -> list[tuple[str, str, str, str]]:
    with home.services.database.read() as connection:
        log = records.audit_log(connection)
    return [(each.actor, each.action, each.object, each.detail) for each in log if each.action in actions]


def ids(found: Iterable[dict[str, Any]], name: str = "id") -> set[str]:
    return {each[name] for each in found}


async def test_before_anything_is_recorded_a_physician_sees_everybody(home: Any) -> None:
    benali = await home.signed_in("benali")
    care = (await benali.get("/api/v1/care")).json()
    assert care["stated"] is False
    assert [each["ground"] for each in care["items"]] == ["unstated"]
    assert ids((await benali.get("/api/v1/residents")).json()) == {"jeanne"}


async def test_a_physician_sees_only_those_they_care_for(ward: Any) -> None:
    benali = await ward.signed_in("benali")
    assert ids((await benali.get("/api/v1/residents")).json()) == {"jeanne"}
    assert (await benali.get("/api/v1/residents/jeanne")).status_code == 200
    assert await codes(benali) == {(403, "not_in_care")}
    listed = (await benali.get("/api/v1/rounds")).json()["entries"]
    assert ids(listed, "resident") == {"jeanne"}
    handover = (await benali.get("/api/v1/handover")).json()
    assert OTHER not in json.dumps(handover)


@pytest.mark.parametrize("who", ["ines", "claire"])
async def test_who_works_in_the_home_sees_everybody(ward: Any, who: str) -> None:
    client = await ward.signed_in(who)
    assert ids((await client.get("/api/v1/residents")).json()) == {"jeanne", OTHER}
    assert (await client.get(f"/api/v1/residents/{OTHER}")).status_code == 200
    grounds = {each["ground"] for each in (await client.get("/api/v1/care")).json()["items"]}
    assert grounds == {"home"}
    assert audited(ward, "resident_seen") == []


async def test_who_is_not_seen_is_only_a_name_and_a_room(ward: Any) -> None:
    benali = await ward.signed_in("benali")
    listed = (await benali.get("/api/v1/care")).json()
    [other] = [each for each in listed["items"] if each["resident"] == OTHER]
    assert (other["ground"], other["family_name"], other["room"]) == (None, "Petit", "ch. 14")
    assert listed["stated"] is True


async def test_breaking_the_glass_opens_one_record_and_is_shown(ward: Any) -> None:
    benali, claire = await ward.signed_in("benali"), await ward.signed_in("claire")
    path = f"/api/v1/residents/{OTHER}/break-glass"
    for short in ("", "urgent", "   a   b   c   "):
        refused = await benali.post(path, json={"reason": short})
        assert refused.status_code == 422, short
    assert (await benali.get(f"/api/v1/residents/{OTHER}")).status_code == 403
    opened = await benali.post(path, json={"reason": f"  {REASON} "})
    assert opened.status_code == 201, opened.text
    glass = opened.json()
    assert (glass["reason"], glass["until"] - glass["since"]) == (REASON, GLASS_LASTS)
    assert (await benali.get(f"/api/v1/residents/{OTHER}")).status_code == 200
    assert ids((await benali.get("/api/v1/residents")).json()) == {"jeanne", OTHER}
    [told] = (await claire.get("/api/v1/break-glass")).json()["items"]
    assert (told["username"], told["name"], told["resident"], told["reason"]) == (
        "benali",
        "Benali",
        OTHER,
        REASON,
    )
    [own] = (await benali.get(path)).json()["items"]
    assert own == told
    assert audited(ward, "break_glass") == [("benali", "break_glass", OTHER, REASON)]
    assert audited(ward, "resident_seen") == [("benali", "resident_seen", OTHER, "break_glass")]


async def test_the_glass_closes_after_an_hour(ward: Any) -> None:
    now = ward.now()
    glass = Glass("g1", "benali", OTHER, REASON, now - GLASS_LASTS, now - 1)
    change(ward, lambda connection: cares.break_glass(connection, glass))
    benali = await ward.signed_in("benali")
    assert await codes(benali) == {(403, "not_in_care")}


async def test_nobody_breaks_the_glass_of_a_stranger(ward: Any) -> None:
    benali = await ward.signed_in("benali")
    answer = await benali.post("/api/v1/residents/nobody/break-glass", json={"reason": REASON})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_resident")


def request(now: int, **more: Any) -> CallRequest:
    return CallRequest("r1", OTHER, "dyspnée", "now", None, "ines", "Ines", "nurse", now, **more)


async def test_a_request_opens_the_record_to_physicians_and_then_to_who_took_it(ward: Any) -> None:
    benali, now = await ward.signed_in("benali"), ward.now()
    change(ward, lambda connection: call_requests.add(connection, request(now)))
    assert (await benali.get(f"/api/v1/residents/{OTHER}")).status_code == 200
    change(ward, lambda c: call_requests.settle(c, "r1", Asking.WITHDRAWN, "ines", now))
    assert (await benali.get(f"/api/v1/residents/{OTHER}")).status_code == 403
    assert ("benali", "resident_seen", OTHER, "request") in audited(ward, "resident_seen")


async def test_who_took_a_request_or_called_still_sees_for_a_day(ward: Any) -> None:
    then = ward.now()
    taken = request(then, state=Asking.TAKEN, settled=then, settled_by="benali")
    change(ward, lambda connection: call_requests.add(connection, taken))
    call = CallRecord("c1", 1, OTHER, "room-14", "dora", "ended", "", then, then, then)
    change(ward, lambda connection: records.save_call(connection, call))
    with ward.services.database.read() as connection:
        for who in ("benali", "dora"):
            assert cares.sight(connection, who, [], then + AFTERWARDS - SECOND).sees(OTHER), who
            assert not cares.sight(connection, who, [], then + AFTERWARDS + SECOND).sees(OTHER), who


async def test_the_coordinator_says_who_cares_for_whom(ward: Any) -> None:
    claire, benali = await ward.signed_in("claire"), await ward.signed_in("benali")
    path = f"/api/v1/residents/{OTHER}/care"
    for _ in range(2):
        added = await claire.post(path, json={"username": "benali"})
        assert added.status_code == 201, added.text
    [other] = [each for each in added.json()["items"] if each["resident"] == OTHER]
    assert [(each["username"], each["author_name"]) for each in other["physicians"]] == [("benali", "Claire")]
    assert ids(added.json()["physicians"], "username") == {"benali"}
    assert (await benali.get(f"/api/v1/residents/{OTHER}")).status_code == 200
    for username in ("ines", "nobody"):
        refused = await claire.post(path, json={"username": username})
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_physician")
    assert (await claire.delete(f"{path}/benali")).status_code == 200
    again = await claire.delete(f"{path}/benali")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_care")
    assert await codes(benali) == {(403, "not_in_care")}
    kinds = [action for _, action, _, _ in audited(ward, "care_added", "care_ended")]
    assert kinds == ["care_added", "care_ended"]


async def test_the_last_care_that_ends_does_not_open_everybody(ward: Any) -> None:
    change(ward, lambda connection: cares.end(connection, "benali", "jeanne", "claire", ward.now()))
    benali = await ward.signed_in("benali")
    assert (await benali.get("/api/v1/residents")).json() == []


async def test_what_hangs_on_a_resident_is_theirs_too(ward: Any, wire: Wire) -> None:
    claire, benali = await ward.signed_in("claire"), await ward.signed_in("benali")
    call = await talking(ward, claire)
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).status_code == 200
    change(ward, lambda connection: cares.end(connection, "benali", "jeanne", "claire", ward.now()))
    change(ward, lambda connection: cares.add(connection, Care("benali", OTHER, ward.now(), None, "claire")))
    for path in ("", "/encounter", "/invites"):
        answer = await benali.get(f"/api/v1/calls/{call['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_in_care"), path
    joined = await benali.post(f"/api/v1/calls/{call['id']}/participants")
    assert joined.json()["code"] == "not_in_care"
    assert (await benali.get("/api/v1/calls")).json()["items"] == []
    invited = await claire.post(
        f"/api/v1/calls/{call['id']}/invites", json={"username": "benali", "minutes": 30}
    )
    assert invited.status_code == 201, invited.text
    assert (await benali.get(f"/api/v1/calls/{call['id']}")).status_code == 200
    assert ids((await benali.get("/api/v1/calls")).json()["items"]) == {call["id"]}


async def test_an_alert_is_seen_by_whom_it_is_escalated_to(ward: Any) -> None:
    writer: Writer = ward.writer
    assert writer is not None
    benali, ines = await ward.signed_in("benali"), await ward.signed_in("ines")
    change(ward, lambda connection: cares.end(connection, "benali", "jeanne", "claire", ward.now()))
    ward.measure(("spo2", 80.0, ward.now()))

    async def rings() -> list[dict[str, Any]]:
        return [a for a in (await ines.get("/api/v1/alerts")).json() if a["code"] == "limit_low"]

    [alert] = await ward.until(rings, 30)
    assert alert["resident"] == "jeanne"
    assert (await benali.get("/api/v1/alerts")).json() == []
    for method, path in (("POST", ""), ("GET", "/notifications")):
        answer = await benali.request(
            method, f"/api/v1/alerts/{alert['id']}{path}", json={"action": "take", "key": "k1", "reason": ""}
        )
        assert answer.json()["code"] == "not_in_care", path


async def messages(socket: Any, *, until: str) -> list[dict[str, Any]]:
    """Return what comes until a message of a kind, that one too."""
    found = []
    async with asyncio.timeout(30):
        while True:
            found.append(json.loads(await socket.recv()))
            if found[-1]["type"] == until:
                return found


async def test_the_stream_carries_only_whom_a_physician_sees(ward: Any) -> None:
    benali, ines = await ward.signed_in("benali"), await ward.signed_in("ines")
    async with ward.live(benali) as doctor, ward.live(ines) as nurse:
        [snapshot] = await messages(doctor, until="snapshot")
        assert ids(snapshot["residents"]) == {"jeanne"}
        [whole] = await messages(nurse, until="snapshot")
        assert ids(whole["residents"]) == {"jeanne", OTHER}
        opened = await benali.post(f"/api/v1/residents/{OTHER}/break-glass", json={"reason": REASON})
        assert opened.status_code == 201
        came = await messages(doctor, until="snapshot")
        assert ids(came[-1]["residents"]) == {"jeanne", OTHER}
        numbers = [message["seq"] for message in [snapshot, *came]]
        assert numbers == list(range(1, len(numbers) + 1))
        change(ward, lambda connection: cares.end(connection, "benali", "jeanne", "claire", ward.now()))
        gone = await messages(doctor, until="snapshot")
        assert ids(gone[-1]["residents"]) == {OTHER}
        ward.measure(("spo2", 95.0, ward.now()))
        told = await messages(nurse, until="values")
        assert ids(told[-1]["residents"], "resident") == {"jeanne"}
        after = await messages(doctor, until="heartbeat")
        assert "values" not in {message["type"] for message in after}


async def test_looking_is_written_down_once_a_session_and_hour(ward: Any) -> None:
    benali, claire = await ward.signed_in("benali"), await ward.signed_in("claire")
    for _ in range(3):
        await benali.get("/api/v1/residents/jeanne")
        await benali.get("/api/v1/residents/jeanne/prescriptions")
    again = await ward.signed_in("benali")
    await again.get("/api/v1/residents/jeanne")
    seen = audited(ward, "resident_seen")
    assert seen == [("benali", "resident_seen", "jeanne", "care")] * 2
    shown = (await claire.get("/api/v1/audit/residents/jeanne")).json()
    lines = [(each["name"], each["action"], each["detail"]) for each in shown["items"]]
    assert lines[:2] == [("Benali", "resident_seen", "care")] * 2
    missing = await claire.get("/api/v1/audit/residents/nobody")
    assert missing.json()["code"] == "unknown_resident"


async def test_a_part_of_a_record_is_part_of_its_audit_and_another_name_is_not(ward: Any) -> None:
    claire = await ward.signed_in("claire")
    for target in ("jeanne", "jeanne/set1", "jeannette"):
        ward.services.accounts.audit(ward.now(), "ines", "enter_set", target, target)
    shown = (await claire.get("/api/v1/audit/residents/jeanne")).json()["items"]
    assert {each["detail"] for each in shown} == {"jeanne", "jeanne/set1"}


def test_looks_are_forgotten_after_an_hour_and_when_there_are_too_many() -> None:
    looks, hour = Looks(), 3600 * SECOND
    assert looks.new(b"s", "jeanne", "care", 0)
    assert not looks.new(b"s", "jeanne", "care", hour - 1)
    assert looks.new(b"s", "jeanne", Ground.BREAK_GLASS, hour - 1)
    assert looks.new(b"s", "jeanne", "care", hour)
    for number in range(5000):
        looks.new(b"s", f"r{number}", "care", hour)
    assert looks.new(b"s", "jeanne", "care", hour + 1)
