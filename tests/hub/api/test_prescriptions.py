"""Prescriptions over HTTP: who may ask for what, what the answers say, and that the room is told."""

from __future__ import annotations

from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.wire.messages import LimitSet
from hub.alerting.prescriptions import DAY
from hub.alerting.rules.model import Profile, RuleSet
from hub.roll import read_roll

RESIDENT = "jeanne"
PATH = f"/api/v1/residents/{RESIDENT}"
RULES = RuleSet(
    "v1",
    {
        "standard": Profile(
            "standard", "Standard", (Limit("spo2-critical", "spo2", Priority.HIGH, low=85.0, delay=10.0),)
        )
    },
)


@pytest.fixture
def ruleset() -> RuleSet:
    return RULES


def order(home: Any, **change: Any) -> dict[str, Any]:
    now = home.now()
    values = {"metric": "spo2", "priority": "high", "low": 90.0, "delay": 0.0, "reason": "because"}
    return values | {"review": now + DAY, "end": now + 30 * DAY} | change


def enrol(home: Any) -> None:
    """Let the screens take up what changed, as `hub.app` does."""
    with home.services.database.read() as connection:
        home.services.live.enroll(read_roll(connection, home.now(), RULES))


async def post(client: Any, path: str, body: dict[str, Any] | None = None, status: int = 201) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_tightening_is_in_force_at_once_and_on_every_screen(home: Any) -> None:
    doctor = await home.signed_in("benali")
    made = await post(doctor, f"{PATH}/prescriptions", order(home))
    assert (made["status"], made["author"]) == ("in_force", {"username": "benali", "name": "Benali"})
    view = (await doctor.get(f"{PATH}/prescriptions")).json()
    [in_force] = view["in_force"]
    assert (in_force["limit"]["low"], in_force["prescription"]) == (90.0, made["id"])
    superseded = next(paper for paper in view["papers"] if paper["id"] == "jeanne-spo2")
    assert superseded["status"] == "superseded"
    enrol(home)
    resident = (await doctor.get(PATH)).json()
    assert [limit["low"] for limit in resident["limits"]] == [90.0]
    assert [limit.low for limit in home.writer.directory.limits_of_edge("room-12", home.now())] == [90.0]


async def test_loosening_waits_and_is_shown_to_who_may_sign(home: Any) -> None:
    doctor, coordinator = await home.signed_in("benali"), await home.signed_in("claire")
    body = order(home, low=80.0)
    preview = await post(
        doctor,
        f"{PATH}/prescriptions/preview",
        {k: body[k] for k in ("metric", "priority", "low", "delay", "end")},
        200,
    )
    assert [(each["way"], each["before"], each["after"]) for each in preview["loosens"]] == [
        ("bound", 88.0, 80.0)
    ]
    made = await post(doctor, f"{PATH}/prescriptions", body)
    assert (made["status"], made["may_sign"], made["may_take_back"]) == ("awaiting", False, True)
    [waiting] = (await coordinator.get("/api/v1/prescriptions/waiting")).json()
    assert (waiting["family_name"], waiting["room"]) == ("Martin", "ch. 12")
    assert waiting["paper"]["may_sign"] is True
    assert waiting["paper"]["may_take_back"] is False
    assert [each["way"] for each in waiting["paper"]["loosens"]] == ["bound"]
    again = await post(doctor, f"/api/v1/prescriptions/{made['id']}/sign", None, 409)
    assert again["code"] == "same_person"
    signed = await post(coordinator, f"/api/v1/prescriptions/{made['id']}/sign", None, 200)
    assert (signed["status"], signed["second_author"]["username"]) == ("in_force", "claire")
    assert [step["act"] for step in signed["steps"]] == ["propose", "sign_first", "sign_second"]
    assert (await coordinator.get("/api/v1/prescriptions/waiting")).json() == []
    late = await post(coordinator, f"/api/v1/prescriptions/{made['id']}/sign", None, 409)
    assert (late["code"], late["params"]) == ("not_possible", {"state": "in_force"})


async def test_what_waits_is_refused_taken_back_withdrawn_and_renewed(home: Any) -> None:
    doctor, coordinator = await home.signed_in("benali"), await home.signed_in("claire")
    nurse = await home.signed_in("ines")
    proposed = await post(nurse, f"{PATH}/prescriptions", order(home, sign=False))
    assert proposed["status"] == "draft"
    foreign = await post(doctor, f"/api/v1/prescriptions/{proposed['id']}/take-back", None, 403)
    assert foreign["code"] == "not_yours"
    mine = await post(nurse, f"/api/v1/prescriptions/{proposed['id']}/take-back", None, 200)
    assert mine["status"] == "withdrawn"
    other = await post(nurse, f"{PATH}/prescriptions", order(home, sign=False))
    nothing = await post(doctor, f"/api/v1/prescriptions/{other['id']}/refuse", {"reason": " "}, 422)
    assert (nothing["code"], nothing["params"]["field"]) == ("no_reason", "reason")
    no = await post(doctor, f"/api/v1/prescriptions/{other['id']}/refuse", {"reason": "too early"}, 200)
    assert (no["status"], no["ended_reason"]) == ("refused", "too early")
    made = await post(doctor, f"{PATH}/prescriptions", order(home))
    leaving = await post(doctor, f"/api/v1/prescriptions/{made['id']}/withdraw", {"reason": "better"}, 200)
    assert (leaving["status"], [each["way"] for each in leaving["loosens"]]) == (
        "leaving",
        ["bound", "delay"],
    )
    gone = await post(coordinator, f"/api/v1/prescriptions/{made['id']}/sign", None, 200)
    assert gone["status"] == "withdrawn"
    dates = {"review": home.now() + DAY, "end": home.now() + 2 * DAY, "reason": "again"}
    renewed = await post(doctor, f"/api/v1/prescriptions/{made['id']}/renew", dates)
    assert (renewed["status"], renewed["limit"]["low"]) == ("in_force", 90.0)
    early = await post(doctor, f"/api/v1/prescriptions/{renewed['id']}/settle", None, 409)
    assert early["code"] == "not_possible"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"low": 20.0}, "implausible", "low"),
        ({"low": None}, "no_bound", "low"),
        ({"high": 80.0}, "crossed_bounds", "low"),
        ({"metric": "ecg"}, "unknown_metric", "metric"),
        ({"delay": 4000.0}, "out_of_range", "delay"),
        ({"end": 1}, "end_past", "end"),
        ({"review": 1}, "review_past", "review"),
        ({"reason": ""}, "no_reason", "reason"),
    ],
)
async def test_what_cannot_be_prescribed_is_said_with_its_field(
    home: Any, change: dict[str, Any], code: str, field: str
) -> None:
    doctor = await home.signed_in("benali")
    problem = await post(doctor, f"{PATH}/prescriptions", order(home, **change), 422)
    assert (problem["code"], problem["params"]["field"]) == (code, field)


async def test_a_limit_that_begins_later_is_to_come_and_can_be_cancelled(home: Any) -> None:
    doctor = await home.signed_in("benali")
    begin = home.now() + DAY // 2
    thought = {"metric": "spo2", "priority": "high", "low": 86.0, "begin": begin, "end": begin + DAY}
    preview = await post(doctor, f"{PATH}/prescriptions/preview", thought, 200)
    assert [each["since"] for each in preview["loosens"]] == [begin]
    made = await post(doctor, f"{PATH}/prescriptions", order(home, begin=begin))
    assert (made["status"], made["begin"], made["since"]) == ("coming", begin, begin)
    view = (await doctor.get(f"{PATH}/prescriptions")).json()
    assert [each["limit"]["low"] for each in view["in_force"]] == [88.0]
    assert next(each["until"] for each in view["papers"] if each["id"] == "jeanne-spo2") == begin
    gone = await post(doctor, f"/api/v1/prescriptions/{made['id']}/withdraw", {"reason": "not needed"}, 200)
    assert (gone["status"], gone["since"]) == ("withdrawn", None)
    for wrong, code in ((begin + 60 * DAY, "begin_after_end"), (home.now() - SECOND, "begin_past")):
        refused = await post(doctor, f"{PATH}/prescriptions", order(home, begin=wrong), 422)
        assert (refused["code"], refused["params"]["field"]) == (code, "begin")


async def test_a_year_is_the_longest(home: Any) -> None:
    doctor = await home.signed_in("benali")
    problem = await post(doctor, f"{PATH}/prescriptions", order(home, end=home.now() + 400 * DAY), 422)
    assert (problem["code"], problem["params"]["days"]) == ("end_too_far", 366)


async def test_settings_have_an_author_a_date_and_a_reason(home: Any) -> None:
    doctor = await home.signed_in("benali")
    wanted = {
        "profile": "",
        "spo2_scale": 2,
        "on_oxygen": None,
        "usual_score": 1,
        "reason": "target 88 to 92",
    }
    preview = await post(doctor, f"{PATH}/settings/preview", wanted, 200)
    assert preview["loosens"] == []
    made = await post(doctor, f"{PATH}/settings", wanted)
    assert (made["status"], made["settings"]["spo2_scale"]) == ("in_force", 2)
    view = (await doctor.get(f"{PATH}/prescriptions")).json()
    assert view["settings"] == {
        "profile": "",
        "title": "Standard",
        "spo2_scale": 2,
        "on_oxygen": None,
        "usual_score": 1,
    }
    assert view["settings_paper"]["author"]["username"] == "benali"
    same = await post(doctor, f"{PATH}/settings", wanted, 409)
    assert same["code"] == "no_change"
    person = home.writer.directory.people[RESIDENT]
    assert (person.spo2_scale, person.usual_score) == (2, 1)


async def test_an_edge_is_given_the_default_when_a_prescription_is_withdrawn(home: Any) -> None:
    doctor, coordinator = await home.signed_in("benali"), await home.signed_in("claire")
    await post(doctor, "/api/v1/prescriptions/jeanne-spo2/withdraw", {"reason": "no more"}, 200)
    await post(coordinator, "/api/v1/prescriptions/jeanne-spo2/sign", None, 200)
    view = (await doctor.get(f"{PATH}/prescriptions")).json()
    [in_force] = view["in_force"]
    assert (in_force["limit"]["id"], in_force["prescription"]) == ("spo2-critical", None)
    limits = home.writer.directory.limits_of_edge("room-12", home.now())
    assert LimitSet(1, limits).limits[0].low == 85.0
    enrol(home)
    resident = (await doctor.get(PATH)).json()
    assert [(limit["author"], limit["reason"]) for limit in resident["limits"]] == [("", "Standard")]


ROUTES = [
    ("GET", "/api/v1/prescriptions/waiting", None, "nurse physician coordinator"),
    ("GET", f"{PATH}/prescriptions", None, "nurse physician coordinator"),
    ("POST", f"{PATH}/prescriptions/preview", "preview", "nurse physician coordinator"),
    ("POST", f"{PATH}/prescriptions", "order", "nurse physician coordinator"),
    ("POST", f"{PATH}/settings", "settings", "nurse physician coordinator"),
    ("POST", f"{PATH}/settings/preview", "settings", "nurse physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/take-back", None, "nurse physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/renew", "renewal", "nurse physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/sign", None, "physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/refuse", "reason", "physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/withdraw", "reason", "physician coordinator"),
    ("POST", "/api/v1/prescriptions/p0/settle", None, "physician coordinator"),
]
PEOPLE = {"nurse": "ines", "physician": "benali", "technician": "tom", "coordinator": "claire"}


@pytest.mark.parametrize(("method", "path", "body", "allowed"), ROUTES)
async def test_who_may_ask_for_what(
    home: Any, method: str, path: str, body: str | None, allowed: str
) -> None:
    full = order(home, sign=False)
    bodies: dict[str | None, Any] = {
        None: None,
        "order": full,
        "preview": {key: full[key] for key in ("metric", "priority", "low", "delay", "end")},
        "settings": {"spo2_scale": 2, "reason": "why"},
        "renewal": {key: full[key] for key in ("review", "end", "reason")},
        "reason": {"reason": "why"},
    }
    anonymous = await home.client().request(method, path, json=bodies[body])
    assert anonymous.status_code == 401
    for role, username in PEOPLE.items():
        client = await home.signed_in(username)
        answer = await client.request(method, path, json=bodies[body])
        if role in allowed.split():
            assert answer.status_code in {200, 201, 404, 409}, (role, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role


async def test_a_nurse_proposes_and_never_signs(home: Any) -> None:
    nurse = await home.signed_in("ines")
    problem = await post(nurse, f"{PATH}/prescriptions", order(home), 403)
    assert problem["code"] == "not_allowed"
    view = (await nurse.get(f"{PATH}/prescriptions")).json()
    assert [paper["id"] for paper in view["papers"]] == ["jeanne-spo2"]


async def test_who_is_not_there_has_no_limits(home: Any) -> None:
    doctor = await home.signed_in("benali")
    answer = await doctor.get("/api/v1/residents/nobody/prescriptions")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_resident")


async def test_a_limit_that_ends_now_is_taken_back_from_the_room_within_two_ticks(home: Any) -> None:
    doctor = await home.signed_in("benali")
    made = await post(
        doctor,
        f"{PATH}/prescriptions",
        order(home, end=home.now() + 3 * SECOND, review=home.now() + 2 * SECOND),
    )
    assert made["status"] in {"in_force", "awaiting"}
    coordinator = await home.signed_in("claire")
    if made["status"] == "awaiting":
        await post(coordinator, f"/api/v1/prescriptions/{made['id']}/sign", None, 200)

    async def over() -> bool:
        return [limit.low for limit in home.writer.directory.limits[RESIDENT]] == [85.0]

    await home.until(over, 10.0)
    view = (await doctor.get(f"{PATH}/prescriptions")).json()
    assert [paper["id"] for paper in view["expired"]] == [made["id"]]
    assert view["in_force"][0]["expired"] == made["id"]

    async def told() -> bool:
        alerts = (await doctor.get("/api/v1/alerts")).json()
        return any(alert["code"] == "limit_expired" for alert in alerts)

    await home.until(told, 10.0)
    await post(coordinator, f"/api/v1/prescriptions/{made['id']}/settle", None, 200)

    async def quiet() -> bool:
        return not await told()

    await home.until(quiet, 10.0)
