"""The questionnaire over HTTP: what is known, what is kept, what people decide, what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from hub.acts.dossier import Directives, Section, Treatments
from hub.acts.model import Act, Kind, Step
from hub.store import acts, dossier, triages
from hub.store.dossier import Version
from tests.hub.acts.triage.asking import SCREEN

RESIDENT = "jeanne"
ASK = f"/api/v1/residents/{RESIDENT}/triage"
NO = dict.fromkeys(SCREEN, "no")


def write(home: Any, section: Section, body: Any) -> None:
    version = Version(RESIDENT, section, 1, home.now(), "benali", "", body)
    with home.services.database.write() as connection:
        dossier.write(connection, version)


async def measured(home: Any, client: Any, *seen: tuple[str, float, int]) -> dict[str, Any]:
    """Let sensors measure, and return what the questionnaire knows then."""
    home.measure(*seen)

    async def there() -> Any:
        known = (await client.get(ASK)).json()
        names = {each["name"]: each for each in known["values"]}
        return known | {"values": names} if len(names) >= len(seen) else None

    return dict(await home.until(there, 40))


async def test_the_rules_say_who_wrote_them_and_that_nobody_signed(home: Any) -> None:
    ines = await home.signed_in("ines")
    rules = (await ines.get("/api/v1/triage/rules")).json()
    assert (rules["author"], rules["signed_by"]) == ("Veilleuse", "")
    screen = [each for each in rules["questions"] if each["part"] == "screen"]
    assert [each["id"] for each in screen] == list(SCREEN)
    assert screen[0]["alone"] == "EMERGENCY"
    assert rules["paths"][0]["outcome"] == "EMERGENCY"
    assert (await (await home.signed_in("tom")).get("/api/v1/triage/rules")).status_code == 403


async def test_what_is_measured_and_recorded_is_not_asked(home: Any) -> None:
    taken = Treatments(anticoagulant=True, insulin=False, antiplatelet=False, immunosuppression=True)
    write(home, Section.TREATMENTS, taken)
    write(home, Section.DIRECTIVES, Directives(palliative=True, text="Pas d'hôpital."))
    ines, now = await home.signed_in("ines"), home.now()
    seen = (
        ("spo2", 97.0, now - 5 * SECOND),
        ("heart_rate", 72.0, now - 5 * SECOND),
        ("systolic", 120.0, now - 1200 * SECOND),
    )
    known = await measured(home, ines, *seen)
    assert known["values"]["pulse"]["value"] == 72
    assert (known["values"]["spo2"]["aged"], known["values"]["systolic"]["aged"]) == (False, True)
    assert 1200 <= known["values"]["systolic"]["age"] < 1300
    assert {each["id"]: each["known"] for each in known["facts"]} == {
        "anticoagulant": True,
        "antiplatelet": False,
        "insulin": False,
        "immunosuppression": True,
        "opioids": None,
        "palliative": True,
    }
    assert known["plan"]["directives"] == "Pas d'hôpital."
    draft = (await ines.post(f"{ASK}/draft", json={"answers": NO, "motif": "fall"})).json()
    assert not {"takes_anticoagulant", "takes_antiplatelet", "immunosuppressed"} & set(draft["pending"])
    assert {"takes_opioids", "expected", "head_impact"} <= set(draft["pending"])
    assert draft["result"]["plan_first"]
    assert draft["result"]["aged"].keys() == {"systolic"}
    assert {"respiration_rate", "systolic"} <= set(draft["result"]["to_measure"])


async def test_without_a_record_nothing_is_said_of_it(home: Any) -> None:
    ines = await home.signed_in("ines")
    known = (await ines.get(ASK)).json()
    assert (known["plan"], known["values"]) == (None, [])
    assert {each["known"] for each in known["facts"]} == {None}
    result = (await ines.post(f"{ASK}/draft", json={"answers": NO, "motif": "fall"})).json()["result"]
    assert "anticoagulant" in result["unknown_factors"]


async def test_reading_the_record_is_written_down(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.get(ASK)
    claire = await home.signed_in("claire")
    await claire.post(ASK, json={"answers": NO, "motif": "fever"})
    said = (await claire.get(f"/api/v1/audit/residents/{RESIDENT}")).text
    assert "read_dossier" in said
    assert "triage_kept" in said


async def test_a_questionnaire_is_kept_with_its_reasons_and_only_once(home: Any) -> None:
    ines = await home.signed_in("ines")
    body = {"id": "q-0001", "answers": NO | {"stroke": "yes", "last_seen_well": "08:30"}, "motif": "stroke"}
    made = await ines.post(ASK, json=body)
    assert made.status_code == 201, made.text
    view = made.json()
    assert (view["outcome"], view["priority"], view["decided"]) == ("EMERGENCY", "P1", "EMERGENCY")
    assert (view["motif_title"], view["author_name"], view["answers"]["last_seen_well"]) == (
        "Signes d'AVC",
        "Ines",
        "08:30",
    )
    assert {each["source"] for each in view["reasons"]} == {"V"}
    assert (await ines.post(ASK, json=body)).json() == view
    assert (await ines.get("/api/v1/triages/q-0001")).json() == view
    assert (await ines.get(f"/api/v1/residents/{RESIDENT}/triages")).json() == {"items": [view]}
    other = await (await home.signed_in("claire")).post(ASK, json=body)
    assert (other.status_code, other.json()["code"]) == (409, "other_triage")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (ASK, {"motif": "knee"}, 404, "unknown_motif"),
        (ASK, {"answers": {"knee": "yes"}}, 422, "invalid_request"),
        (ASK, {"answers": {"fall": "perhaps"}}, 422, "invalid_request"),
        (ASK, {"answers": {"inr": 500}}, 422, "invalid_request"),
        (ASK, {"act": "none"}, 404, "unknown_act"),
        ("/api/v1/residents/nobody/triage", {}, 404, "unknown_resident"),
        (f"{ASK}/draft", {"motif": "knee"}, 404, "unknown_motif"),
        ("/api/v1/triages/none/decisions", {"outcome": "EMERGENCY", "number": 1}, 404, "unknown_triage"),
    ],
)
async def test_what_is_wrong_is_refused(home: Any, path: str, body: Any, status: int, code: str) -> None:
    ines = await home.signed_in("ines")
    answer = await ines.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_people_decide_more_freely_and_less_with_a_reason(home: Any) -> None:
    ines, claire = await home.signed_in("ines"), await home.signed_in("claire")
    await ines.post(ASK, json={"id": "q-0002", "answers": NO, "motif": "fever"})
    path = "/api/v1/triages/q-0002/decisions"
    up = await ines.post(path, json={"outcome": "URGENT_TC", "number": 1})
    assert (up.status_code, up.json()["decided"], up.json()["outcome"]) == (200, "URGENT_TC", "TC_TODAY")
    down = {"outcome": "TC_TODAY", "number": 2}
    refused = await claire.post(path, json=down)
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    made = (await claire.post(path, json=down | {"reason": "vue, va mieux"})).json()
    assert (made["decided"], [each["author_name"] for each in made["decisions"]]) == (
        "TC_TODAY",
        ["Ines", "Claire"],
    )
    late = await ines.post(path, json={"outcome": "EMERGENCY", "number": 2})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    seen = await ines.post(path, json={"outcome": "REORIENTED", "number": 3, "reason": "x"})
    assert seen.status_code == 422


def consultation(home: Any, key: str, triage: str, state: str, *events: str, **fields: str) -> None:
    """Write a consultation that a questionnaire led to, with what happened to it."""
    now = home.now()
    act = Act(
        key,
        Kind.CONSULTATION,
        RESIDENT,
        state,
        now,
        "benali",
        "fièvre",
        version=1,
        triage=triage,
        fields=fields,
    )
    with home.services.database.write() as connection:
        acts.add(connection, act, Step(key, 1, now, "open", "benali", "", "asked", {}))
        for number, event in enumerate(events, 2):
            later = Act(
                key,
                Kind.CONSULTATION,
                RESIDENT,
                state,
                now,
                "benali",
                "fièvre",
                version=number,
                triage=triage,
                fields=fields,
            )
            acts.save(connection, later, Step(key, number, now, event, "benali", f"{event} !", state, {}))


async def test_12_what_a_physician_reorients_is_on_the_review_list_and_not_billable(home: Any) -> None:
    ines, claire = await home.signed_in("ines"), await home.signed_in("claire")
    for number in range(5):
        await ines.post(ASK, json={"id": f"q-100{number}", "answers": NO, "motif": "fever"})
    consultation(home, "a-0", "q-1000", "in_charge", "begin", "take_in_charge")
    consultation(home, "a-1", "q-1001", "reoriented", "begin", "reorient", reoriented_to="visit")
    consultation(home, "a-2", "q-1002", "emergency", "begin", "emergency")
    consultation(home, "a-3", "q-1003", "cancelled", "cancel")
    span = {"since": 0, "until": home.now() + SECOND}
    review = (await claire.get("/api/v1/triage/review", params=span)).json()
    assert {name: review[name] for name in ("started", "seen", "reoriented", "missed", "billable")} == {
        "started": 5,
        "seen": 3,
        "reoriented": 2,
        "missed": 1,
        "billable": 1,
    }
    assert (review["see_rate"], review["handled_rate"], review["missed_rate"]) == (0.6, 1 / 3, 1 / 3)
    found = {each["triage"]: each for each in review["items"]}
    assert found.keys() == {"q-1001", "q-1002"}
    assert (found["q-1001"]["reoriented_to"], found["q-1001"]["reason"]) == ("visit", "reorient !")
    assert (found["q-1002"]["state"], found["q-1001"]["motif_title"]) == (
        "emergency",
        "Fièvre (plus de 38,5 °C)",
    )
    empty = (await claire.get("/api/v1/triage/review", params={"since": 0, "until": 1})).json()
    assert (empty["started"], empty["see_rate"], empty["items"]) == (0, None, [])
    assert (await ines.get("/api/v1/triage/review", params=span)).status_code == 403


async def test_the_store_gives_the_questionnaires_of_a_time(home: Any) -> None:
    ines = await home.signed_in("ines")
    await ines.post(ASK, json={"answers": NO})
    with home.services.database.read() as connection:
        [kept] = triages.of_resident(connection, RESIDENT)
        assert triages.of_resident(connection, RESIDENT, until=kept.time) == []
        assert triages.of_resident(connection, RESIDENT, since=kept.time) == [kept]


async def test_a_hub_without_a_questionnaire_says_so(home: Any) -> None:
    object.__setattr__(home.services, "questionnaire", None)
    ines = await home.signed_in("ines")
    answer = await ines.get("/api/v1/triage/rules")
    assert (answer.status_code, answer.json()["code"]) == (503, "triage_unavailable")
