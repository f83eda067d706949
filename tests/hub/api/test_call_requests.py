"""Asking for a physician, rules of consent, and how a call begins because of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from devices.wire.messages import SignalKind
from hub.consult.evidence import MAX_POINTS
from hub.store import call_requests, records
from tests.hub.api.calls_wire import RESIDENT, Wire, signal, talking, until_state

ASK = f"/api/v1/residents/{RESIDENT}/call-requests"
CONSENT = f"/api/v1/residents/{RESIDENT}/call-consent"
CALLS = f"/api/v1/residents/{RESIDENT}/calls"
DAY = 86_400 * SECOND


async def asked(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(ASK, json={"reason": "désature", "urgency": "now"} | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def waiting(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get("/api/v1/call-requests")).json()["items"])


async def ringing(home: Any, client: httpx.AsyncClient) -> dict[str, Any]:
    """Let SpO2 fall, and return the alert."""
    home.measure(("spo2", 96.0, home.now() - 2 * SECOND), ("spo2", 80.0, home.now()))

    async def low() -> list[dict[str, Any]]:
        return [a for a in (await client.get("/api/v1/alerts")).json() if a["code"] == "limit_low"]

    [alert] = await home.until(low, 40)
    return dict(alert)


async def test_a_nurse_asks_and_the_physicians_screen_shows_it(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    tom = await home.signed_in("tom")
    alert = await ringing(home, ines)
    async with home.live(benali) as screen, home.live(tom) as blind:
        await screen.recv()
        await blind.recv()
        made = await asked(ines, alert=alert["id"])
        async with asyncio.timeout(60):
            while (told := json.loads(await screen.recv()))["type"] != "call_request":
                pass
            said = [json.loads(await blind.recv())["type"] for _ in range(2)]
    assert told["request"] == made
    assert "call_request" not in said
    assert (made["family_name"], made["room"], made["asked_by"], made["asked_by_name"]) == (
        "Martin",
        "ch. 12",
        "ines",
        "Ines",
    )
    assert (made["headline"]["code"], made["headline"]["value"], made["headline"]["limit"]) == (
        "limit_low",
        80.0,
        88.0,
    )
    assert (made["state"], made["news2"], made["call"]) == ("open", None, None)
    assert await waiting(benali) == [made]


async def test_it_is_said_whether_a_physician_can_see_it(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")

    async def physicians() -> list[str]:
        return list((await ines.get("/api/v1/call-requests")).json()["physicians"])

    async with home.live(ines) as ward:
        await ward.recv()
        assert await physicians() == [], "a nurse's page is no physician's"
        async with home.live(benali) as console:
            await console.recv()
            assert await physicians() == ["Benali"]

        async def gone() -> bool:
            return await physicians() == []

        await home.until(gone, 40)


async def test_the_last_score_goes_with_the_request(home: Any, wire: Wire) -> None:
    ines = await home.signed_in("ines")
    readings = [{"metric": "spo2", "value": 91}, {"metric": "pulse_rate", "value": 120}]
    body = {
        "id": "set-12345678",
        "resident": RESIDENT,
        "time": home.now(),
        "readings": readings,
        "note": "",
        "confirmed": ["spo2", "pulse_rate"],
    }
    answer = await ines.post(f"/api/v1/rounds/{RESIDENT}/sets", json=body)
    assert answer.status_code == 201, answer.text
    made = await asked(ines)
    assert (made["news2"]["total"], made["news2"]["red"], made["news2"]["rise"]) == (5, True, None)
    assert made["news2"]["points"] == {"spo2": 3, "pulse": 2}
    assert made["news2_time"] <= made["asked"]


async def test_a_call_answers_a_request_and_the_nurse_has_a_seat(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    made = await asked(ines, urgency="today")
    call = await talking(home, benali, request=made["id"])
    assert [(one["seat"], one["name"]) for one in call["participants"]] == [("p1", "Benali"), ("p2", "Ines")]
    assert await waiting(ines) == []
    async with signal(home, ines, call["id"]) as page:
        await until_state(page, "p2", "announced")
    assert (await wire.hear(SignalKind.JOIN)).peer == "p2"
    again = await benali.post(CALLS, json={"request": made["id"]})
    assert (again.status_code, again.json()["id"]) == (201, call["id"])
    late = await ines.post(f"/api/v1/call-requests/{made['id']}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "request_settled")
    encounter = (await benali.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert encounter["request"] == made["id"]


async def test_a_call_that_goes_on_may_become_the_answer(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    call = await talking(home, benali)
    made = await asked(ines)
    again = (await benali.post(CALLS, json={"request": made["id"]})).json()
    assert again["id"] == call["id"]
    assert [one["name"] for one in again["participants"]] == ["Benali", "Ines"]
    assert await waiting(ines) == []


async def test_two_physicians_take_one_request_once(home: Any, wire: Wire) -> None:
    ines, benali, claire = [await home.signed_in(who) for who in ("ines", "benali", "claire")]
    made = await asked(ines)
    call = await talking(home, benali, request=made["id"])
    await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    answer = await claire.post(CALLS, json={"request": made["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "request_settled")
    assert (await claire.get("/api/v1/calls")).json() == {"items": []}


async def test_a_request_taken_in_between_makes_no_call(home: Any, wire: Wire, monkeypatch: Any) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    made = await asked(ines)
    monkeypatch.setattr(call_requests, "settle", lambda *_: False)
    answer = await benali.post(CALLS, json={"request": made["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "request_settled")
    assert wire.sent == []
    assert (await benali.get("/api/v1/calls")).json() == {"items": []}
    assert (await benali.get(CALLS)).json() == {"items": []}


async def test_a_request_is_withdrawn_once(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    made = await asked(ines)
    for _ in range(2):
        answer = await ines.post(f"/api/v1/call-requests/{made['id']}/withdraw")
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert await waiting(benali) == []
    unknown = await ines.post("/api/v1/call-requests/none/withdraw")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_request")
    with home.services.database.read() as connection:
        log = [each.action for each in records.audit_log(connection)]
    assert [action for action in log if "request" in action] == [
        "call_request_made",
        "call_request_withdrawn",
    ]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"reason": " "}, 422, "invalid_request"),
        ({"urgency": "soon"}, 422, "invalid_request"),
        ({"urgency": "planned"}, 422, "invalid_request"),
        ({"urgency": "now", "planned": 1}, 422, "invalid_request"),
        ({"alert": "none"}, 404, "unknown_alert"),
    ],
)
async def test_a_request_that_cannot_be_is_refused(
    home: Any, wire: Wire, more: dict[str, Any], status: int, code: str
) -> None:
    ines = await home.signed_in("ines")
    answer = await ines.post(ASK, json={"reason": "x", "urgency": "now"} | more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await waiting(ines) == []


async def test_unknown_people_and_things_are_said(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    body = {"reason": "x", "urgency": "now"}
    for client, method, path, json_, code in (
        (ines, "POST", "/api/v1/residents/nobody/call-requests", body, "unknown_resident"),
        (ines, "GET", "/api/v1/residents/nobody/call-consent", None, "unknown_resident"),
        (benali, "PUT", "/api/v1/residents/nobody/call-consent", {"rule": "ask"}, "unknown_resident"),
        (ines, "GET", "/api/v1/residents/nobody/calls", None, "unknown_resident"),
        (benali, "POST", CALLS, {"alert": "none"}, "unknown_alert"),
        (benali, "POST", CALLS, {"request": "none"}, "unknown_request"),
    ):
        answer = await client.request(method, path, json=json_)
        assert (answer.status_code, answer.json()["code"]) == (404, code), path
    assert wire.sent == []


# ---- rules of consent ----


async def test_without_a_signed_rule_the_rooms_own_setting_holds(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    found = (await ines.get(CONSENT)).json()
    assert (found["rule"], found["signed"], found["expired"], found["author"]) == ("ask", None, False, "")
    await talking(home, benali)
    ring = await wire.hear(SignalKind.RING)
    # Nobody signed anything: the room's own setting holds.
    assert (ring.consent, ring.urgent) == ("", False)


async def test_a_signed_rule_goes_with_the_ring(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    signed = (await benali.put(CONSENT, json={"rule": "nurse", "reason": "tutelle"})).json()
    assert (signed["rule"], signed["author_name"], signed["reason"], signed["until"]) == (
        "nurse",
        "Benali",
        "tutelle",
        None,
    )
    await talking(home, benali)
    assert (await wire.hear(SignalKind.RING)).consent == "nurse"
    with home.services.database.read() as connection:
        log = [(each.actor, each.action, each.detail) for each in records.audit_log(connection)]
    assert ("benali", "call_consent_signed", "nurse: tutelle") in log


async def test_asking_opens_an_act_and_taking_it_back_ends_that(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    async with home.live(benali) as screen:
        await screen.recv()
        made = await asked(ines, act="assistance")
        async with asyncio.timeout(30):
            while (told := json.loads(await screen.recv()))["type"] != "act":
                pass
    assert (told["act"], told["resident"]) == (made["id"], RESIDENT)
    again = await asked(ines, act="consultation")
    listed = (await ines.get(f"/api/v1/residents/{RESIDENT}/acts")).json()["items"]
    assert [(act["id"], act["kind"], act["reason"]) for act in listed] == [
        (made["id"], "assistance", "désature")
    ]
    for request in (again, made):
        assert (await ines.post(f"/api/v1/call-requests/{request['id']}/withdraw")).status_code == 200
    act = (await ines.get(f"/api/v1/acts/{made['id']}")).json()
    assert (act["head"]["state"], act["steps"][-1]["reason"]) == ("withdrawn", "Demande de médecin retirée")
    planned = await asked(ines, act="consultation", urgency="planned", planned=home.now() + DAY)
    act = (await ines.get(f"/api/v1/acts/{planned['id']}")).json()
    assert (act["head"]["state"], act["fields"]["at"]) == ("planned", planned["planned"])


async def test_urgent_only_by_prescription_in_force(home: Any, wire: Wire, monkeypatch: Any) -> None:
    benali = await home.signed_in("benali")
    refused = await benali.post(CALLS, json={"urgent": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "emergency_not_prescribed")
    assert wire.sent == []
    order = {"rule": "emergency", "reason": "BPCO sévère", "until": home.now() + 30 * DAY}
    assert (await benali.put(CONSENT, json=order)).status_code == 200
    call = (await benali.post(CALLS, json={"urgent": True})).json()
    ring = await wire.hear(SignalKind.RING)
    assert (ring.consent, ring.urgent) == ("emergency", True)
    encounter = (await benali.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert (encounter["urgent"], encounter["consent"]) == (True, "emergency")
    await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    calm = (await benali.post(CALLS, json={})).json()
    assert not wire.sent[-1].urgent
    await benali.post(f"/api/v1/calls/{calm['id']}/hangup")
    later = home.now() + 31 * DAY
    monkeypatch.setattr(type(home.services.clock), "utc", lambda _: later)
    benali = await home.signed_in("benali")
    found = (await benali.get(CONSENT)).json()
    assert (found["rule"], found["signed"], found["expired"]) == ("ask", "emergency", True)
    refused = await benali.post(CALLS, json={"urgent": True})
    assert refused.json()["code"] == "emergency_not_prescribed"
    home.heartbeat()
    assert (await benali.post(CALLS, json={})).status_code == 201
    assert wire.sent[-1].consent == "ask"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"rule": "emergency", "reason": "x"}, "consent_end_missing"),
        ({"rule": "emergency", "reason": " ", "until": DAY}, "consent_reason_missing"),
        ({"rule": "emergency", "reason": "x", "until": 400 * DAY}, "consent_end_too_far"),
        ({"rule": "nurse", "until": -DAY}, "consent_end_past"),
        ({"rule": "announce"}, "invalid_request"),
    ],
)
async def test_a_rule_that_cannot_be_signed_says_why(
    home: Any, wire: Wire, order: dict[str, Any], code: str
) -> None:
    benali = await home.signed_in("benali")
    if "until" in order:
        order = order | {"until": home.now() + order["until"]}
    answer = await benali.put(CONSENT, json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await benali.get(CONSENT)).json()["rule"] == "ask"


# ---- the alert's evidence ----


async def test_the_alert_is_frozen_with_the_call(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await ringing(home, ines)
    await ines.post(f"/api/v1/alerts/{alert['id']}", json={"action": "take", "reason": "j'y vais"})
    call = await talking(home, benali, alert=alert["id"], reason="désature")
    home.measure(("spo2", 97.0, home.now()))

    async def calm() -> Any:
        return (await ines.get("/api/v1/alerts")).json()[0]["condition"] == "cleared"

    await home.until(calm, 20)
    found = (await benali.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert (found["reason"], found["recorded"]) == ("désature", False)
    frozen = found["alert"]
    assert (frozen["id"], frozen["condition"], frozen["response"], frozen["taken_by"]) == (
        alert["id"],
        "active",
        "taken",
        "ines",
    )
    assert (frozen["limit_id"], frozen["value"], frozen["limit"]) == ("jeanne-spo2", 80.0, 88.0)
    assert [(step["event"], step["author"]) for step in frozen["history"]][-1] == ("taken", "ines")
    [spo2] = [each for each in found["evidence"]["values"] if each["metric"] == "spo2"]
    assert spo2["values"] == [96.0, 80.0]
    assert len(spo2["times"]) == len(spo2["flags"]) <= MAX_POINTS
    assert found["evidence"]["until"] - found["evidence"]["since"] == 600 * SECOND


async def test_a_request_brings_its_alert_into_the_call(home: Any, wire: Wire) -> None:
    ines, benali = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await ringing(home, ines)
    made = await asked(ines, alert=alert["id"])
    call = await talking(home, benali, request=made["id"])
    found = (await benali.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert found["alert"]["id"] == alert["id"]
