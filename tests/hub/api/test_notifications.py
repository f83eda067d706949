"""Who was told of an alert, which ways work now, and a person's own devices; over the interface with real channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hub.alerting.escalation.model import Orders, Telling
from hub.alerting.escalation.policy import parse
from hub.api.app import create_api
from hub.channels import Around, Channels
from hub.config import NotifySettings
from hub.notify.base import Receipt
from hub.notify.push_channel import TESTS
from hub.notify.push_config import PushConfig
from hub.notify.push_message import decode64
from hub.store import tellings
from hub.store.push import Devices
from hub.store.tellings import Stage
from tests.hub.notify.helpers import notice, running, until
from tests.hub.notify.push_service import PushService, push_service

POLICY = """
zone = "UTC"
[[ladder.high]]
after = 0
tell = ["person:ines"]
channels = ["push", "screen"]
[person.ines]
name = "Inès Roche"
address = { push = "ines", screen = "ward", sms = "+33612345601" }
[person.benali]
name = "Dr Benali"
address = { push = "benali" }
"""


@dataclass
class Desk:
    """The interface with channels, without a network between."""

    home: Any
    app: Any
    channels: Channels
    service: PushService
    receipts: list[Receipt]
    clients: list[httpx.AsyncClient]

    async def client(self, username: str = "") -> httpx.AsyncClient:
        cookies = dict((await self.home.signed_in(username)).cookies) if username else {}
        transport = httpx.ASGITransport(self.app)
        made = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=cookies)
        self.clients.append(made)
        return made


@pytest.fixture
async def desk(home: Any, tmp_path: Path) -> AsyncIterator[Desk]:
    services, receipts = home.services, list[Receipt]()
    settings = NotifySettings(push=PushConfig("mailto:it@tilleuls.example", hosts=("127.0.0.1",)))
    around = Around(services.live, home.postman, services.clock, receipts.append)
    channels = Channels(settings, Devices(services.database), tmp_path / "vapid", around)
    policy = parse(POLICY, "escalation.toml")
    app = create_api(replace(services, channels=channels, policy=lambda: policy), pages=False)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(push_service())
        assert channels.push is not None
        await stack.enter_async_context(running(channels.push, well=False))
        made = Desk(home, app, channels, service, receipts, [])
        yield made
        for client in made.clients:
            await client.aclose()


async def test_a_person_subscribes_tries_and_removes_a_device(desk: Desk) -> None:
    nurse, browser = await desk.client("ines"), desk.service.subscribe()
    key = (await nurse.get("/api/v1/push/key")).json()["key"]
    assert ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(key))
    added = await nurse.post("/api/v1/push/devices", json=browser.subscription)
    assert added.status_code == 201
    # The address is a capability: it goes back to nobody.
    assert browser.endpoint not in added.text
    [shown] = (await nurse.get("/api/v1/push/devices")).json()
    assert (shown["label"], shown["delivered"]) == ("Téléphone", None)
    await until(lambda: desk.channels.states()["push"].well)
    path = f"/api/v1/push/devices/{shown['id']}"
    assert (await nurse.post(f"{path}/test")).json() == {"outcome": "sent", "reason": ""}
    [message] = browser.received
    assert message["type"] == "test"
    # A telephone's session may be over: its word needs none, only the token that it was sent.
    worker = await desk.client()
    said = {key: message[key] for key in ("notice", "device", "token")} | {"kind": "delivered"}
    assert (await worker.post("/api/v1/push/receipts", json=said)).status_code == 204
    assert (await nurse.get("/api/v1/push/devices")).json()[0]["delivered"] is not None
    assert (await nurse.delete(path)).status_code == 204
    assert (await nurse.get("/api/v1/push/devices")).json() == []


async def test_tests_of_a_device_are_bounded(desk: Desk) -> None:
    nurse, browser, other = await desk.client("ines"), desk.service.subscribe(), desk.service.subscribe()
    paths = []
    for each in (browser, other):
        added = (await nurse.post("/api/v1/push/devices", json=each.subscription)).json()
        paths.append(f"/api/v1/push/devices/{added['id']}/test")
    await until(lambda: desk.channels.states()["push"].well)
    outcomes = [(await nurse.post(paths[0])).json()["outcome"] for _ in range(TESTS + 2)]
    assert outcomes == ["sent"] * TESTS + ["later"] * 2
    assert len(browser.received) == TESTS
    assert (await nurse.post(paths[1])).json()["outcome"] == "sent"


async def test_another_s_device_does_not_exist(desk: Desk) -> None:
    nurse, browser = await desk.client("ines"), desk.service.subscribe()
    device = (await nurse.post("/api/v1/push/devices", json=browser.subscription)).json()["id"]
    other = await desk.client("benali")
    assert (await other.get("/api/v1/push/devices")).json() == []
    for answer in (
        await other.delete(f"/api/v1/push/devices/{device}"),
        await other.post(f"/api/v1/push/devices/{device}/test"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_device")
    assert (await (await desk.client()).get("/api/v1/push/devices")).status_code == 401


async def test_false_words_and_false_addresses_are_refused_and_counted(desk: Desk) -> None:
    nurse, worker, browser = await desk.client("ines"), await desk.client(), desk.service.subscribe()
    problems = desk.home.services.metrics.problems

    def counted(code: str) -> float:
        return float(problems.labels(code=code)._value.get())

    false = {"notice": "n", "device": "d", "token": "t", "kind": "seen"}
    answer = await worker.post("/api/v1/push/receipts", json=false)
    assert (answer.status_code, answer.json()["code"], counted("wrong_token")) == (403, "wrong_token", 1)
    answer = await worker.post("/api/v1/push/receipts", json=false | {"kind": "accepted"})
    assert answer.status_code == 422
    assert desk.receipts == []
    elsewhere = browser.subscription | {"endpoint": "https://internal.example/push/1"}
    answer = await nurse.post("/api/v1/push/devices", json=elsewhere)
    assert (answer.json()["code"], counted("push_service_not_allowed")) == ("push_service_not_allowed", 1)
    # A label stands in the hub's log: it cannot begin a line of its own there.
    answer = await nurse.post("/api/v1/push/devices", json=browser.subscription | {"label": "x\nERROR y"})
    assert answer.status_code == 422
    answer = await nurse.post("/api/v1/push/devices", json=browser.subscription | {"p256dh": "A" * 87})
    assert (answer.json()["code"], counted("invalid_push_keys")) == ("invalid_push_keys", 1)
    assert (await nurse.get("/api/v1/push/devices")).json() == []


async def test_a_home_without_pushes_says_so(desk: Desk) -> None:
    desk.channels.push = None
    nurse = await desk.client("ines")
    answer = await nurse.get("/api/v1/push/key")
    assert (answer.status_code, answer.json()["code"]) == (503, "push_not_configured")


async def test_the_ways_to_everybody(desk: Desk) -> None:
    """Trap 18: who cannot be reached is known before the night."""
    nurse, browser = await desk.client("ines"), desk.service.subscribe()
    await nurse.post("/api/v1/push/devices", json=browser.subscription)
    await until(lambda: desk.channels.states()["push"].well)
    found = (await nurse.get("/api/v1/channels")).json()
    assert {each["name"]: each["well"] for each in found["channels"]} == {
        "screen": False,
        "tablet": False,
        "light": False,
        "push": True,
    }
    ines, benali = found["people"]
    assert (ines["name"], [(way["channel"], way["works"]) for way in ines["ways"]]) == (
        "Inès Roche",
        [("push", True), ("screen", False), ("sms", False)],
    )
    assert benali["ways"] == [
        {"channel": "push", "works": False, "reason": "no device of this account receives pushes"}
    ]
    assert "+336" not in str(found)


async def test_who_was_told_of_an_alert(desk: Desk) -> None:
    nurse = await desk.client("ines")
    desk.home.measure(("spo2", 80.0, desk.home.now()))

    async def low() -> list[dict[str, Any]]:
        return [a for a in (await nurse.get("/api/v1/alerts")).json() if a["code"] == "limit_low"]

    [alert] = await desk.home.until(low)
    now = desk.home.now()
    told = Telling(
        alert["id"],
        0,
        0,
        now,
        "ines",
        "ide",
        "push",
        "ines",
        "",
        (("screen", "ward"),),
        now,
        now + 60,
        "raised",
    )
    nobody = replace(
        told, recipient="role:medecin", role="medecin", channel="", possible=False, reason="nobody"
    )

    def write() -> None:
        with desk.home.services.database.write() as connection:
            tellings.save_orders(connection, Orders(tellings=[told, nobody]), now)
            tellings.sent(connection, told.id, told.id, now + 1)
            [row] = [r for r in tellings.notifications(connection, alert["id"]) if r.id == told.id]
            tellings.receive(connection, row, Stage.DELIVERED, "device", now + 2)

    await asyncio.to_thread(write)
    path = f"/api/v1/alerts/{alert['id']}/notifications"
    rows = {row["recipient"]: row for row in (await nurse.get(path)).json()}
    ines, missing = rows["ines"], rows["role:medecin"]
    assert (ines["name"], ines["kind"], ines["channel"]) == ("Inès Roche", "person", "push")
    assert (ines["stage"], ines["reached"], ines["step"], ines["round"]) == ("delivered", True, 1, 1)
    assert [step["stage"] for step in ines["steps"]] == ["queued", "sent", "delivered"]
    assert (missing["kind"], missing["stage"], missing["reason"]) == ("nobody", "given_up", "nobody")
    assert "ines" not in str(missing)
    answer = await nurse.get("/api/v1/alerts/none/notifications")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_alert")
    assert (await (await desk.client("tom")).get(path)).status_code == 403


async def test_a_notice_s_word_reaches_the_log(desk: Desk) -> None:
    nurse, browser = await desk.client("ines"), desk.service.subscribe()
    await nurse.post("/api/v1/push/devices", json=browser.subscription)
    assert desk.channels.push is not None
    await desk.channels.push.send(notice(address="ines"))
    message = browser.received[0]
    said = {key: message[key] for key in ("notice", "device", "token")}
    worker = await desk.client()
    for kind in ("delivered", "seen"):
        assert (await worker.post("/api/v1/push/receipts", json=said | {"kind": kind})).status_code == 204
    assert [(each.reference, each.kind) for each in desk.receipts] == [
        (message["notice"], "delivered"),
        (message["notice"], "seen"),
    ]
