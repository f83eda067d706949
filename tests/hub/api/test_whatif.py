"""What another limit would have done: asked over HTTP, answered by a process of its own, over a real store."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from devices.clock import SECOND
from devices.wire.messages import Observation
from hub.api.app import create_api
from hub.api.whatif_jobs import MAX_WAITING, WhatIfJobs
from hub.config import TimeseriesSettings
from hub.store.ports import Batch, Block
from hub.whatif_worker import Task

HOUR = 3600 * SECOND


@dataclass
class Asking:
    """The home of these tests with its past, and a physician at the desk."""

    home: Any
    client: httpx.AsyncClient
    jobs: WhatIfJobs

    async def ask(self, **question: Any) -> httpx.Response:
        return await self.client.post("/api/v1/what-if", json=question)

    async def answer(self, **question: Any) -> dict[str, Any]:
        started = await self.ask(**question)
        assert started.status_code == 202, started.text

        async def ended() -> Any:
            job = (await self.client.get(f"/api/v1/what-if/{started.json()['id']}")).json()
            return job if job["state"] not in {"waiting", "running"} else None

        return dict(await self.home.until(ended, 60))


def change(**limit: Any) -> dict[str, Any]:
    return {"replaces": "jeanne-spo2", "limit": {"metric": "spo2", "priority": "high"} | limit}


def fill(home: Any) -> int:
    """Two hours of a well person with a shallow dip of 40 s and a deep one of 3 min; return when it begins."""
    begin = home.now() - 3 * HOUR
    values = [95.0] * 7200
    values[1800:1840] = [87.0] * 40
    values[3600:3780] = [82.0] * 180
    seen = tuple(
        Observation("ox", "spo2", begin + second * SECOND, value) for second, value in enumerate(values)
    )
    with home.services.database.write() as connection:
        batch = Batch([Block("jeanne", "room-12", seen)])
        home.services.timeseries.put_within(connection, batch)
    return begin


@pytest.fixture
async def asking(home: Any) -> AsyncIterator[Asking]:
    services = home.services

    def question() -> Task:
        return Task(str(services.database.path), TimeseriesSettings(), "Europe/Paris", home.now(), 1)

    jobs = WhatIfJobs(question)
    physician = await home.signed_in("benali")
    app = create_api(replace(services, whatif=jobs), pages=False)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=dict(physician.cookies)
    ) as client:
        yield Asking(home, client, jobs)
    await jobs.stop()


async def test_a_looser_limit_says_what_would_have_been_missed(asking: Asking) -> None:
    begin = fill(asking.home)
    job = await asking.answer(
        resident="jeanne", days=1, changes=[change(low=85.0, delay=10.0, hysteresis=1.0)]
    )
    assert (job["state"], job["progress"], job["problem"]) == ("done", 1.0, "")
    found = job["result"]
    assert (found["before"]["alarms"], found["after"]["alarms"]) == (2, 1)
    assert found["before"]["per_day"] == 2.0
    [missed] = found["missed"]
    assert (missed["worst"], missed["seconds"], missed["response"]) == (87.0, 40.0, "unknown")
    assert missed["raised"] == begin + 1800 * SECOND
    [shift] = found["shifted"]
    assert (shift["later"], shift["alarm"]["worst"]) == (10.0, 82.0)
    assert found["appeared"] == []
    assert found["residents"] == [{"resident": "jeanne", "before": 2, "after": 1}]
    [coverage] = found["coverage"]
    assert coverage["metric"] == "spo2"
    assert coverage["share"] == pytest.approx(2 / 24, abs=0.01)
    assert found["measurements"] == 7200
    assert sum(day["before"] for day in found["days"]) == 2
    listed = (await asking.client.get("/api/v1/what-if")).json()
    assert [(each["id"], each["result"]) for each in listed] == [(job["id"], None)]


OTHER_RULES = """
standard = "standard"

[profile.standard]
title = "Standard"

[[profile.standard.limit]]
id = "spo2-above"
metric = "spo2"
priority = "low"
high = 94
delay = 10
"""


async def test_another_file_of_rules_says_what_would_have_come(asking: Asking) -> None:
    """What is prescribed stays in force beside it: the two dips ring as they did."""
    begin = fill(asking.home)
    job = await asking.answer(resident="jeanne", days=1, rules=OTHER_RULES)
    assert (job["state"], job["problem"]) == ("done", "")
    found = job["result"]
    assert (found["before"]["alarms"], found["after"]["alarms"]) == (2, 5)
    assert found["missed"] == []
    assert [alarm["limit"] for alarm in found["appeared"]] == [94.0] * 3
    times = [(alarm["raised"] - begin) // SECOND for alarm in found["appeared"]]
    # After its delay, from the start and after each dip; the newest first.
    assert times == [3790, 1850, 10]


async def test_rules_that_are_none_are_refused_with_the_line(asking: Asking) -> None:
    answer = await asking.ask(resident="jeanne", days=1, rules="[profile.standard]\nlimit = 3\n")
    assert answer.status_code == 422
    assert "limit" in answer.text


async def test_what_somebody_did_about_a_missed_alarm_is_told(asking: Asking) -> None:
    home = asking.home
    now = home.now()
    home.measure(("spo2", 80.0, now))

    async def rings() -> Any:
        return (await asking.client.get("/api/v1/alerts")).json()

    alerts = await home.until(rings)
    nurse = await home.signed_in("ines")
    taken = await nurse.post(f"/api/v1/alerts/{alerts[0]['id']}", json={"action": "take"})
    assert taken.status_code == 200, taken.text
    job = await asking.answer(resident="jeanne", days=1, changes=[{"replaces": "jeanne-spo2"}])
    [missed] = job["result"]["missed"]
    assert (missed["response"], missed["responded_by"]) == ("taken", "ines")
    assert missed["responded"] >= missed["raised"]
    assert job["result"]["missed_answered"] == 1


async def test_a_stricter_limit_says_what_would_be_new(asking: Asking) -> None:
    fill(asking.home)
    draft = {"metric": "spo2", "priority": "low", "low": 96.0, "delay": 60.0}
    job = await asking.answer(resident="jeanne", days=1, changes=[{"limit": draft}])
    [new] = job["result"]["appeared"]
    assert (new["limit_id"], new["cleared"]) == ("draft-0", None)
    assert (job["result"]["before"]["alarms"], job["result"]["after"]["alarms"]) == (2, 3)
    assert job["result"]["unchanged"] == 2


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({"resident": "paul", "changes": [{"replaces": "jeanne-spo2"}]}, 404, "unknown_resident"),
        ({"resident": "jeanne", "changes": [{"replaces": "other"}]}, 404, "unknown_limit"),
        ({"resident": "jeanne", "changes": [change(low=85.0, metric="mood")]}, 422, "invalid_request"),
        ({"resident": "jeanne", "changes": [change()]}, 422, "invalid_request"),
        ({"resident": "jeanne", "changes": [change(low=90.0, high=80.0)]}, 422, "invalid_request"),
        ({"resident": "jeanne", "changes": [{}]}, 422, "invalid_request"),
        ({"resident": "jeanne"}, 422, "invalid_request"),
        ({"changes": [change(low=85.0)]}, 422, "invalid_request"),
        ({"resident": "jeanne", "days": 31, "changes": [change(low=85.0)]}, 422, "invalid_request"),
    ],
)
async def test_a_wrong_question_is_refused(
    asking: Asking, question: dict[str, Any], status: int, code: str
) -> None:
    answer = await asking.ask(**question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert asking.jobs.jobs() == []


async def test_a_nurse_signs_nothing(asking: Asking) -> None:
    nurse = await asking.home.signed_in("ines")
    asking.client.cookies.update(dict(nurse.cookies))
    answer = await asking.ask(resident="jeanne", changes=[change(low=85.0)])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_without_jobs_the_interface_says_so(asking: Asking) -> None:
    physician = await asking.home.signed_in("benali")
    answer = await physician.get("/api/v1/what-if")
    assert (answer.status_code, answer.json()["code"]) == (503, "what_if_unavailable")


SLEEPS = (sys.executable, "-c", "import time; print('{\"progress\": 0.25}', flush=True); time.sleep(60)")


def lasting(asking: Asking, command: tuple[str, ...] = SLEEPS, longest: float = 60.0) -> Asking:
    jobs = WhatIfJobs(asking.jobs.make, command, longest)
    services = replace(asking.home.services, whatif=jobs)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(create_api(services, pages=False)),
        base_url="http://localhost",
        cookies=dict(asking.client.cookies),
    )
    asking.home.clients.append(client)
    return replace(asking, client=client, jobs=jobs)


async def test_a_question_is_cancelled_and_the_next_begins(asking: Asking) -> None:
    slow = lasting(asking)
    question = {"resident": "jeanne", "changes": [change(low=85.0)]}
    first, second = [(await slow.ask(**question)).json()["id"] for _ in range(2)]

    async def running(key: str) -> Any:
        return (await slow.client.get(f"/api/v1/what-if/{key}")).json()["progress"] == 0.25

    await asking.home.until(lambda: running(first), 20)
    assert (await slow.client.get(f"/api/v1/what-if/{second}")).json()["state"] == "waiting"
    ended = await slow.client.delete(f"/api/v1/what-if/{first}")
    assert ended.json()["state"] == "cancelled"
    await asking.home.until(lambda: running(second), 20)
    await slow.jobs.stop()
    assert {job.state for job in slow.jobs.jobs()} == {"cancelled"}
    unknown = await slow.client.delete("/api/v1/what-if/none")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_what_if")


async def test_so_many_may_wait(asking: Asking) -> None:
    slow = lasting(asking)
    answers = [await slow.ask(resident="jeanne", changes=[change(low=85.0)]) for _ in range(MAX_WAITING + 1)]
    assert [answer.status_code for answer in answers] == [202] * MAX_WAITING + [429]
    await slow.jobs.stop()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "print('no json')"), "failed"),
        (("/no/such/program",), "failed"),
    ],
)
async def test_a_process_that_fails_is_told(asking: Asking, command: tuple[str, ...], problem: str) -> None:
    broken = lasting(asking, command)
    job = await broken.answer(resident="jeanne", changes=[change(low=85.0)])
    assert job["state"] == "failed"
    assert problem in job["problem"]


async def test_an_answer_that_takes_too_long_is_given_up(asking: Asking) -> None:
    slow = lasting(asking, longest=0.5)
    job = await slow.answer(resident="jeanne", changes=[change(low=85.0)])
    assert (job["state"], job["problem"]) == ("failed", "no answer within 0.5 s")
