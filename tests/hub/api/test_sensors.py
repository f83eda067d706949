"""What a technician may do to sensors over HTTP, who else may, and what is refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from devices.clock import ManualClock
from devices.errors import WireError
from devices.measurement import Cause, Link
from devices.wire.confidence import Secrets, open_box
from devices.wire.messages import (
    Candidate,
    Observation,
    Presence,
    SensorFact,
    SensorSet,
    SurveyReport,
    SurveyRequest,
    TrialReport,
    TrialRequest,
    encode,
)
from devices.wire.seal import Keys, edge_secret
from hub.linking import SensorPost
from hub.live import Committed
from hub.store import records, sensors
from hub.store.given import Given, give
from hub.survey import MAX_INQUIRIES, PER_ACCOUNT, UNWATCHED, Inquiries, InquiryError
from hub.vault import Vault

MASTER = bytes(32)
"Of the home in `conftest`."

EDGE = "room-12"
STRAP = "F1:00:00:00:00:01"
PLACE = {"protocol": "heart-rate", "address": STRAP}


async def online(home: Any) -> None:
    home.heartbeat()

    async def there() -> bool:
        return bool(home.services.live.ward.edges[EDGE].online)

    await home.until(there)


def audited(home: Any, action: str) -> list[records.AuditEntry]:
    with home.services.database.read() as connection:
        return [entry for entry in records.audit_log(connection) if entry.action == action]


def requests(home: Any, kind: type) -> list[Any]:
    return [message for _, _, message in home.postman.sent if isinstance(message, kind)]


def watch(home: Any, client: httpx.AsyncClient, inquiry: str) -> connect:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = f"ws://127.0.0.1:{home.port}/api/v1/inquiries/{inquiry}"
    return connect(address, additional_headers={"cookie": cookies})


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        ("GET", "/rooms", None, {"ines", "tom"}),
        ("POST", f"/edges/{EDGE}/surveys", {"seconds": 30}, {"tom"}),
        ("POST", f"/edges/{EDGE}/trials", PLACE, {"tom"}),
        ("POST", f"/edges/{EDGE}/sensors", PLACE, {"tom"}),
        ("POST", f"/edges/{EDGE}/sensors/x/unlink", {}, {"tom"}),
        ("POST", f"/edges/{EDGE}/sensors/x/assignment", {"resident": "jeanne"}, {"ines", "tom"}),
        ("DELETE", "/inquiries/x", None, {"tom"}),
        ("GET", "/enrolments", None, {"tom"}),
        ("POST", "/enrolments", {"room": "12"}, {"tom"}),
        ("DELETE", "/enrolments/XXXX", None, {"tom"}),
    ],
)
async def test_who_may(home: Any, method: str, path: str, body: Any, allowed: set[str]) -> None:
    await online(home)
    anonymous = await home.client().request(method, f"/api/v1{path}", json=body)
    assert anonymous.status_code == 401
    for who in ("ines", "benali", "tom"):
        client = await home.signed_in(who)
        status = (await client.request(method, f"/api/v1{path}", json=body)).status_code
        assert (status != 403) == (who in allowed), (who, status)


async def test_a_room_shows_a_name_and_nothing_else_of_its_resident(home: Any) -> None:
    home.measure(("spo2", 97.0, home.now()))
    await online(home)
    technician = await home.signed_in("tom")

    async def heard() -> Any:
        cards = {card["room"]: card for card in (await technician.get("/api/v1/rooms")).json()}
        return cards if cards["12"]["sensors"] else None

    cards = await home.until(heard)
    jeanne = {"resident": "jeanne", "family_name": "Martin", "given_name": "Jeanne"}
    assert cards["12"]["occupant"] == jeanne
    assert (cards["14"]["occupant"], cards["14"]["edge"]) == (None, "room-14")
    assert "1935" not in json.dumps(cards)
    [sensor] = cards["12"]["sensors"]
    assert (sensor["sensor"], sensor["given"]) == ("ox", False)


async def test_a_survey_is_heard_by_the_page_that_asked_and_by_no_other(home: Any) -> None:
    await online(home)
    technician, nurse = await home.signed_in("tom"), await home.signed_in("ines")
    made = (await technician.post(f"/api/v1/edges/{EDGE}/surveys", json={"seconds": 20})).json()
    [asked] = requests(home, SurveyRequest)
    assert (asked.survey, asked.seconds) == (made["id"], 20)
    inquiries = home.services.fleet.inquiries
    found = Candidate("heart-rate", STRAP, name="Polar", rssi=-60)
    async with watch(home, technician, made["id"]) as socket:
        inquiries.from_room("room-14", SurveyReport("room-14", made["id"], 1, True, (found,)))
        inquiries.from_room(EDGE, SurveyReport(EDGE, "another", 1, True, (found,)))
        inquiries.from_room(EDGE, TrialReport(EDGE, made["id"], 1, True, Link.UP))
        inquiries.from_room(EDGE, SurveyReport(EDGE, made["id"], 7, True, (found,)))
        report = json.loads(await socket.recv())
        assert (report["time"], report["running"], len(report["candidates"])) == (7, True, 1)
        assert inquiries.dropped == 3
        inquiries.from_room(EDGE, SurveyReport(EDGE, made["id"], 8, False, (), Cause.ADAPTER))
        last = json.loads(await socket.recv())
        assert (last["running"], last["cause"]) == (False, "adapter")
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    for who, code in ((nurse, 4403), (technician, 4404)):
        async with watch(home, who, made["id"] if who is nurse else "x") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code
    assert [entry.detail for entry in audited(home, "survey")] == ["20 s"]


async def test_a_trials_values_are_shown_and_never_stored(home: Any) -> None:
    await online(home)
    technician = await home.signed_in("tom")
    both = await technician.post(f"/api/v1/edges/{EDGE}/trials", json={**PLACE, "link": "/dev/x"})
    assert both.status_code == 422
    made = (await technician.post(f"/api/v1/edges/{EDGE}/trials", json=PLACE)).json()
    value = Observation("trial", "heart_rate", home.now(), 71.0, 1)
    async with watch(home, technician, made["id"]) as socket:
        home.services.fleet.inquiries.from_room(
            EDGE, TrialReport(EDGE, made["id"], 5, True, Link.UP, (value,))
        )
        report = json.loads(await socket.recv())
        assert (report["link"], report["values"][0]["value"]) == ("up", 71.0)
        assert report["values"][0]["flags"]
        assert (await technician.delete(f"/api/v1/inquiries/{made['id']}")).status_code == 204
        assert json.loads(await socket.recv())["running"] is False
    assert requests(home, TrialRequest)[-1].seconds == 0, "the edge is told to stop"
    assert home.services.timeseries.count("jeanne") == 0


async def test_a_silent_or_unknown_device_is_not_asked(home: Any) -> None:
    technician = await home.signed_in("tom")
    silent = await technician.post("/api/v1/edges/room-14/surveys", json={})
    assert (silent.status_code, silent.json()["code"]) == (409, "edge_silent")
    unknown = await technician.post("/api/v1/edges/nowhere/surveys", json={})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_edge")
    assert home.postman.sent == []


async def test_a_sensor_is_linked_unlinked_and_linked_again_under_its_name(home: Any) -> None:
    technician = await home.signed_in("tom")
    order = {**PLACE, "address": STRAP.lower(), "resident": "jeanne", "reason": "admission"}
    made = await technician.post(f"/api/v1/edges/{EDGE}/sensors", json=order)
    assert made.json()["sensor"] == "heart-rate"
    [row] = made.json()["room"]["sensors"]
    assert (row["resident"]["resident"], row["given"], row["address"]) == ("jeanne", True, STRAP)
    again = await technician.post(f"/api/v1/edges/{EDGE}/sensors", json=order)
    assert again.json()["sensor"] == "heart-rate", "the same thing is not given twice"
    gone = await technician.post(f"/api/v1/edges/{EDGE}/sensors/heart-rate/unlink", json={"reason": "lost"})
    assert gone.json()["sensors"] == []
    twice = await technician.post(f"/api/v1/edges/{EDGE}/sensors/heart-rate/unlink", json={})
    assert (twice.status_code, twice.json()["code"]) == (404, "unknown_sensor")
    back = await technician.post(f"/api/v1/edges/{EDGE}/sensors", json=order)
    assert back.json()["sensor"] == "heart-rate"
    other = await technician.post(
        f"/api/v1/edges/{EDGE}/sensors", json={**order, "address": "F1:00:00:00:00:02"}
    )
    assert other.json()["sensor"] == "heart-rate-2"
    assert [(e.actor, e.object, e.detail) for e in audited(home, "unlink sensor")] == [
        ("tom", "room-12/heart-rate", "lost")
    ]
    with home.services.database.read() as connection:
        [first, *_] = sensors.assignments(connection, edge=EDGE, sensor="heart-rate")
    assert (first.author, first.reason) == ("tom", "admission")


async def test_a_sensor_belongs_to_who_lives_there(home: Any) -> None:
    technician, nurse = await home.signed_in("tom"), await home.signed_in("ines")
    wrong = await technician.post("/api/v1/edges/room-14/sensors", json={**PLACE, "resident": "jeanne"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "not_the_occupant")
    with home.services.database.read() as connection:
        assert sensors.assignments(connection) == []
    assert (await technician.get("/api/v1/rooms")).json()[1]["sensors"] == [], "nothing of it is kept"
    await technician.post(f"/api/v1/edges/{EDGE}/sensors", json={**PLACE, "resident": "jeanne"})
    # Jeanne leaves: her sensor waits for somebody to say whose it is.
    await home.moved("jeanne", None)
    [row] = (await technician.get("/api/v1/rooms")).json()[0]["sensors"]
    assert (row["resident"], row["unlinked"]["reason"]) == (None, "occupant_changed")
    refused = await nurse.post(
        f"/api/v1/edges/{EDGE}/sensors/heart-rate/assignment", json={"resident": "jeanne"}
    )
    assert refused.json()["code"] == "not_the_occupant"
    await home.moved("jeanne", "12")
    card = await nurse.post(
        f"/api/v1/edges/{EDGE}/sensors/heart-rate/assignment", json={"resident": "jeanne"}
    )
    assert card.json()["sensors"][0]["resident"]["resident"] == "jeanne"
    unknown = await nurse.post(f"/api/v1/edges/{EDGE}/sensors/x/assignment", json={"resident": "jeanne"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_sensor")


async def test_a_sensor_in_the_file_of_another_device_cannot_be_taken(home: Any) -> None:
    fact = SensorFact("ox", Link.UP, last=home.now(), protocol="heart-rate", address=STRAP)
    home._send("presence", Presence(EDGE, "c1", "online", home.now(), sensors=(fact,)))
    technician = await home.signed_in("tom")

    async def heard() -> Any:
        return (await technician.get("/api/v1/rooms")).json()[0]["sensors"]

    await home.until(heard)
    for move in (False, True):
        refused = await technician.post("/api/v1/edges/room-14/sensors", json={**PLACE, "move": move})
        assert refused.json()["params"] == {"room": "ch. 12", "movable": 0}


def test_an_edge_is_told_its_sensors_when_it_comes_and_when_they_change(home: Any) -> None:
    services, told = home.services, []

    class Sender:
        def send(self, edge: str, _kind: str, message: object) -> None:
            told.append((edge, message))

    post = SensorPost(services.database, Sender(), services.clock, services.fleet.linking.vault)
    hello = Committed(0, presences=[(Presence(EDGE, "c1", "online"), 0)])
    post.committed(hello)
    post.committed(hello)
    [(edge, first)] = told
    assert (edge, first.sensors) == (EDGE, ()), "also when there are none: it may remember some"
    post.records_changed()
    assert len(told) == 1
    with services.database.write() as connection:
        give(connection, Given(EDGE, "strap", "heart-rate", STRAP, "", 1, "tom"))
    post.records_changed()
    assert isinstance(told[-1][1], SensorSet)
    assert [spec.id for spec in told[-1][1].sensors] == ["strap"]
    assert told[-1][1].issued > first.issued


async def test_inquiries_are_few_and_end_when_nobody_looks(home: Any) -> None:
    clock = ManualClock(1_800_000_000_000_000)
    inquiries = Inquiries(home.postman, clock)
    made = [inquiries.survey(f"e{number}", "tom", 30) for number in range(PER_ACCOUNT)]
    with pytest.raises(InquiryError) as refused:
        inquiries.survey("e", "tom", 30)
    assert refused.value.code == "too_many_inquiries"
    assert inquiries.find(made[0].id, "eve") is None
    for number in range(MAX_INQUIRIES - PER_ACCOUNT):
        inquiries.survey(f"x{number}", f"t{number}", 30)
    with pytest.raises(InquiryError):
        inquiries.survey("e", "somebody", 30)
    home.postman.sent.clear()
    with inquiries.looking(made[0]):
        clock.advance(UNWATCHED + 1)
        inquiries.tick()
        assert inquiries.find(made[0].id, "tom") is made[0]
    stopped = requests(home, SurveyRequest)
    assert len(stopped) == MAX_INQUIRIES - 1
    assert {request.seconds for request in stopped} == {0.0}
    assert len({request.issued for request in stopped}) == len(stopped)
    replacing = inquiries.survey("e0", "other", 30)
    assert (made[0].replaced, made[0].over, replacing.over) == (True, True, False)


KEY = "231D39C1D7CC1AB1AEE224CD096DB932"
CLIMATE = {"protocol": "bthome", "address": "A4:C1:38:00:00:07"}


def opened(box: str, edge: str = EDGE) -> Secrets:
    return open_box(Keys(edge_secret(MASTER, edge, 1)).confidence, CLIMATE["address"], box)


def everything(folder: Path) -> str:
    """Return what lies on the disk."""
    return "".join(each.read_bytes().decode("latin-1") for each in folder.rglob("*") if each.is_file())


async def test_a_sensors_key_reaches_its_edge_alone_and_comes_back_nowhere(home: Any, tmp_path: Path) -> None:
    await online(home)
    technician = await home.signed_in("tom")
    wrong = await technician.post(f"/api/v1/edges/{EDGE}/trials", json={**CLIMATE, "key": KEY[1:]})
    assert (wrong.status_code, wrong.json()["params"]) == (422, {"where": "body.key"})
    assert KEY[1:] not in wrong.text
    made = (await technician.post(f"/api/v1/edges/{EDGE}/trials", json={**CLIMATE, "key": KEY})).json()
    assert opened(requests(home, TrialRequest)[-1].secrets) == Secrets(KEY.lower())
    await technician.delete(f"/api/v1/inquiries/{made['id']}")
    assert (requests(home, TrialRequest)[-1].seconds, requests(home, TrialRequest)[-1].secrets) == (0, "")
    vault = home.services.fleet.linking.vault
    assert vault.of(CLIMATE["address"]) == Secrets(), "a trial keeps nothing"

    linked = await technician.post(
        f"/api/v1/edges/{EDGE}/sensors", json={**CLIMATE, "key": KEY, "pin": "123456"}
    )
    assert linked.status_code == 200, linked.text
    post = SensorPost(home.services.database, home.postman, home.services.clock, vault)
    post.committed(Committed(0, presences=[(Presence(EDGE, "c2", "online"), 0)]))
    [spec] = requests(home, SensorSet)[-1].sensors
    assert opened(spec.secrets) == Secrets(KEY.lower(), "123456")
    with pytest.raises(WireError):
        opened(spec.secrets, "room-14")
    said = linked.text + (await technician.get("/api/v1/rooms")).text + str(audited(home, "link sensor"))
    said += encode(requests(home, SensorSet)[-1]).decode() + everything(tmp_path)
    for secret in (KEY, KEY.lower(), '"123456"'):
        assert secret not in said

    # A sensor that is linked again, or moved, needs no second typing; an edge with new keys gets a box of its own.
    again = Vault(vault._path.parent, MASTER, home.services.database)
    assert again.of(CLIMATE["address"]) == Secrets(KEY.lower(), "123456")
    assert vault._path.stat().st_mode & 0o777 == 0o600
    assert opened(again.box("room-14", CLIMATE["address"]), "room-14").pin == "123456"
    assert again.box("nowhere", CLIMATE["address"]) == ""


def test_a_damaged_vault_is_empty_and_stays_where_it_is(home: Any, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "sensors").write_text('{"A": 1')
    assert Vault(tmp_path / "v", MASTER, home.services.database).of("A") == Secrets()
    (tmp_path / "v" / "sensors").write_text('{"A": "AAAA"}')
    assert Vault(tmp_path / "v", MASTER, home.services.database).of("A") == Secrets()
    assert (tmp_path / "v" / "sensors").read_text() == '{"A": "AAAA"}'
