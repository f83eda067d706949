"""Acts over HTTP: opened from an alert, carried from one to the next, and told in the resident's timeline."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from hub.store import records
from tests.hub.api.conftest import RESIDENT, Home

DAY = 86_400 * SECOND
CONSENT = {"consent": "oral", "consent_by": "Mme Martin"}
ADMIT = {
    **CONSENT,
    "identity_checked": True,
    "accompanied_by": "Inès",
    "private_place": True,
    "able_to_talk": True,
    "touch_needed": False,
}


async def alert_of(home: Home, client: httpx.AsyncClient) -> str:
    """Let the resident's SpO2 be too low, and return the alert's id."""
    now = home.now()
    home.heartbeat()
    home.measure(("spo2", 84.0, now - SECOND), ("spo2", 82.0, now))

    async def raised() -> str:
        found = (await client.get("/api/v1/alerts")).json()
        return next((one["id"] for one in found if one["code"] == "limit_low"), "")

    return str(await home.until(raised, 30))


async def opened(client: httpx.AsyncClient, kind: str, **given: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/acts", json={"kind": kind, **given})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def does(
    client: httpx.AsyncClient, act: dict[str, Any], event: str, reason: str = "", **fields: Any
) -> dict[str, Any]:
    body = {"event": event, "reason": reason, "fields": fields, "number": act["version"]}
    answer = await client.post(f"/api/v1/acts/{act['head']['id']}/steps", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def refused(
    client: httpx.AsyncClient, act: dict[str, Any], event: str, number: int | None = None, **fields: Any
) -> tuple[int, dict[str, Any]]:
    body = {"event": event, "fields": fields, "number": number or act["version"]}
    answer = await client.post(f"/api/v1/acts/{act['head']['id']}/steps", json=body)
    return answer.status_code, dict(answer.json())


async def test_an_alert_becomes_five_acts_and_nothing_is_typed_twice(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await alert_of(home, nurse)
    help_ = await opened(nurse, "assistance", reason="Essoufflée au lever", alert=alert)
    assert help_["head"]["state"] == "asked"
    assert help_["alert"]["id"] == alert
    assert [series["metric"] for series in help_["evidence"]["values"]] == ["spo2"]
    assert (82.0 in help_["evidence"]["values"][0]["values"], help_["gestures"][0]["event"]) == (
        True,
        "withdraw",
    )
    help_ = await does(physician, help_, "begin", **CONSENT)
    help_ = await does(nurse, help_, "note", gesture="Assise", finding="Lèvres bleues")

    seen = await opened(physician, "consultation", from_act=help_["head"]["id"])
    assert (seen["head"]["reason"], seen["alert"]["id"]) == ("Essoufflée au lever", alert)
    assert seen["evidence"] == help_["evidence"]
    assert [(one["field"], one["text"]) for one in seen["findings"]] == [
        ("gesture", "Assise"),
        ("finding", "Lèvres bleues"),
    ]
    assert seen["known"]["consent_by"] == "Mme Martin"
    help_ = (await nurse.get(f"/api/v1/acts/{help_['head']['id']}")).json()
    assert (help_["head"]["state"], help_["head"]["final"]) == ("converted", True)
    assert [one["id"] for one in help_["follows"]] == [seen["head"]["id"]]
    seen = await does(nurse, seen, "admit", **ADMIT)
    seen = await does(physician, seen, "begin")
    assert [person["name"] for person in seen["people"]] == ["Benali", "Ines"]


async def test_a_consultation_may_become_an_emergency_and_end_under_watch(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    seen = await does(nurse, await opened(nurse, "consultation", reason="Toux"), "admit", **ADMIT)
    asked = await opened(physician, "expertise", from_act=seen["head"]["id"], reason="Plaie du talon")
    assert [one["kind"] for one in asked["before"]] == ["consultation"]

    call = await opened(nurse, "regulation", from_act=seen["head"]["id"], reason="S'aggrave")
    seen = (await nurse.get(f"/api/v1/acts/{seen['head']['id']}")).json()
    assert (seen["head"]["state"], seen["steps"][-1]["fields"]) == ("emergency", {"into": call["head"]["id"]})
    call = await does(nurse, call, "call_made", number="15")
    call = await does(nurse, call, "decide", decision="advice", decided_by="Dr Durand", read_back=True)
    call = await does(nurse, call, "stay", plan="Oxygène 2 L, rappel à 4 h")
    assert call["head"]["final"]

    watch = await opened(physician, "surveillance", from_act=call["head"]["id"], reason="Suivi")
    until = home.now() + 30 * DAY
    prescribed = {
        "parameters": ["spo2"],
        "frequency": "continuous",
        "until": until,
        "review_days": 7,
    }
    watch = await does(physician, watch, "sign", "Décompensation", **prescribed)
    assert [(one["metric"], one["low"], one["author_name"]) for one in watch["limits"]] == [
        ("spo2", 88.0, "Benali")
    ]
    watch = await does(nurse, watch, "agree", **CONSENT, emergency_told=True)
    watch = await does(nurse, watch, "begin")
    assert (watch["head"]["state"], watch["fields"]["review_days"]) == ("running", 7)


async def test_a_timeline_tells_everything_newest_first(home: Home) -> None:
    nurse = await home.signed_in("ines")
    before, reason = None, "Essoufflée"
    await alert_of(home, nurse)
    for kind in ("assistance", "consultation", "expertise", "regulation", "surveillance"):
        before = (await opened(nurse, kind, reason=reason, from_act=before))["head"]["id"]
    told = (await nurse.get(f"/api/v1/residents/{RESIDENT}/timeline")).json()
    kinds = [item["kind"] for item in told["items"]]
    assert (kinds.count("act"), kinds.count("alert"), told["more"]) == (5, 1, False)
    assert [item["time"] for item in told["items"]] == sorted(
        (i["time"] for i in told["items"]), reverse=True
    )
    only = (await nurse.get(f"/api/v1/residents/{RESIDENT}/timeline?kinds=act")).json()["items"]
    assert [item["title_key"] for item in reversed(only)] == [
        "assistance.opened",
        "consultation.opened",
        "expertise.opened",
        "regulation.opened",
        "surveillance.opened",
    ]
    listed = (await nurse.get(f"/api/v1/residents/{RESIDENT}/acts")).json()["items"]
    assert listed[0]["kind"] == "surveillance"


async def test_what_is_refused_has_a_name_and_changes_nothing(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    act = await opened(nurse, "consultation", reason="Toux")
    assert (await refused(nurse, act, "begin"))[1]["code"] == "illegal_step"
    assert (await refused(nurse, act, "dance"))[1]["code"] == "unknown_event"
    assert (await refused(nurse, act, "emergency"))[1]["code"] == "linked_step"
    status, problem = await refused(nurse, act, "admit", **{**ADMIT, "identity_checked": False})
    assert (status, problem["code"], problem["params"]) == (422, "bad_field", {"field": "identity_checked"})
    waiting = await does(nurse, act, "admit", **ADMIT)
    assert (await refused(nurse, waiting, "begin"))[0] == 403
    status, problem = await refused(physician, act, "begin", number=1)
    assert (status, problem["code"]) == (409, "changed_meanwhile")
    again = await does(nurse, act, "admit", **ADMIT)
    assert (again["version"], len(again["steps"])) == (2, 2)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"kind": "consultation"}, 422, "bad_field"),
        ({"kind": "consultation", "reason": "x", "alert": "none"}, 404, "unknown_alert"),
        ({"kind": "consultation", "reason": "x", "from_act": "none"}, 404, "unknown_act"),
        ({"kind": "consultation", "reason": "x", "call": "none"}, 422, "bad_field"),
        ({"kind": "dance", "reason": "x"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_opened_is_not(
    home: Home, given: dict[str, str], status: int, code: str
) -> None:
    nurse = await home.signed_in("ines")
    answer = await nurse.post(f"/api/v1/residents/{RESIDENT}/acts", json=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await nurse.get(f"/api/v1/residents/{RESIDENT}/acts")).json() == {"items": []}


async def test_an_act_that_was_named_is_opened_once(home: Home) -> None:
    nurse = await home.signed_in("ines")
    first = await opened(nurse, "assistance", reason="Pansement", id="mine-1")
    again = await opened(nurse, "assistance", reason="Pansement", id="mine-1")
    assert (first["head"], len(again["steps"])) == (again["head"], 1)
    other = await nurse.post(
        f"/api/v1/residents/{RESIDENT}/acts", json={"kind": "regulation", "reason": "x", "id": "mine-1"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "key_used")


async def test_nobody_and_nothing_unknown_is_told_of(home: Home) -> None:
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    assert (await technician.get(f"/api/v1/residents/{RESIDENT}/timeline")).status_code == 403
    for address in ("residents/nobody/timeline", "residents/nobody/acts", "acts/none"):
        assert (await nurse.get(f"/api/v1/{address}")).status_code == 404
    strange = await nurse.get(f"/api/v1/residents/{RESIDENT}/timeline?kinds=act,dreams")
    assert (strange.status_code, strange.json()["code"]) == (404, "unknown_kind")
    assert (
        await nurse.post("/api/v1/acts/none/steps", json={"event": "note", "number": 1})
    ).status_code == 404


async def test_every_look_is_written_down(home: Home) -> None:
    nurse = await home.signed_in("ines")
    act = await opened(nurse, "regulation", reason="Chute")
    await nurse.get(f"/api/v1/acts/{act['head']['id']}")
    await nurse.get(f"/api/v1/residents/{RESIDENT}/timeline")
    await does(nurse, act, "cancel", "Fausse alerte")
    with home.services.database.read() as connection:
        log = [(one.actor, one.action, one.object) for one in records.audit_log(connection)]
    wanted = [("act_opened", act["head"]["id"]), ("act_read", act["head"]["id"])]
    wanted += [("timeline_read", RESIDENT), ("act_cancel", act["head"]["id"])]
    assert [one for one in log if one[1].startswith(("act", "timeline"))] == [
        ("ines", *each) for each in wanted
    ]
