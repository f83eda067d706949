"""A technician's day: a device is enrolled by a code, runs, finds a sensor, and the sensor's values are the resident's.

A real hub with its real broker, a real edge on the virtual radio, in one process; the page's part is played over HTTP.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from devices.clock import SystemClock
from devices.errors import ConfigError
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_broadcast import ClimateBeacon
from devices.simulators.ble_sensors import HeartRateStrap
from devices.simulators.physiology import Patient
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.wire.enrolment import Code, Invitation
from edge.app import Edge
from edge.config import load
from edge.enrol import EnrolError, enrol
from hub import provisioning
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.config import BrokerSettings, Http, HubConfig
from hub.store import records
from hub.store.records import Resident, Room
from tests.edge.pump import Pump
from tests.edge.support import until

pytestmark = pytest.mark.broker

STRAP = "F1:00:00:00:00:01"
CLIMATE = "A4:C1:38:00:00:07"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
PASSWORD = "correct horse battery staple"


def furnish(data: Path) -> None:
    provisioning.initialise(data, "Les Tilleuls")
    directory = provisioning.DataDirectory(data)
    database = provisioning.open_database(directory)
    now = SystemClock().utc()
    with database.write() as connection:
        for number, name in (("12", "Jeanne"), ("4", "Paul")):
            provisioning.add_room(connection, Room(number, f"Chambre {number}"), "test", now)
            person = Resident(f"r{number}", "Martin", name, 1932, now)
            provisioning.add_resident(connection, person, number, "test", now)
    database.close()


@dataclass
class Van:
    """The hub, and a technician who is signed in to it."""

    hub: Hub
    client: httpx.AsyncClient
    folder: Path

    async def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.client.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def offer(self, room: str, **more: Any) -> dict[str, Any]:
        offer: dict[str, Any] = await self.ask("POST", "/enrolments", room=room, **more)
        return offer

    async def enrolled(self, room: str, name: str) -> Path:
        """Enrol a device in a folder of its own."""
        offer = await self.offer(room)
        path = self.folder / name / "edge.toml"
        await asyncio.to_thread(enrol, Invitation.parse(offer["uri"]), path)
        return path

    async def card(self, room: str) -> dict[str, Any]:
        return next(card for card in await self.ask("GET", "/rooms") if card["room"] == room)

    async def online(self, edge: str) -> None:
        await until(
            "online", lambda: edge in self.hub.live.ward.edges and self.hub.live.ward.edges[edge].online
        )

    async def reports(self, inquiry: str) -> AsyncIterator[dict[str, Any]]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        address = f"{self.hub.url.replace('http', 'ws')}/api/v1/inquiries/{inquiry}"
        async with connect(address, additional_headers={"cookie": cookies}) as socket:
            async for text in socket:
                yield json.loads(text)

    def audited(self, action: str) -> list[str]:
        with self.hub.core.database.read() as connection:
            return [entry.detail for entry in records.audit_log(connection) if entry.action == action]


@pytest.fixture
async def van(tmp_path: Path) -> AsyncIterator[Van]:
    data = tmp_path / "hub"
    furnish(data)
    hub = Hub(HubConfig(data, Http(port=0), BrokerSettings(port=0)), pages=False)
    for name, role in (("tom", "technician"), ("ines", "nurse")):
        hub.accounts.add_user(User(name, name, role, Passwords().hash(PASSWORD), disabled=False, created=0))
    await hub.start()
    async with httpx.AsyncClient(base_url=hub.url, timeout=20) as client:
        answer = await client.post("/api/v1/session", json={"username": "tom", "password": PASSWORD})
        assert answer.is_success
        yield Van(hub, client, tmp_path)
    await hub.stop()


@pytest.fixture
async def hci() -> AsyncIterator[HciServer]:
    """A strap and a thermometer that encrypts on the air, and the socket of two adapters."""
    air = Radio()
    server = await HciServer.start(air)
    strap: BleSensor = HeartRateStrap("strap", Source(Subject("p", Patient(1))), air, STRAP)
    await strap.start()
    beacon = ClimateBeacon("air", Source(Subject("p", Patient(1))), air, CLIMATE, every=1.0)
    beacon.key = bytes.fromhex(KEY)
    await beacon.start()

    pump = Pump(strap, beacon)
    yield server
    await pump.end()
    await strap.stop()
    await beacon.stop()
    await server.close()


async def started(path: Path, hci: HciServer | None = None) -> Edge:
    if hci is not None:
        with path.open("a") as file:
            file.write(f'\n[ble]\nbackend = "bumble"\nhci = "tcp-client:127.0.0.1:{hci.port}"\n')
    edge = Edge(load(path))
    await edge.start()
    return edge


async def test_a_device_is_enrolled_by_a_code_and_speaks(van: Van) -> None:
    offer = await van.offer("12")
    number = offer["enrolment"]["id"]
    assert offer["code"].startswith(number)
    assert {len(row) for row in offer["matrix"]} == {len(offer["matrix"])}
    path = van.folder / "device" / "edge.toml"
    invitation = Invitation(van.hub.url, Code.parse(offer["code"].lower().replace("-", " ")))
    credentials = await asyncio.to_thread(enrol, invitation, path)
    assert (credentials.edge, credentials.room) == ("edge-12", "12")
    assert [oct(each.stat().st_mode & 0o777) for each in (path, path.parent / "edge.key")] == ["0o600"] * 2
    assert (await van.ask("GET", f"/enrolments/{number}"))["state"] == "confirmed"
    assert credentials.secret not in path.read_text()
    edge = await started(path)
    try:
        await van.online("edge-12")
        assert (await van.card("12"))["edge"] == "edge-12"
    finally:
        await edge.stop()


async def test_a_code_works_once_and_a_second_use_is_written_down(van: Van) -> None:
    offer = await van.offer("12")
    invitation = Invitation.parse(offer["uri"])
    results = await asyncio.gather(
        *(asyncio.to_thread(enrol, invitation, van.folder / name / "edge.toml") for name in ("a", "b", "c")),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, EnrolError)]
    assert len(refused) == 2, results
    assert all("used before" in str(each) for each in refused)
    assert len(van.audited("use enrolment")) == 1
    assert [line.partition(",")[0] for line in van.audited("refuse enrolment")] == ["used"] * 2
    assert [path.name for path in sorted(van.folder.glob("[abc]/edge.key"))] == ["edge.key"]


async def test_a_withdrawn_a_replaced_and_a_misread_code_are_refused(van: Van) -> None:
    first = await van.offer("12")
    second = await van.offer("12")
    third = await van.offer("4")
    await van.ask("DELETE", f"/enrolments/{third['enrolment']['id']}")
    await van.ask("DELETE", f"/enrolments/{third['enrolment']['id']}", 409)
    for offer in (first, third):
        with pytest.raises(EnrolError, match="ask for a new one"):
            await asyncio.to_thread(enrol, Invitation.parse(offer["uri"]), van.folder / "x" / "edge.toml")
    wrong = Invitation.parse(second["uri"])
    wrong = Invitation(wrong.hub, Code(wrong.code.name, "0" * 26))
    with pytest.raises(EnrolError, match="ask for a new one"):
        await asyncio.to_thread(enrol, wrong, van.folder / "x" / "edge.toml")
    assert await asyncio.to_thread(enrol, Invitation.parse(second["uri"]), van.folder / "x" / "edge.toml")


async def test_a_device_that_is_replaced_is_let_in_no_more(van: Van) -> None:
    old = await started(await van.enrolled("12", "old"))
    try:
        await van.online("edge-12")
        refused = await van.client.post("/api/v1/enrolments", json={"room": "12"})
        assert (refused.status_code, refused.json()["code"]) == (409, "room_has_edge")
        offer = await van.offer("12", replace=True)
        path = van.folder / "new" / "edge.toml"
        await asyncio.to_thread(enrol, Invitation.parse(offer["uri"]), path)
        metric = van.hub.metrics.refused.labels("mac")
        await until("the old one is refused", lambda: metric._value.get() > 0 or not old.uplink.connected)
        new = await started(path)
        try:
            session = van.hub.live.ward.edges["edge-12"].presence
            await until("the new one", lambda: van.hub.live.ward.edges["edge-12"].presence is not session)
        finally:
            await new.stop()
    finally:
        await old.stop()


async def test_a_configuration_is_not_overwritten_unless_told(van: Van) -> None:
    path = await van.enrolled("12", "device")
    with path.open("a") as file:
        file.write('\n[[sensor]]\nid = "ox"\nprotocol = "nonin-df2"\nlink = "ox \\"1\\""\n[ble]\nslots = 3\n')
    offer = await van.offer("12", replace=True)
    invitation = Invitation.parse(offer["uri"])
    with pytest.raises(ConfigError, match="--replace"):
        await asyncio.to_thread(enrol, invitation, path)
    before = (path.parent / "edge.key").read_text()
    await asyncio.to_thread(lambda: enrol(invitation, path, replace=True))
    config = load(path)
    assert (config.sensor[0].link, config.ble.slots) == (str(path.parent / 'ox "1"'), 3)
    assert (path.parent / "edge.key").read_text() != before


async def test_from_a_scan_to_the_residents_value_and_back(van: Van, hci: HciServer) -> None:
    edge = await started(await van.enrolled("12", "device"), hci)
    try:
        await van.online("edge-12")
        survey = await van.ask("POST", "/edges/edge-12/surveys", seconds=60)
        async for report in van.reports(survey["id"]):
            found = [each for each in report["candidates"] if each["address"] == STRAP]
            if found:
                break
        assert found[0]["protocol"] == "heart-rate"
        await van.ask("DELETE", f"/inquiries/{survey['id']}", 204)
        place = {"protocol": "heart-rate", "address": STRAP}
        trial = await van.ask("POST", "/edges/edge-12/trials", **place, seconds=60)
        async for report in van.reports(trial["id"]):
            if report["values"]:
                break
        assert report["link"] == "up"
        assert van.hub.live.ward.values("r12") == [], "what is tried out is nobody's"
        linked = await van.ask("POST", "/edges/edge-12/sensors", **place, resident="r12", reason="admission")
        assert linked["sensor"] == "heart-rate"
        await until("the resident's value", lambda: van.hub.live.ward.values("r12"), 30)
        card = await van.card("12")
        assert card["sensors"][0]["resident"] == {
            "resident": "r12",
            "family_name": "Martin",
            "given_name": "Jeanne",
        }
        assert van.audited("link sensor") == [f"{STRAP}, resident r12, admission"]
        # It is let go of, and comes back under its name.
        await van.ask("POST", "/edges/edge-12/sensors/heart-rate/unlink", reason="erreur")
        await until("the edge lets go", lambda: edge.roster.sensors == [])
        again = await van.ask("POST", "/edges/edge-12/sensors", **place, resident="r12")
        assert again["sensor"] == "heart-rate"
        await until("the edge has it", lambda: [each.id for each in edge.roster.sensors] == ["heart-rate"])
        wrong = await van.client.post(
            "/api/v1/edges/edge-12/sensors/heart-rate/assignment", json={"resident": "r4"}
        )
        assert (wrong.status_code, wrong.json()["code"]) == (409, "not_the_occupant")
    finally:
        await edge.stop()


async def test_a_sensor_that_encrypts_is_tried_and_linked_with_its_key(van: Van, hci: HciServer) -> None:
    path = await van.enrolled("12", "device")
    edge = await started(path, hci)
    place = {"protocol": "bthome", "address": CLIMATE}
    try:
        await van.online("edge-12")
        survey = await van.ask("POST", "/edges/edge-12/surveys", seconds=60)
        async for report in van.reports(survey["id"]):
            found = [each for each in report["candidates"] if each["address"] == CLIMATE]
            if found and found[0]["protocol"]:
                break
        assert (found[0]["protocol"], found[0]["needs"]) == ("bthome", "key")
        await van.ask("DELETE", f"/inquiries/{survey['id']}", 204)
        for key, cause in ((None, "key_needed"), ("0" * 32, "key_wrong"), (KEY, "")):
            more = {} if key is None else {"key": key}
            trial = await van.ask("POST", "/edges/edge-12/trials", **place, **more, seconds=60)
            async for report in van.reports(trial["id"]):
                if report["cause"] or report["values"]:
                    break
            assert (report["cause"], bool(report["values"])) == (cause, not cause)
            await van.ask("DELETE", f"/inquiries/{trial['id']}", 204)
        # With another sensor's key first: the ward says why there is nothing.
        await van.ask("POST", "/edges/edge-12/sensors", **place, key="0" * 32)
        sensors = van.hub.live.ward.edges
        await until("the reason", lambda: "key_wrong" in str(sensors["edge-12"].presence), 30)
        await van.ask("POST", "/edges/edge-12/sensors", **place, key=KEY)

        def told() -> set[str]:
            return {each.metric for each in van.hub.live.ward.values("r12")}

        await until("the room's climate", lambda: {"room_temperature", "humidity", "co2"} <= told(), 30)
        kept = [
            each for each in van.folder.rglob("*") if each.is_file() and KEY.encode() in each.read_bytes()
        ]
        assert kept == [], "neither disk holds the key in the clear"
        # Unlinked and linked again: nobody types the key a second time.
        await van.ask("POST", "/edges/edge-12/sensors/bthome/unlink", reason="erreur")
        await until("the edge lets go", lambda: edge.roster.sensors == [])
        await van.ask("POST", "/edges/edge-12/sensors", **place)
        await until("it is up", lambda: [each.fact().link for each in edge.roster.sensors] == ["up"], 30)
    finally:
        await edge.stop()


async def test_two_edges_never_both_own_one_sensor(van: Van) -> None:
    first, second = await van.enrolled("12", "first"), await van.enrolled("4", "second")
    edges = [await started(first), await started(second)]
    place = {"protocol": "heart-rate", "address": STRAP.lower()}
    try:
        await van.online("edge-12")
        await van.online("edge-4")
        await van.ask("POST", "/edges/edge-12/sensors", **place, resident="r12")
        refused = await van.client.post("/api/v1/edges/edge-4/sensors", json={**place, "resident": "r4"})
        assert refused.status_code == 409
        assert refused.json()["params"] == {"room": "Chambre 12", "movable": 1}
        await van.ask("POST", "/edges/edge-4/sensors", **place, resident="r4", move=True)
        assert (await van.card("12"))["sensors"] == []
        assert (await van.card("4"))["sensors"][0]["resident"]["resident"] == "r4"
        await until("taken from the first", lambda: edges[0].roster.sensors == [])
        await until("given to the second", lambda: len(edges[1].roster.sensors) == 1)
    finally:
        for edge in edges:
            await edge.stop()
