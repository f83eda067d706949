"""Slots, bookings, who waits for whom, what is looked at again, and the calendar that leaves the hub, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from icalendar import Calendar

from devices.clock import SECOND
from hub.store import cares
from hub.store.cares import Care
from tests.hub.api.conftest import RESIDENT, Home
from tests.hub.api.test_acts import ADMIT, does, opened

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


async def given(client: httpx.AsyncClient, begins: int, **order: Any) -> list[dict[str, Any]]:
    answer = await client.post("/api/v1/slots", json={"begins": begins, "minutes": 20, **order})
    assert answer.status_code == 201, answer.text
    return list(answer.json()["items"])


async def listed(client: httpx.AsyncClient, since: int) -> dict[str, dict[str, Any]]:
    query = {"since": since, "until": since + 60 * 24 * HOUR}
    answer = await client.get("/api/v1/slots", params=query)
    assert answer.status_code == 200, answer.text
    return {slot["id"]: slot for slot in answer.json()["items"]}


async def booked(client: httpx.AsyncClient, slot: str, key: str = "", **more: Any) -> httpx.Response:
    body = {"slot": slot, "id": key or f"book-{slot}", "reason": "Contrôle de la toux", **more}
    return await client.post(f"/api/v1/residents/{RESIDENT}/booking", json=body)


def whole_minute(home: Home, later: int) -> int:
    return (home.now() // MINUTE) * MINUTE + later


async def test_a_slot_is_given_booked_once_and_let_go_when_the_consultation_is_cancelled(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    begins = whole_minute(home, 2 * HOUR)
    first, second = await given(physician, begins, count=2)
    assert (first["begins"], second["begins"], first["taken"]) == (begins, begins + 20 * MINUTE, False)

    made = await booked(nurse, first["id"])
    assert made.status_code == 201, made.text
    assert (made.json()["taken"], made.json()["resident"]) == (True, RESIDENT)
    again = await booked(nurse, first["id"])
    assert again.json()["act"] == made.json()["act"]
    other = await booked(nurse, first["id"], "another-one")
    assert (other.status_code, other.json()["code"]) == (409, "slot_taken")

    act = (await nurse.get(f"/api/v1/acts/{made.json()['act']}")).json()
    assert (act["head"]["state"], act["fields"]["at"]) == ("planned", begins)
    assert act["fields"]["planned_with"] == "Benali"
    refused = await physician.delete(f"/api/v1/slots/{first['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    await does(nurse, act, "cancel", "La résidente va mieux")
    assert not (await listed(nurse, begins))[first["id"]]["taken"]
    assert (await physician.delete(f"/api/v1/slots/{first['id']}")).status_code == 204
    assert set(await listed(nurse, begins)) == {second["id"]}
    gone = await booked(nurse, first["id"], "third-one")
    assert (gone.status_code, gone.json()["code"]) == (409, "slot_gone")


async def test_an_act_that_is_planned_anew_leaves_its_slot(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    first, second = await given(physician, whole_minute(home, 3 * HOUR), count=2)
    act = await opened(nurse, "consultation", reason="Toux")
    path = f"/api/v1/acts/{act['head']['id']}/booking"
    assert (await nurse.post(path, json={"slot": first["id"], "number": 1})).status_code == 200
    stale = await nurse.post(path, json={"slot": second["id"], "number": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    moved = await nurse.post(path, json={"slot": second["id"], "number": 2})
    assert moved.status_code == 200, moved.text
    held = await listed(nurse, first["begins"])
    assert (held[first["id"]]["taken"], held[second["id"]]["taken"]) == (False, True)


@pytest.mark.parametrize(
    ("who", "change", "status", "code"),
    [
        ("ines", {}, 403, "forbidden"),
        ("benali", {"physician": "claire"}, 403, "forbidden_step"),
        ("claire", {}, 404, "unknown_slot"),
        ("claire", {"physician": "nobody"}, 404, "unknown_slot"),
        ("benali", {"begins": 1}, 422, "slot_time"),
        ("benali", {"minutes": 4}, 422, "invalid_request"),
        ("benali", {"count": 49}, 422, "invalid_request"),
        ("benali", {"weeks": 27}, 422, "invalid_request"),
    ],
)
async def test_slots_that_cannot_be_given(
    home: Home, who: str, change: dict[str, Any], status: int, code: str
) -> None:
    client = await home.signed_in(who)
    order = {"begins": whole_minute(home, HOUR), "minutes": 20, **change}
    answer = await client.post("/api/v1/slots", json=order)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_time_is_given_once_and_not_for_the_past(home: Home) -> None:
    physician, coordinator = await home.signed_in("benali"), await home.signed_in("claire")
    begins = whole_minute(home, 5 * HOUR)
    await given(coordinator, begins, physician="benali", weeks=2)
    order = {"begins": begins + 10 * MINUTE, "minutes": 15}
    answer = await physician.post("/api/v1/slots", json=order)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_overlaps")
    unknown = await booked(physician, "nothing", "key-for-nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_slot")
    assert (await physician.delete("/api/v1/slots/nothing")).json()["code"] == "unknown_slot"
    span = await physician.get("/api/v1/slots", params={"since": 5, "until": 5})
    assert span.json()["code"] == "bad_span"


async def test_who_is_booked_with_a_physician_is_seen_by_them_and_by_no_other(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    [slot] = await given(physician, whole_minute(home, 2 * HOUR))
    with home.services.database.write() as connection:
        # From now on the home says who cares for whom: benali for nobody here.
        cares.add(connection, Care("benali", RESIDENT, home.now() - HOUR, None, "claire"))
        cares.end(connection, "benali", RESIDENT, "claire", home.now() - HOUR)
    unseen = await physician.get(f"/api/v1/residents/{RESIDENT}/timeline")
    assert (unseen.status_code, unseen.json()["code"]) == (403, "not_in_care")
    assert (await physician.get("/api/v1/agenda")).json()["items"] == []
    assert (await booked(nurse, slot["id"])).status_code == 201
    assert (await physician.get(f"/api/v1/residents/{RESIDENT}/timeline")).status_code == 200
    [item] = (await physician.get("/api/v1/agenda")).json()["items"]
    assert (item["kind"], item["state"], item["named"]) == ("consultation", "planned", "Benali")


async def test_the_agenda_says_who_has_to_do_what_and_what_is_late_stands_first(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    asked = await opened(nurse, "consultation", reason="Toux")
    waits = await opened(nurse, "consultation", reason="Plaie")
    await does(nurse, waits, "admit", **ADMIT)
    watched = await opened(physician, "surveillance", reason="Suivi")
    found = (await nurse.get("/api/v1/agenda")).json()
    assert {item["act"]: (item["whom"], item["late"]) for item in found["items"]} == {
        asked["head"]["id"]: ("home", False),
        waits["head"]["id"]: ("physician", False),
        watched["head"]["id"]: ("physician", False),
    }
    assert found["day"] <= found["time"] < found["day"] + 25 * HOUR
    # The one whose time is over first: the waiting room, after a quarter of an hour.
    assert found["items"][0]["act"] == waits["head"]["id"]
    assert (await nurse.get("/api/v1/agenda/reoriented")).json()["code"] == "forbidden"


async def test_a_reoriented_consultation_is_looked_at_again_once(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    coordinator = await home.signed_in("claire")
    act = await does(nurse, await opened(nurse, "consultation", reason="Toux"), "admit", **ADMIT)
    act = await does(physician, act, "begin")
    act = await does(physician, act, "reorient", "Auscultation impossible", reoriented_to="visit")
    path = f"/api/v1/agenda/reoriented/{act['head']['id']}"
    found = (await coordinator.get("/api/v1/agenda/reoriented")).json()
    assert (found["open"], found["items"][0]["reoriented_to"]) == (1, "visit")
    assert found["items"][0]["reason"] == "Auscultation impossible"
    said = {"sentence": "  Le stéthoscope n'était pas chargé  "}
    assert (await physician.post(path, json=said)).json()["code"] == "forbidden"
    assert (await coordinator.post(path, json={"sentence": "   "})).status_code == 422
    done = (await coordinator.post(path, json=said)).json()
    assert (done["open"], done["items"][0]["sentence"]) == (0, "Le stéthoscope n'était pas chargé")
    assert (await coordinator.post(path, json=said)).status_code == 200
    other = await coordinator.post(path, json={"sentence": "Autre chose"})
    assert (other.status_code, other.json()["code"]) == (409, "changed_meanwhile")
    nothing = await coordinator.post("/api/v1/agenda/reoriented/none", json=said)
    assert nothing.json()["code"] == "unknown_act"


async def test_a_calendar_tells_times_and_rooms_and_nothing_else(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    [slot] = await given(physician, whole_minute(home, 26 * HOUR))
    act = (await booked(nurse, slot["id"])).json()["act"]
    await opened(nurse, "consultation", reason="Sans heure")
    link = (await physician.post("/api/v1/calendar")).json()["path"]
    reader = home.client()
    answer = await reader.get(link)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["summary"]) == "Téléconsultation, chambre 12"
    assert (event["dtstart"].dt.timestamp(), event["dtend"].dt.timestamp()) == (
        slot["begins"] / SECOND,
        slot["begins"] / SECOND + 1200,
    )
    for secret in ("Jeanne", "jeanne", "MARTIN", "Benali", "toux", act, RESIDENT):
        assert secret.lower() not in answer.text.lower()
    assert (await physician.get("/api/v1/calendar")).json()["used"] is not None

    await does(nurse, (await nurse.get(f"/api/v1/acts/{act}")).json(), "cancel", "Guérie")
    assert not Calendar.from_ical((await reader.get(link)).content).walk("VEVENT")


async def test_a_link_to_a_calendar_ends_with_the_next_one_with_its_revocation_and_with_the_account(
    home: Home,
) -> None:
    nurse, reader = await home.signed_in("ines"), home.client()
    assert (await nurse.get("/api/v1/calendar")).json() == {"made": None, "used": None}
    links = [(await nurse.post("/api/v1/calendar")).json()["path"] for _ in range(2)]
    assert links[0] != links[1]
    assert [(await reader.get(link)).status_code for link in links] == [404, 200]
    assert (await nurse.delete("/api/v1/calendar")).json()["made"] is None
    refused = await reader.get(links[1])
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_calendar")
    last = (await nurse.post("/api/v1/calendar")).json()["path"]
    home.services.accounts.disable("ines")
    assert (await reader.get(last)).status_code == 404
    assert (await reader.get("/api/v1/calendars/guess/teleconsultations.ics")).status_code == 404


async def test_a_nurse_s_calendar_holds_the_whole_home_and_a_physician_s_their_own(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    act = await opened(nurse, "consultation", reason="Toux")
    await does(nurse, act, "plan", at=whole_minute(home, 3 * HOUR))
    seen = []
    for client in (nurse, physician):
        link = (await client.post("/api/v1/calendar")).json()["path"]
        seen.append(len(Calendar.from_ical((await home.client().get(link)).content).walk("VEVENT")))
    assert seen == [1, 0]
    today = (await nurse.get("/api/v1/agenda")).json()
    at = whole_minute(home, 3 * HOUR)
    tomorrow = at >= today["day"] + 24 * HOUR
    assert [one["act"] for one in today["planned"]] == ([] if tomorrow else [act["head"]["id"]])
