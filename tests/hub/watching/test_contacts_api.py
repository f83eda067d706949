"""Where people are reached, over real HTTP: said anew it counts at once, and a message to try it comes with its receipt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.alerting.escalation.model import Step
from hub.app import Hub
from hub.config import NotifySettings
from hub.notify.email_channel import EmailConfig
from hub.notify.lines import LineSettings
from hub.notify.sms_channel import SmsConfig
from hub.store import records
from tests.hub.notify.mail_server import MailServer, Post
from tests.hub.notify.sms_modem import FakeModem
from tests.hub.watching.whole import browser, running

pytestmark = pytest.mark.broker
POLICY = """
[[ladder.high]]
after = 0
tell = ["role:ide"]
channels = ["tablet", "sms", "email"]
[person.ines]
name = "Inès Martin"
address = { tablet = "ines" }
[person.luc]
name = "Luc Moreau"
address = { tablet = "luc", sms = "+33612345601" }
[[shift]]
role = "ide"
who = ["ines"]
"""
PATH = "/api/v1/duty/contacts"
STEP = Step(0.0, ("role:ide",), ("sms", "email"))


@pytest.fixture
def modem() -> Any:
    made = FakeModem()
    yield made
    made.close()


@pytest.fixture
def post() -> Any:
    held = Post()
    server = MailServer(held, tls=None, implicit=False, login=False)
    server.start()
    held.port = server.server.sockets[0].getsockname()[1]
    yield held
    server.stop()


@pytest.fixture
async def hub(tmp_path: Path, modem: FakeModem, post: Any) -> AsyncIterator[Hub]:
    notify = NotifySettings(
        sms=SmsConfig(LineSettings(modem.link, 115_200)),
        email=EmailConfig("127.0.0.1", "hub@tilleuls.example", port=post.port, security="none"),
    )
    async with running(tmp_path, POLICY, notify=notify) as made:
        yield made


def ways(hub: Hub) -> list[tuple[str, str]]:
    [found] = hub.core.present_policy.resolve(STEP, hub.clock.utc())
    return list(found.ways)


def one(answer: httpx.Response, person: str = "ines") -> dict[str, Any]:
    assert answer.is_success, answer.text
    return next(each for each in answer.json()["people"] if each["person"] == person)


def order(**change: object) -> dict[str, object]:
    address = {"tablet": "ines", "sms": "06 12 34 56 09", "email": "ines@tilleuls.example"}
    return {"name": "Inès Martin", "address": address, "version": 0} | change


async def test_what_a_coordinator_says_counts_at_once_is_on_record_and_can_be_undone(hub: Hub) -> None:
    async with browser(hub, "cadre") as cadre:
        before = (await cadre.get(PATH)).json()
        assert before["channels"] == ["tablet", "sms", "email"]
        assert {"username": "ines", "name": "Ines"} in before["accounts"]
        assert (one(await cadre.get(PATH))["version"], ways(hub)) == (0, [])
        made = one(await cadre.put(f"{PATH}/ines", json=order()))
        assert ways(hub) == [("sms", "+33612345609"), ("email", "ines@tilleuls.example")]
        assert (made["address"]["sms"], made["author"], made["version"] > 0) == (
            "+33612345609",
            "cadre",
            True,
        )
        stale = await cadre.put(f"{PATH}/ines", json=order(name="Inès M."))
        assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
        undone = one(await cadre.delete(f"{PATH}/ines/{made['version']}"))
        assert (undone["version"], undone["address"], ways(hub)) == (0, {"tablet": "ines"}, [])
        again = await cadre.delete(f"{PATH}/ines/{made['version']}")
        assert (again.status_code, again.json()["code"]) == (404, "contact_nothing_to_undo")
    with hub.core.database.read() as connection:
        log = [(e.action, e.object, e.detail) for e in records.audit_log(connection) if "contact" in e.action]
    # Who reads the audit learns no address.
    assert [row[:2] for row in log] == [("change_contact", "ines"), ("undo_contact", "ines")]
    assert "336" not in str(log)


REFUSED: list[tuple[str, dict[str, object], int, str, str | None]] = [
    ("ines", {"address": {"sms": "15"}}, 422, "contact_emergency", "sms"),
    ("ines", {"address": {"sms": "06 12"}}, 422, "contact_address", "sms"),
    ("ines", {"address": {"tablet": "ghost"}}, 422, "contact_account", "tablet"),
    ("ines", {"address": {"light": "room"}}, 422, "contact_channel", "light"),
    ("ines", {"name": "  "}, 422, "contact_name", None),
    ("ines", {"address": {"tablet": "ines"}}, 409, "contact_unchanged", None),
    ("ghost", {}, 404, "contact_person", None),
]


async def test_what_is_not_possible_is_refused_with_its_field(hub: Hub) -> None:
    async with browser(hub, "cadre") as cadre:
        for person, change, status, code, field in REFUSED:
            answer = await cadre.put(f"{PATH}/{person}", json=order(**change))
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.json()["params"].get("field") == field
    assert ways(hub) == []


async def test_only_a_coordinator_reads_and_writes_addresses(hub: Hub) -> None:
    async with browser(hub, "ines") as ines:
        assert (await ines.get(PATH)).status_code == 403
        assert (await ines.put(f"{PATH}/ines", json=order())).status_code == 403
        assert (await ines.post(f"{PATH}/luc/tests", json={"channel": "sms"})).status_code == 403
    assert ways(hub) == []


async def test_a_test_message_goes_out_and_its_receipt_is_shown(
    hub: Hub, modem: FakeModem, post: Any
) -> None:
    async with browser(hub, "cadre") as cadre:
        await until_works(cadre, "luc", "sms")
        sent = one(await cadre.post(f"{PATH}/luc/tests", json={"channel": "sms"}), "luc")["tries"]
        assert [(each["channel"], each["outcome"], each["confirms"]) for each in sent] == [
            ("sms", "sent", True)
        ]
        soon = await cadre.post(f"{PATH}/luc/tests", json={"channel": "sms"})
        assert (soon.status_code, soon.json()["code"]) == (409, "contact_tried_just_now")
        modem.report(41, "33612345601", 0)
        await told(cadre, "luc", "delivered")
        none = await cadre.post(f"{PATH}/luc/tests", json={"channel": "email"})
        assert (none.status_code, none.json()["code"]) == (409, "contact_no_way")
        await cadre.put(f"{PATH}/ines", json=order())
        letter = one(await cadre.post(f"{PATH}/ines/tests", json={"channel": "email"}))["tries"]
        assert [(each["outcome"], each["confirms"]) for each in letter] == [("sent", False)]
    [envelope] = post.letters
    assert b"Message d'essai" in (envelope.content or b"")


async def eventually(cadre: httpx.AsyncClient, person: str, right: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if right(one(await cadre.get(PATH), person)):
                return
            await asyncio.sleep(0.05)


async def until_works(cadre: httpx.AsyncClient, person: str, channel: str) -> None:
    await eventually(
        cadre, person, lambda found: any(w["channel"] == channel and w["works"] for w in found["ways"])
    )


async def told(cadre: httpx.AsyncClient, person: str, receipt: str) -> None:
    await eventually(cadre, person, lambda found: found["tries"][0]["receipt"] == receipt)
