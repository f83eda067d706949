"""The periodic review of télésurveillance over HTTP: what it looks at comes from the store, and who looked is written down."""

from __future__ import annotations

from typing import Any

import httpx

from devices.clock import SECOND
from hub.store import records
from tests.hub.api.conftest import RESIDENT, Home
from tests.hub.api.test_acts import CONSENT, alert_of, does, opened

DAY = 86_400 * SECOND


async def watched(home: Home, nurse: httpx.AsyncClient, physician: httpx.AsyncClient) -> dict[str, Any]:
    act = await opened(physician, "surveillance", reason="Décompensation cardiaque")
    prescribed = {
        "parameters": ["spo2"],
        "frequency": "continuous",
        "until": home.now() + 90 * DAY,
        "review_days": 7,
    }
    act = await does(physician, act, "sign", "Suivi", **prescribed)
    act = await does(nurse, act, "agree", **CONSENT, emergency_told=True)
    return await does(nurse, act, "begin")


async def test_a_review_shows_what_rang_and_what_was_done_since_the_last_one(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    act = await watched(home, nurse, physician)
    path = f"/api/v1/acts/{act['head']['id']}"
    alert = await alert_of(home, nurse)
    taken = await nurse.post(
        f"/api/v1/alerts/{alert}", json={"action": "take", "reason": "J'y vais", "key": "k1"}
    )
    assert taken.status_code == 200, taken.text
    await opened(nurse, "assistance", reason="Essoufflée")
    seen = (await physician.get(f"{path}/follow-up")).json()
    assert (seen["since_event"], seen["since_name"], seen["may_review"]) == ("begin", "Ines", True)
    assert [(one["code"], one["times"], one["unanswered"]) for one in seen["counts"]] == [("limit_low", 1, 0)]
    [alarm] = seen["alarms"]
    assert (alarm["id"], alarm["answered_by"], alarm["value"]) == (alert, "Ines", 82.0)
    assert [(item["kind"], item["params"]["act"]) for item in seen["done"]] == [("act", "assistance")]
    assert (seen["parameters"], seen["frequency"], seen["review_days"]) == (["spo2"], "continuous", 7)
    # Nothing is a whole day old.
    assert seen["adherence"]["together"] == {"counted": 0, "covered": 0, "value": None}
    assert (await nurse.get(f"{path}/follow-up")).json()["may_review"] is False

    await does(physician, act, "review", findings="Stable sous traitement")
    after = (await physician.get(f"{path}/follow-up")).json()
    assert (after["since_event"], after["last_findings"]) == ("review", "Stable sous traitement")
    assert (after["counts"], after["done"]) == ([], [])
    meter = (await nurse.get(f"{path}/adherence")).json()
    assert (meter["resident"], [one["metric"] for one in meter["meters"]]) == (RESIDENT, ["spo2"])
    with home.services.database.read() as connection:
        looked = {(one.actor, one.action) for one in records.audit_of(connection, act["head"]["id"], 50)}
    assert {("benali", "follow_up_read"), ("ines", "adherence_read")} <= looked


async def test_only_telesurveillance_is_reviewed_so(home: Home) -> None:
    nurse = await home.signed_in("ines")
    act = await opened(nurse, "consultation", reason="Toux")
    for what in ("follow-up", "adherence"):
        other = await nurse.get(f"/api/v1/acts/{act['head']['id']}/{what}")
        assert (other.status_code, other.json()["code"]) == (409, "not_surveillance")
        missing = await nurse.get(f"/api/v1/acts/none/{what}")
        assert (missing.status_code, missing.json()["code"]) == (404, "unknown_act")
    proposed = await opened(nurse, "surveillance", reason="Suivi")
    seen = (await nurse.get(f"/api/v1/acts/{proposed['head']['id']}/follow-up")).json()
    assert (seen["since"], seen["parameters"], seen["until"], seen["may_review"]) == (None, [], None, False)
