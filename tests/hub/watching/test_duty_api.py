"""Who is on duty and who watches, over real HTTP; an exchange counts at once, and survives the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from devices.clock import SECOND
from hub.alerting.escalation.rota import on_duty
from hub.alerting.model import TEST_EDGE
from hub.app import Hub
from hub.config import BrokerSettings, EscalationSettings, Http, HubConfig
from hub.store import records
from tests.hub.watching.whole import browser, opened, running, until

pytestmark = pytest.mark.broker
HOUR = 3600 * SECOND

POLICY = """
[[ladder.high]]
after = 0
tell = ["device:screens"]
channels = ["screen"]
[[ladder.high]]
after = 60
tell = ["role:ide"]
channels = ["tablet"]
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


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with running(tmp_path, POLICY) as made:
        yield made


def order(hub: Hub, **change: object) -> dict[str, object]:
    now = hub.clock.utc()
    usual = {"role": "ide", "leaves": "ines", "comes": "luc", "reason": "maladie"}
    return usual | {"start": now - HOUR, "end": now + 2 * HOUR} | change


def on_now(hub: Hub) -> tuple[str, ...]:
    return on_duty(hub.core.present_policy.rota, "ide", hub.clock.utc())


async def test_an_exchange_counts_at_once_and_can_be_undone(hub: Hub, tmp_path: Path) -> None:
    async with browser(hub, "cadre") as cadre:
        before = (await cadre.get("/api/v1/duty")).json()
        assert (before["may"], before["exchanges"]) == ("all", [])
        assert on_now(hub) == ("ines",)
        answer = await cadre.post("/api/v1/duty/exchanges", json=order(hub))
        assert answer.status_code == 201, answer.text
        # What the ladder asks when a step is due is this.
        assert on_now(hub) == ("luc",)
        view = answer.json()
        [made] = view["exchanges"]
        assert (made["leaves"], made["comes"], made["author"], made["may_undo"]) == (
            "ines",
            "luc",
            "cadre",
            True,
        )
        assert made["start"] >= view["time"] - 120 * SECOND
        assert [turn["who"] for turn in view["turns"]][:2] == [["luc"], ["ines"]]
        undone = (await cadre.delete(f"/api/v1/duty/exchanges/{made['id']}")).json()
        assert on_now(hub) == ("ines",)
        assert (undone["exchanges"][0]["undone_by"], undone["exchanges"][0]["may_undo"]) == ("cadre", False)
        again = await cadre.delete(f"/api/v1/duty/exchanges/{made['id']}")
        assert (again.status_code, again.json()["code"]) == (404, "swap_unknown")
    with hub.core.database.read() as connection:
        actions = [entry.action for entry in records.audit_log(connection)]
    assert actions.count("add_exchange") == 1
    assert actions.count("undo_exchange") == 1


async def test_an_exchange_survives_the_hub(tmp_path: Path) -> None:
    async with running(tmp_path, POLICY) as hub, browser(hub, "cadre") as cadre:
        assert (await cadre.post("/api/v1/duty/exchanges", json=order(hub))).status_code == 201
    config = HubConfig(
        tmp_path / "data",
        Http(port=0),
        BrokerSettings(port=0),
        escalation=EscalationSettings(tmp_path / "escalation.toml"),
    )
    again = Hub(config, pages=False)
    await again.start()
    try:
        assert on_now(again) == ("luc",)
    finally:
        await again.stop()


async def test_a_nurse_gives_away_her_own_turn_and_nobody_elses(hub: Hub) -> None:
    async with browser(hub, "luc") as luc:
        assert (await luc.get("/api/v1/duty")).json()["may"] == "own"
        refused = await luc.post("/api/v1/duty/exchanges", json=order(hub))
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_turn")
    async with browser(hub, "ines") as ines:
        made = (await ines.post("/api/v1/duty/exchanges", json=order(hub))).json()["exchanges"][0]
        assert made["may_undo"]
    async with browser(hub, "luc") as luc:
        assert not (await luc.get("/api/v1/duty")).json()["exchanges"][0]["may_undo"]
        refused = await luc.delete(f"/api/v1/duty/exchanges/{made['id']}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_turn")
    assert on_now(hub) == ("luc",)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"start": 0, "end": 1}, 409, "swap_past"),
        ({"comes": "ines"}, 409, "swap_already_on_duty"),
        ({"leaves": "luc", "comes": "ines"}, 409, "swap_not_on_duty"),
        ({"role": "medecin"}, 422, "swap_role"),
        ({"comes": "nobody"}, 422, "swap_person"),
        ({"reason": "  "}, 422, "swap_no_reason"),
        ({"reason": ""}, 422, "invalid_request"),
    ],
)
async def test_what_is_not_possible_is_refused_in_a_word(
    hub: Hub, change: dict[str, Any], status: int, code: str
) -> None:
    async with browser(hub, "cadre") as cadre:
        answer = await cadre.post("/api/v1/duty/exchanges", json=order(hub, **change))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert on_now(hub) == ("ines",)


async def test_a_technician_sees_neither(hub: Hub) -> None:
    async with browser(hub, "tom") as tom:
        for path in ("/api/v1/duty", "/api/v1/watch"):
            assert (await tom.get(path)).status_code == 403
    async with browser(hub, "tom") as tom:
        assert (await tom.post("/api/v1/duty/exchanges", json=order(hub))).status_code == 403


async def test_the_pre_flight_names_who_has_fewer_than_two_ways(hub: Hub) -> None:
    async with opened(hub), browser(hub, "cadre") as cadre:
        view = (await cadre.get("/api/v1/duty")).json()
    people = {one["person"]: one for one in view["people"]}
    assert [(way["channel"], way["problem"]) for way in people["luc"]["ways"] if way["channel"] == "sms"] == [
        ("sms", "missing")
    ]
    assert [(one["person"], one["ready"]) for one in view["night"]["people"]] == [("ines", False)]
    assert view["night"]["start"] < view["night"]["end"]


async def test_who_watches_is_told_for_every_resident_and_never_for_the_test(hub: Hub) -> None:
    async with opened(hub), browser(hub) as ines:
        await until(lambda: hub.watching.humans and hub.watching.watched)
        assert (await hub.synthetic.try_once()).arrived
        hub.watching.look()
        answer = await ines.get("/api/v1/watch")
    assert TEST_EDGE not in answer.text
    view = answer.json()
    assert next((human["name"], human["way"]) for human in view["humans"]) == ("Ines", "tablet")
    assert (view["trial"]["place"], view["arrived"]["place"], view["hub"]) == ("screen", "screen", "")
    [resident] = view["residents"]
    assert resident["resident"] == "r1"
    assert resident["hole"]["reason"] == "edge_silent"
