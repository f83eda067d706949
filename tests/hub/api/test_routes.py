"""Routes over a real server: what they answer, to whom, and what they refuse in words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from hub.alerting.responses import Action
from hub.api.app import create_api
from hub.api.models import MeasurementPage
from hub.store import records


async def stored(home: Any, count: int) -> None:
    """Wait until so many observations are on the disk."""

    async def there() -> bool:
        return bool(home.services.timeseries.count("jeanne") >= count)

    await home.until(there)


async def ringing(home: Any, client: httpx.AsyncClient) -> dict[str, Any]:
    """Let SpO2 fall, and return the alert."""
    home.measure(("spo2", 80.0, home.now()))

    async def low() -> list[dict[str, Any]]:
        return [a for a in (await client.get("/api/v1/alerts")).json() if a["code"] == "limit_low"]

    [alert] = await home.until(low)
    return dict(alert)


async def test_the_cookie_is_for_this_site_and_no_script(home: Any) -> None:
    client = home.client()
    answer = await client.post(
        "/api/v1/session", json={"username": "ines", "password": "correct horse battery staple"}
    )
    assert answer.json()["role"] == "nurse"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    me = (await client.get("/api/v1/session")).json()
    assert (me["username"], me["home"]) == ("ines", "Les Tilleuls")


async def test_signing_out_ends_the_session_on_the_server(home: Any) -> None:
    client = await home.signed_in("ines")
    token = dict(client.cookies)
    assert (await client.delete("/api/v1/session")).status_code == 204
    client.cookies.update(token)
    answer = await client.get("/api/v1/session")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_wrong_password_and_an_unknown_name_look_alike_and_then_wait(home: Any) -> None:
    client = home.client()
    answers = [
        await client.post("/api/v1/session", json={"username": name, "password": "wrong"})
        for name in ("ines", "nobody")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()
    for _ in range(3):
        await client.post("/api/v1/session", json={"username": "ines", "password": "wrong"})
    answer = await client.post("/api/v1/session", json={"username": "ines", "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "/api/v1/home", 401),
        (None, "/api/v1/residents", 401),
        (None, "/api/v1/alerts", 401),
        ("tom", "/api/v1/residents", 403),
        ("tom", "/api/v1/residents/jeanne", 403),
        ("tom", "/api/v1/residents/jeanne/measurements?metric=spo2", 403),
        ("tom", "/api/v1/residents/jeanne/waveforms?metric=pleth", 403),
        ("tom", "/api/v1/edges", 200),
        ("tom", "/api/v1/alerts", 200),
        ("ines", "/api/v1/edges", 200),
        ("ines", "/api/v1/residents", 200),
        ("ines", "/api/v1/home", 200),
        ("benali", "/api/v1/residents/jeanne", 200),
        ("benali", "/api/v1/edges", 403),
    ],
)
async def test_each_role_reads_what_is_its_own(home: Any, who: str | None, path: str, status: int) -> None:
    client = home.client() if who is None else await home.signed_in(who)
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.json()["code"] in {"not_signed_in", "forbidden"}


async def test_an_alert_is_taken_released_and_acknowledged_and_all_is_written_down(home: Any) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await ringing(home, nurse)
    address = f"/api/v1/alerts/{alert['id']}"

    async def act(client: httpx.AsyncClient, action: str) -> httpx.Response:
        return await client.post(address, json={"action": action, "reason": "round"})

    assert (await act(nurse, "take")).json()["response"] == "taken"
    again = await act(nurse, "take")
    assert (again.status_code, again.json()["code"]) == (409, "already_taken")
    other = await act(physician, "acknowledge")
    assert (other.json()["code"], other.json()["params"]) == ("held_by_other", {"holder": "ines"})
    assert (await act(nurse, "release")).json()["response"] == "unacknowledged"
    assert (await act(physician, "acknowledge")).json()["response"] == "acknowledged"
    history = (await nurse.get("/api/v1/alerts")).json()[0]["history"]
    assert [step["event"] for step in history] == ["raised", "taken", "released", "acknowledged"]
    with home.services.database.read() as connection:
        log = [(entry.actor, entry.action) for entry in records.audit_log(connection)]
    assert ("ines", "sign_in") in log
    assert ("benali", "resident_seen") in log
    acts = [each for each in log if each[1].startswith("alert_")]
    assert acts == [("ines", "alert_take"), ("ines", "alert_release"), ("benali", "alert_acknowledge")]


async def test_a_request_that_is_cut_off_harms_nobody(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    asked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def act(alert_id: str, action: Action, author: str, reason: str, key: str = "") -> Any:
        asked.set_result(home.writer.act(alert_id, action, author, reason, key))
        return asked.result()

    app = create_api(replace(home.services, act=act), pages=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=dict(nurse.cookies)
    ) as client:
        address = f"/api/v1/alerts/{alert['id']}"
        request = asyncio.create_task(client.post(address, json={"action": "take"}))
        done = await asked
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
    taken = await asyncio.to_thread(done.result, 5)
    assert taken.taken_by == "ines"
    assert not home.writer.failed.is_set()
    assert (await nurse.post(address, json={"action": "release"})).status_code == 200


async def test_a_hub_that_stops_says_so(home: Any) -> None:
    nurse = await home.signed_in("ines")
    await asyncio.to_thread(home.writer.stop)
    answer = await nurse.post("/api/v1/alerts/any", json={"action": "take"})
    assert (answer.status_code, answer.json()["code"]) == (503, "hub_stopping")


async def test_a_technician_acts_on_no_alert(home: Any) -> None:
    nurse, technician = await home.signed_in("ines"), await home.signed_in("tom")
    alert = await ringing(home, nurse)
    answer = await technician.post(f"/api/v1/alerts/{alert['id']}", json={"action": "take"})
    assert answer.status_code == 403
    assert (await technician.get("/api/v1/alerts?state=all")).json() == []


async def test_alerts_are_found_by_state_resident_and_time(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    await nurse.post(f"/api/v1/alerts/{alert['id']}", json={"action": "acknowledge"})
    home.measure(("spo2", 97.0, home.now()))

    async def calm() -> bool:
        return not (await nurse.get("/api/v1/alerts")).json()

    await home.until(calm)
    [past] = (await nurse.get("/api/v1/alerts?state=all&resident=jeanne")).json()
    assert (past["condition"], past["response"]) == ("cleared", "acknowledged")
    assert (await nurse.get("/api/v1/alerts?state=all&resident=paul")).json() == []
    assert (await nurse.get(f"/api/v1/alerts?state=all&from={past['raised'] + 1}")).json() == []
    over = await nurse.post(f"/api/v1/alerts/{past['id']}", json={"action": "take"})
    assert (over.status_code, over.json()["code"]) == (409, "not_open")
    unknown = await nurse.post("/api/v1/alerts/none", json={"action": "take"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_alert")


async def test_measurements_come_in_pages_that_neither_repeat_nor_skip(home: Any) -> None:
    nurse = await home.signed_in("ines")
    start = home.now() - 3600 * SECOND
    home.measure(*(("spo2", 90 + n % 8, start + n * SECOND) for n in range(250)))
    await stored(home, 250)
    times: list[int] = []
    cursor: int | None = start
    while cursor is not None:
        answer = await nurse.get(f"/api/v1/residents/jeanne/measurements?metric=spo2&from={cursor}&limit=100")
        page = MeasurementPage.model_validate_json(answer.content)
        assert len(page.times) == len(page.values) == len(page.flags) <= 100
        times += page.times
        cursor = page.next
    assert times == [start + n * SECOND for n in range(250)]


async def test_down_sampling_keeps_the_extremes(home: Any) -> None:
    nurse = await home.signed_in("ines")
    start = home.now() - 3600 * SECOND
    home.measure(*(("spo2", 70.0 if n == 123 else 96.0, start + n * SECOND) for n in range(500)))
    await stored(home, 500)
    answer = await nurse.get("/api/v1/residents/jeanne/measurements?metric=spo2&max_points=10")
    page = MeasurementPage.model_validate_json(answer.content)
    assert page.downsampled
    assert page.lows is not None
    assert len(page.times) <= 10
    assert min(page.lows) == 70.0
    assert (page.unit, page.next) == ("%", None)


@pytest.mark.parametrize(
    ("path", "status", "code", "names"),
    [
        ("/api/v1/residents/nobody", 404, "unknown_resident", "nobody"),
        ("/api/v1/residents/nobody/measurements?metric=spo2", 404, "unknown_resident", "nobody"),
        ("/api/v1/residents/jeanne/measurements?metric=luck", 404, "unknown_metric", "luck"),
        ("/api/v1/residents/jeanne/measurements", 422, "invalid_request", "metric"),
        ("/api/v1/residents/jeanne/measurements?metric=spo2&from=5&to=4", 422, "invalid_request", "from"),
        (
            "/api/v1/residents/jeanne/measurements?metric=spo2&max_points=1",
            422,
            "invalid_request",
            "max_points",
        ),
        ("/api/v1/residents/jeanne/measurements?metric=spo2&colour=red", 422, "invalid_request", "colour"),
        ("/api/v1/residents/jeanne/waveforms?metric=pleth&from=0", 422, "invalid_request", "600 s"),
        ("/api/v1/residents?page=2", 422, "invalid_request", "page"),
        ("/api/v1/alerts?state=loud", 422, "invalid_request", "state"),
        ("/api/v1/nothing", 404, "not_found", "not found"),
        ("/healthz?x=1", 422, "invalid_request", "x"),
    ],
)
async def test_a_bad_request_is_refused_in_words_that_name_it(
    home: Any, path: str, status: int, code: str, names: str
) -> None:
    nurse = await home.signed_in("ines")
    answer = await nurse.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert names in problem["detail"]
    counted = (await nurse.get("/metrics")).text
    assert f'veilleuse_api_problems_total{{code="{code}"}} 1.0' in counted


async def test_a_request_of_another_site_host_or_size_goes_nowhere(home: Any) -> None:
    nurse = await home.signed_in("ines")

    async def code(**headers: str) -> str:
        content = b"x" * 70_000 if not headers else b"{}"
        answer = await nurse.post("/api/v1/alerts/none", content=content, headers=headers)
        return str(answer.json()["code"])

    assert await code(origin="http://evil.example") == "foreign_origin"
    assert await code(origin="null") == "foreign_origin"
    assert await code(host="evil.example") == "unknown_host"
    assert await code() == "too_large"
    assert await code(origin=home.url) == "invalid_request"

    async def endless() -> Any:
        for _ in range(20):
            yield b"x" * 8192

    answer = await nurse.post("/api/v1/session", content=endless())
    assert answer.status_code in {400, 413}


async def test_every_answer_binds_the_browser(home: Any) -> None:
    client = home.client()
    for path in ("/healthz", "/api/v1/home", "/nothing"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
    assert (await client.get("/api/v1/home")).headers["cache-control"] == "no-store"


async def test_health_says_what_is_wrong(home: Any) -> None:
    client = home.client()
    assert (await client.get("/healthz")).json()["status"] == "ok"
    home.services.health.failing("commit", "nothing can be stored: the disk is full")
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert answer.json()["problems"] == ["nothing can be stored: the disk is full"]


async def test_counters_are_for_this_machine_or_a_technician(home: Any) -> None:
    client, technician = home.client(), await home.signed_in("tom")
    assert (await client.get("/metrics")).status_code == 200
    passed_on = {"x-forwarded-for": "192.0.2.7"}
    assert (await client.get("/metrics", headers=passed_on)).status_code == 401
    answer = await technician.get("/metrics", headers=passed_on)
    assert answer.status_code == 200
    assert "jeanne" not in answer.text


async def test_edges_show_their_sensors(home: Any) -> None:
    nurse = await home.signed_in("ines")
    home.heartbeat()

    async def online() -> list[dict[str, Any]]:
        edges: list[dict[str, Any]] = (await nurse.get("/api/v1/edges")).json()
        return edges if edges[0]["online"] else []

    edges = await home.until(online)
    assert edges[0]["sensors"][0]["sensor"] == "ox"
    assert edges[0]["sensors"][0]["link"] == "up"
    assert not edges[1]["online"]
