"""Questions to experts over HTTP: whom they reach, who takes them, who else may not, and what each list says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from devices.clock import SECOND
from hub.alerting.escalation.policy import BUILT_IN, Contact
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.expertises import Experts
from hub.notify.base import GiveUp, Outcome, Retry
from hub.store import cares
from hub.store.cares import Care
from hub.store.push import Devices
from hub.store.schema import AUDIT
from hub.telling_experts import TellingExperts, Ways
from tests.hub.api.conftest import PASSWORD, RESIDENT, Home
from tests.hub.test_telling_experts import Line

HOUR = 3600 * SECOND
QUESTION = {
    "topic": "dermatology",
    "urgency": "routine",
    "question": "Faut-il une biopsie ?",
    "consent": "oral",
    "consent_by": "Mme Martin",
}
ANSWER = {
    "diagnosis": "Kératose actinique",
    "confidence": "high",
    "recommendation": "Crème solaire, revoir dans 3 mois",
    "advised": "care_on_site",
}
EXPERTS = Experts({"derm": "Dermatologie du CHU"}, {"derm": frozenset({"weber", "nguyen"})})


def with_experts(home: Home) -> Home:
    """Give a home a group of two dermatologists; benali cares for the resident, nobody else does."""
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("weber", "nguyen", "durand"):
        hashed = passwords.hash(PASSWORD)
        home.services.accounts.add_user(User(name, f"Dr {name.title()}", "physician", hashed, False, 0))
    # The home of these tests is made without experts; the composition root gives them at the start.
    object.__setattr__(home.services, "experts", EXPERTS)
    with home.services.database.write() as connection:
        cares.add(connection, Care("benali", RESIDENT, 0, None, "claire"))
    return home


def telling(home: Home, *outcomes: Outcome) -> TellingExperts:
    """Return what tells the experts of a home: weber has an e-mail address, nobody else is known to the policy."""
    people = {"weber": Contact("Dr Weber", {"push": "weber", "email": "weber@chu.example"})}
    line, services = Line("email", *outcomes), home.services
    ways = Ways(lambda: replace(BUILT_IN, people=people), lambda: [line], Devices(services.database))
    return TellingExperts(services.database, services.clock, EXPERTS, ways, services.live.act_changed)


@pytest.fixture
def hospital(home: Home) -> Home:
    """A home that has somebody to ask."""
    return with_experts(home)


async def asked(client: httpx.AsyncClient, to: str, **more: Any) -> dict[str, Any]:
    """Put a question, and return its act."""
    answer = await client.post(
        f"/api/v1/residents/{RESIDENT}/acts", json={"kind": "expertise", "reason": "Plaque du front"}
    )
    return await does(client, answer.json(), "send", **{**QUESTION, "to": to, **more})


async def told(
    client: httpx.AsyncClient, act: dict[str, Any], event: str, reason: str = "", **fields: Any
) -> httpx.Response:
    body = {"event": event, "reason": reason, "fields": fields, "number": act["version"]}
    return await client.post(f"/api/v1/acts/{act['head']['id']}/steps", json=body)


async def does(
    client: httpx.AsyncClient, act: dict[str, Any], event: str, reason: str = "", **fields: Any
) -> dict[str, Any]:
    answer = await told(client, act, event, reason, **fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(client: httpx.AsyncClient) -> dict[str, list[str]]:
    """Return the acts of each list."""
    found = (await client.get("/api/v1/expertises")).json()
    return {name: [one["act"] for one in found[name]] for name in ("items", "taken", "answered")}


def lists(items: list[str], taken: list[str], answered: list[str]) -> dict[str, list[str]]:
    return {"items": items, "taken": taken, "answered": answered}


async def test_a_question_to_a_group_is_taken_by_one_and_open_to_the_others_no_more(hospital: Home) -> None:
    nurse = await hospital.signed_in("ines")
    people = {name: await hospital.signed_in(name) for name in ("weber", "nguyen", "durand", "benali")}
    act = await asked(nurse, "@derm")
    key = act["head"]["id"]
    [view] = (await people["weber"].get("/api/v1/expertises")).json()["items"]
    assert (view["to_name"], view["author_name"], view["holder"]) == ("Dermatologie du CHU", "Ines", "")
    assert (view["question"], view["late"], view["pictures"]) == (QUESTION["question"], False, 0)
    assert await listed(people["nguyen"]) == lists([key], [], [])
    # Who cares for the resident sees the act, and was not asked; who does neither sees nothing of it.
    assert await listed(people["benali"]) == lists([], [], [])
    assert await listed(people["durand"]) == lists([], [], [])
    assert (await people["durand"].get(f"/api/v1/acts/{key}")).status_code == 403
    seen = (await people["benali"].get(f"/api/v1/acts/{key}")).json()
    assert not {"accept", "ask_more", "decline"} & {one["event"] for one in seen["gestures"]}
    assert [step["fields"]["to"] for step in seen["steps"] if step["event"] == "send"] == [
        "Dermatologie du CHU"
    ]
    for event, said in (("accept", {}), ("ask_more", {"wanted": "?"}), ("decline", {})):
        refused = await told(people["benali"], act, event, "ailleurs" if event == "decline" else "", **said)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden_step")

    act = await does(people["weber"], act, "accept")
    assert await listed(people["weber"]) == lists([key], [], [])
    assert await listed(people["nguyen"]) == lists([], [key], [])
    [view] = (await people["nguyen"].get("/api/v1/expertises")).json()["taken"]
    assert (view["holder"], view["holder_name"]) == ("weber", "Dr Weber")
    # The home sees every question, whoever has it.
    assert await listed(nurse) == lists([key], [], [])

    act = await does(people["weber"], act, "answer", **ANSWER)
    assert await listed(people["weber"]) == lists([], [], [key])
    assert await listed(people["nguyen"]) == lists([], [], [])
    act = await does(nurse, act, "close")
    [view] = (await people["weber"].get("/api/v1/expertises")).json()["answered"]
    assert (view["state"], view["answered"] is not None, view["late"]) == ("closed", True, False)


async def test_what_is_asked_back_waits_for_the_home_and_comes_back_as_news(hospital: Home) -> None:
    nurse, weber = await hospital.signed_in("ines"), await hospital.signed_in("weber")
    act = await asked(nurse, "weber")
    act = await does(weber, act, "ask_more", wanted="Depuis quand ?")
    [view] = (await weber.get("/api/v1/expertises")).json()["items"]
    assert (view["state"], view["holder"], view["informed"]) == ("more_info", "weber", False)
    act = await does(nurse, act, "complete", information="Six mois")
    [view] = (await weber.get("/api/v1/expertises")).json()["items"]
    assert (view["state"], view["holder"], view["informed"]) == ("accepted", "weber", True)
    # Declined and put to somebody else, it is nobody's yet.
    act = await does(weber, act, "decline", "absent demain")
    act = await does(nurse, act, "send", **{**QUESTION, "to": "durand"})
    assert await listed(weber) == lists([], [], [])
    durand = await hospital.signed_in("durand")
    [view] = (await durand.get("/api/v1/expertises")).json()["items"]
    assert (view["holder"], view["to_name"]) == ("", "Dr Durand")


async def test_whom_the_hub_does_not_know_is_asked_by_name_and_answered_by_who_sees_it(
    hospital: Home,
) -> None:
    nurse, benali = await hospital.signed_in("ines"), await hospital.signed_in("benali")
    act = await asked(nurse, "Pr Lenoir, à l'hôpital")
    assert await listed(benali) == lists([], [], [])
    assert (await listed(nurse))["items"] == [act["head"]["id"]]
    assert (await does(benali, act, "accept"))["head"]["state"] == "accepted"


async def test_what_is_asked_for_today_is_due_before_what_is_not(hospital: Home) -> None:
    nurse, weber = await hospital.signed_in("ines"), await hospital.signed_in("weber")
    object.__setattr__(hospital.services, "answer_within", 48 * HOUR)
    for urgency in ("routine", "within_24h", "today"):
        await asked(nurse, "weber", urgency=urgency)
    found = (await weber.get("/api/v1/expertises")).json()["items"]
    assert [(one["urgency"], (one["answer_by"] - one["sent"]) / HOUR) for one in found[1:]] == [
        ("within_24h", 24.0),
        ("routine", 48.0),
    ]
    assert found[0]["urgency"] == "today"
    assert 2 * HOUR <= found[0]["answer_by"] - found[0]["sent"] <= 25 * HOUR


async def test_what_is_late_is_on_top_and_reading_the_list_is_written_down_once_an_hour(
    hospital: Home,
) -> None:
    nurse, weber = await hospital.signed_in("ines"), await hospital.signed_in("weber")
    object.__setattr__(hospital.services, "answer_within", 48 * HOUR)
    slow = await asked(nurse, "weber")
    object.__setattr__(hospital.services, "answer_within", 0)
    late = await asked(nurse, "@derm")
    found = (await weber.get("/api/v1/expertises")).json()
    assert [(one["act"], one["late"]) for one in found["items"]] == [
        (late["head"]["id"], True),
        (slow["head"]["id"], False),
    ]
    assert found["items"][1]["answer_by"] == found["items"][1]["sent"] + 48 * HOUR
    await listed(weber)
    with hospital.services.database.read() as connection:
        query = select(AUDIT.c.actor).where(AUDIT.c.action == "expertises_read")
        assert connection.execute(query).scalars().all() == ["weber"]


async def test_who_may_be_asked_is_told_to_who_cares_and_nobody_else(hospital: Home) -> None:
    nurse = await hospital.signed_in("ines")
    found = (await nurse.get("/api/v1/experts")).json()["items"]
    assert [(one["to"], one["name"], one["members"]) for one in found] == [
        ("@derm", "Dermatologie du CHU", 2),
        ("benali", "Benali", 1),
        ("durand", "Dr Durand", 1),
        ("nguyen", "Dr Nguyen", 1),
        ("weber", "Dr Weber", 1),
    ]
    technician = await hospital.signed_in("tom")
    for address in ("experts", "expertises"):
        assert (await technician.get(f"/api/v1/{address}")).status_code == 403


async def test_who_asked_sees_who_was_told_of_what_happened_last(hospital: Home) -> None:
    nurse, weber = await hospital.signed_in("ines"), await hospital.signed_in("weber")
    act = await asked(nurse, "@derm")
    assert act["told"] == []
    await telling(hospital).look()
    seen = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    nguyen, told_weber = sorted(seen, key=lambda one: str(one["expert"]))
    assert (nguyen["name"], nguyen["ways"], nguyen["missing"]) == ("Dr Nguyen", [], "contact")
    assert (told_weber["name"], told_weber["occasion"], told_weber["missing"]) == ("Dr Weber", "asked", "")
    [way] = told_weber["ways"]
    assert (way["channel"], way["state"], way["again"]) == ("email", "sent", None)
    # Once somebody took it nobody needs to know any more, until there is news for them.
    act = await does(weber, act, "ask_more", wanted="Depuis quand ?")
    assert act["told"] == []
    act = await does(nurse, act, "complete", information="Six mois")
    await telling(hospital, Retry("server busy")).look()
    [one] = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    assert (one["expert"], one["occasion"], one["ways"][0]["state"]) == ("weber", "informed", "trying")
    assert one["ways"][0]["again"] > one["ways"][0]["time"]
    act = await does(weber, act, "answer", **ANSWER)
    assert act["told"] == []


async def test_of_somebody_without_an_account_it_is_said_that_nothing_goes(hospital: Home) -> None:
    nurse = await hospital.signed_in("ines")
    act = await asked(nurse, "Pr Lenoir, à l'hôpital")
    await telling(hospital).look()
    [one] = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    assert (one["name"], one["missing"]) == ("Pr Lenoir, à l'hôpital", "account")
    act = await does(await hospital.signed_in("benali"), act, "accept")
    assert act["told"] == []


async def test_a_way_that_is_gone_is_not_said_to_be_tried_again(hospital: Home) -> None:
    nurse = await hospital.signed_in("ines")
    act = await asked(nurse, "weber")
    await telling(hospital, Retry("server busy")).look()
    ways = Ways(lambda: BUILT_IN, list, Devices(hospital.services.database))
    await TellingExperts(hospital.services.database, hospital.services.clock, EXPERTS, ways).look()
    [one] = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    assert (one["ways"], one["missing"]) == ([], "contact")


async def test_another_address_takes_the_place_of_one_that_failed(hospital: Home) -> None:
    nurse = await hospital.signed_in("ines")
    act = await asked(nurse, "weber")
    await telling(hospital, GiveUp("550 no such user")).look()
    [one] = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    assert [way["state"] for way in one["ways"]] == ["failed"]
    people = {"w": Contact("Dr Weber", {"tablet": "weber", "email": "w@new.example"})}
    ways = Ways(
        lambda: replace(BUILT_IN, people=people), lambda: [Line("email")], Devices(hospital.services.database)
    )
    await TellingExperts(hospital.services.database, hospital.services.clock, EXPERTS, ways).look()
    [one] = (await nurse.get(f"/api/v1/acts/{act['head']['id']}")).json()["told"]
    assert [way["state"] for way in one["ways"]] == ["sent"]
