"""The alarm load and the differing verdicts over HTTP, on a real database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.occurrences import Occurrence
from devices.wire.messages import Verdict
from hub.alerting.hindsight import HISTORY
from hub.alerting.model import TEST_EDGE, Alert, Changes, Code, Condition, Event, Response, Transition
from hub.roll import read_roll
from hub.store import journal, records, verdicts
from hub.store.records import Resident, Room
from hub.store.verdicts import DifferenceRecord

HOUR = 3600 * SECOND
DAY = 24 * HOUR


def rang(number: int, raised: int, **more: Any) -> tuple[Alert, list[Transition]]:
    """Return an alert that somebody answered after a minute and that ended after two."""
    values: dict[str, Any] = {
        "id": f"a{number}",
        "code": Code.LIMIT_LOW,
        "priority": Priority.HIGH,
        "edge": "room-12",
        "resident": "jeanne",
        "onset": raised - 10 * SECOND,
        "raised": raised,
        "metric": "spo2",
        "value": 84.0,
        "limit": 88.0,
        "limit_id": "jeanne-spo2",
        "cleared": raised + 120 * SECOND,
        "condition": Condition.CLEARED,
        "response": Response.ACKNOWLEDGED,
    }
    alert = Alert(**(values | more))
    steps = [Transition(alert.id, 1, raised, Event.RAISED, "veilleuse")]
    if alert.response is not Response.UNACKNOWLEDGED:
        steps.append(Transition(alert.id, 2, raised + 60 * SECOND, Event.TAKEN, "ines"))
        steps.append(Transition(alert.id, 3, raised + 90 * SECOND, Event.ACKNOWLEDGED, "ines"))
    steps.append(Transition(alert.id, len(steps) + 1, raised + 120 * SECOND, Event.CLEARED, "veilleuse"))
    return alert, steps


def save(home: Any, *some: tuple[Alert, list[Transition]]) -> None:
    steps = [step for _, of in some for step in of]
    with home.services.database.write() as connection:
        journal.save_changes(connection, Changes({alert.id: alert for alert, _ in some}, steps))


async def test_an_empty_home_has_no_load_and_says_so(home: Any) -> None:
    claire = await home.signed_in("claire")
    answer = await claire.get("/api/v1/load")
    assert answer.status_code == 200
    body = answer.json()
    assert body["figures"]["measured"]["count"] == 0
    assert body["figures"]["measured"]["median"] is None
    assert (body["rules"], body["worst"]) == ([], {"residents": 0, "of": 1, "share": None})
    [jeanne] = body["residents"]
    assert (jeanne["resident"], jeanne["loudest"], jeanne["worst"]) == ("jeanne", None, False)
    # She came 25 hours ago; the week before is nobody's.
    assert body["resident_days"] == pytest.approx(25 / 24, abs=0.01)
    assert body["zone"] == "Europe/Paris"
    assert len(body["days"]) == 8
    assert body["reference"]["per_day"] == 2.3
    assert "10877" in body["reference"]["source"]


async def test_what_rang_is_counted_with_its_answer(home: Any) -> None:
    now = home.now()
    save(
        home,
        rang(1, now - 2 * HOUR),
        rang(2, now - 4 * HOUR, response=Response.UNACKNOWLEDGED),
        rang(3, now - 5 * HOUR, code=Code.SENSOR_SILENT, metric=None, limit_id=None, sensor="ox"),
        rang(4, now - 3 * HOUR, detail=HISTORY),
        rang(5, now - 8 * DAY),
        rang(7, now - HOUR, edge=TEST_EDGE, resident=None),
        rang(6, now - 3 * HOUR, code=Code.EDGE_SILENT, resident=None, metric=None, limit_id=None),
    )
    body = (await (await home.signed_in("benali")).get("/api/v1/load")).json()
    measured = body["figures"]["measured"]
    assert (measured["count"], measured["answered"], measured["alone"]) == (2, 0.5, 0.5)
    assert (measured["median"], measured["ninetieth"]) == (60 * SECOND, 60 * SECOND)
    assert body["figures"]["technical"]["count"] == 2
    [jeanne] = body["residents"]
    assert jeanne["counts"] == {"measured": 2, "happened": 0, "technical": 1}
    assert jeanne["loudest"] == {"code": "limit_low", "metric": "spo2"}
    assert (jeanne["loudest_count"], jeanne["limit_id"], jeanne["worst"]) == (2, "jeanne-spo2", True)
    assert jeanne["room"] == "ch. 12"
    assert body["worst"] == {"residents": 1, "of": 1, "share": 1.0}
    assert [rule["count"] for rule in body["rules"]] == [2, 1, 1]
    assert all(sum(rule["hours"]) == rule["count"] for rule in body["rules"])


async def test_somebody_who_left_keeps_a_name_and_has_no_room(home: Any) -> None:
    save(home, rang(1, home.now() - HOUR))
    await home.moved("jeanne", None)
    with home.services.database.read() as connection:
        home.services.live.load(read_roll(connection, home.now()), {}, [])
    body = (await (await home.signed_in("claire")).get("/api/v1/load")).json()
    [jeanne] = body["residents"]
    assert (jeanne["family_name"], jeanne["room"], jeanne["counts"]["measured"]) == ("Martin", "", 1)


@pytest.mark.parametrize("who", ["ines", "tom"])
@pytest.mark.parametrize("path", ["load", "differences"])
async def test_only_those_who_plan_or_prescribe_read_it(home: Any, who: str, path: str) -> None:
    answer = await (await home.signed_in(who)).get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("from=10&to=10", "query.from"),
        (f"from=0&to={91 * DAY}", "query.to"),
        ("from=-1", "query.from"),
        ("to=tomorrow", "query.to"),
        ("resident=jeanne", "query.resident"),
    ],
)
async def test_a_period_that_cannot_be_is_refused(home: Any, query: str, where: str) -> None:
    answer = await (await home.signed_in("claire")).get(f"/api/v1/load?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["params"]["where"] == where


RESIDENTS, DAYS, PER_DAY = 75, 90, 8


def many(now: int) -> Iterator[tuple[Alert, list[Transition]]]:
    """Return the alarms of a loud home; codes, hours and answers differ."""
    codes = (Code.LIMIT_LOW, Code.LIMIT_HIGH, Code.BED_EXIT, Code.NURSE_CALL, Code.SENSOR_SILENT)
    for number in range(RESIDENTS * DAYS * PER_DAY):
        who, slot = number % RESIDENTS, number // RESIDENTS
        answered = Response.UNACKNOWLEDGED if number % 4 == 0 else Response.ACKNOWLEDGED
        raised = now - (slot + 1) * (DAY // PER_DAY) + who * SECOND
        yield rang(number, raised, resident=f"r{who}", code=codes[number % 5], response=answered)


async def test_three_months_of_a_loud_home(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    now = home.now()
    with home.services.database.write() as connection:
        for who in range(RESIDENTS):
            records.add_room(connection, Room(f"n{who}", f"ch. {who}"))
            records.add_resident(connection, Resident(f"r{who}", f"Nom{who}", "Prénom", 1935, 0))
            records.move_resident(connection, f"r{who}", f"n{who}", now - 100 * DAY)
    save(home, *many(now))
    claire = await home.signed_in("claire")
    began = time.perf_counter()
    answer = await claire.get(f"/api/v1/load?from={now - DAYS * DAY}&to={now}")
    took = time.perf_counter() - began
    body = answer.json()
    counts = {kind: figures["count"] for kind, figures in body["figures"].items()}
    began = time.perf_counter()
    week = (await claire.get(f"/api/v1/load?to={now}")).json()
    took_week = time.perf_counter() - began
    with capsys.disabled():
        print(
            f"\n{sum(counts.values())} alarms of 90 days: {took:.2f} s, {len(answer.content)} bytes; a week: {took_week:.2f} s"
        )
    assert counts == {"measured": 21_600, "happened": 21_600, "technical": 10_800}
    assert len(body["residents"]) == RESIDENTS + 1
    assert body["worst"]["residents"] == 8
    assert (
        sum(each["counts"]["measured"] for each in week["residents"]) == week["figures"]["measured"]["count"]
    )


LIMIT = Limit("jeanne-spo2", "spo2", Priority.HIGH, low=88.0)


async def test_differences_have_both_sides(home: Any) -> None:
    now = home.now()
    theirs = Verdict(
        "jeanne-spo2", "ox", "spo2", now - 60 * SECOND, now - 60 * SECOND, bound=88.0, worst=84.0, rang=True
    )
    ours = Occurrence(LIMIT, "ox", now - 50 * SECOND, now - 50 * SECOND, "low", 83.0, now - 20 * SECOND)
    told, judged = (msgspec.json.encode(side).decode() for side in (theirs, ours))
    with home.services.database.write() as connection:
        verdicts.save_differences(
            connection,
            [
                DifferenceRecord(
                    "room-12", "jeanne-spo2", theirs.onset, "other_onset", "jeanne", now, told, judged
                ),
                DifferenceRecord(
                    "room-12", "jeanne-spo2", ours.onset, "hub_only", "jeanne", now - 1, "", judged
                ),
                DifferenceRecord("room-99", "jeanne-spo2", 7, "edge_only", "jeanne", now - 2, told, ""),
            ],
        )
    claire = await home.signed_in("claire")
    first, second, third = (await claire.get("/api/v1/differences")).json()
    assert first["edge_side"] == {
        "onset": theirs.onset,
        "cleared": None,
        "side": "low",
        "bound": 88.0,
        "worst": 84.0,
        "rang": True,
    }
    assert (first["hub_side"]["worst"], first["hub_side"]["cleared"]) == (83.0, ours.cleared)
    assert (first["room"], first["metric"], first["family_name"]) == ("ch. 12", "spo2", "Martin")
    assert (second["kind"], second["edge_side"], second["metric"]) == ("hub_only", None, "spo2")
    assert (third["kind"], third["hub_side"], third["room"]) == ("edge_only", None, "")
    assert len((await claire.get("/api/v1/differences?limit=1")).json()) == 1
