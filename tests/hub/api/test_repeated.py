"""A gesture that is sent again is done once, also by a hub that started in between."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from hub.alerting.responses import Action
from hub.ingest.writer import RepeatedError
from hub.store import deeds, journal, records
from hub.store.deeds import Deed

SECOND = 1_000_000


async def ringing(home: Any, client: httpx.AsyncClient) -> str:
    home.measure(("spo2", 84.0, home.now()))

    async def there() -> Any:
        return (await client.get("/api/v1/alerts")).json()

    return str((await home.until(there))[0]["id"])


async def act(client: httpx.AsyncClient, alert: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/alerts/{alert}", json=body)


def audited(home: Any, action: str) -> list[str]:
    with home.services.database.read() as connection:
        return [entry.actor for entry in records.audit_log(connection) if entry.action == action]


async def test_the_same_key_again_answers_the_same_and_does_nothing(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    first = await act(nurse, alert, action="take", key="k1")
    again = await act(nurse, alert, action="take", key="k1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    await act(nurse, alert, action="release", key="k2")
    late = await act(nurse, alert, action="take", key="k1")
    assert late.json()["response"] == "unacknowledged", "what came since is not undone"
    assert [step["event"] for step in late.json()["history"]] == ["raised", "taken", "released"]
    assert audited(home, "alert_take") == ["ines"]


async def test_two_at_the_same_moment_are_one(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    first, second = [home.writer.act(alert, Action.TAKE, "ines", "", "k1") for _ in range(2)]
    assert (await asyncio.to_thread(first.result, 5)).taken_by == "ines"
    with pytest.raises(RepeatedError, match="done before under the same key"):
        await asyncio.to_thread(second.result, 5)


async def test_another_persons_key_is_another_key(home: Any) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await ringing(home, nurse)
    await act(nurse, alert, action="take", key="k1")
    over = await act(physician, alert, action="take", key="k1")
    assert over.json()["taken_by"] == "benali"


async def test_a_key_for_something_else_is_refused(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    await act(nurse, alert, action="take", key="k1")
    other = await act(nurse, alert, action="release", key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "key_used")
    order = {"kind": "silence", "alert": alert, "reason": "in_care", "seconds": 60, "key": "k1"}
    assert (await nurse.post("/api/v1/suppressions", json=order)).json()["code"] == "key_used"


async def test_the_key_of_a_silence_is_no_key_of_a_gesture(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    order = {"kind": "silence", "alert": alert, "reason": "in_care", "seconds": 60, "key": "k1"}
    assert (await nurse.post("/api/v1/suppressions", json=order)).status_code == 201
    answer = await act(nurse, alert, action="take", key="k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_used")


@pytest.mark.parametrize("key", ["a b", "é", "x" * 65, "a/b"])
async def test_a_key_is_short_and_plain(home: Any, key: str) -> None:
    nurse = await home.signed_in("ines")
    answer = await act(nurse, "any", action="take", key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_what_was_asked_without_network_takes_nothing_out_of_somebodys_hands(home: Any) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    alert = await ringing(home, nurse)
    asked = home.now() - 60 * SECOND
    await act(physician, alert, action="take")
    refused = await act(nurse, alert, action="take", key="k1", asked=asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "held_by_other")
    assert refused.json()["params"] == {"holder": "benali"}
    await act(physician, alert, action="release")
    assert (await act(nurse, alert, action="take", key="k1", asked=asked)).json()["taken_by"] == "ines"
    with home.services.database.read() as connection:
        last = list(records.audit_log(connection))[-1]
    assert str(asked) in last.detail


async def test_the_first_answer_was_lost_and_the_second_time_is_late(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    await act(nurse, alert, action="take", key="k1")
    again = await act(nurse, alert, action="take", key="k1", asked=home.now() - SECOND)
    assert (again.status_code, again.json()["taken_by"]) == (200, "ines")
    assert audited(home, "alert_take") == ["ines"]


async def test_a_silence_sent_again_is_one_silence(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    order = {"kind": "silence", "alert": alert, "reason": "in_care", "seconds": 60, "key": "k1"}
    first = await nurse.post("/api/v1/suppressions", json=order)
    again = await nurse.post("/api/v1/suppressions", json=order)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert audited(home, "suppress_silence") == ["ines"]


async def test_what_was_done_is_on_the_disk_with_what_it_did(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    await act(nurse, alert, action="take", key="k1")
    with home.services.database.read() as connection:
        found = deeds.find(connection, "ines", "k1")
        steps = journal.transitions(connection, [alert])[alert]
    assert found == Deed("ines", "k1", "take", alert, steps[-1].time)


async def test_a_refused_gesture_may_be_tried_again_under_its_key(home: Any) -> None:
    nurse = await home.signed_in("ines")
    alert = await ringing(home, nurse)
    assert (await act(nurse, alert, action="release", key="k1")).status_code == 409
    await act(nurse, alert, action="take", key="k2")
    assert (await act(nurse, alert, action="release", key="k1")).json()["response"] == "unacknowledged"


async def test_old_keys_are_forgotten(home: Any) -> None:
    database, now = home.services.database, home.now()
    with database.write() as connection:
        deeds.save(connection, [Deed("ines", "old", "take", "a", now - deeds.KEPT - 1)], now - deeds.KEPT)
        deeds.save(connection, [], now)
        assert deeds.find(connection, "ines", "old") is not None
        deeds.save(connection, [Deed("ines", "new", "take", "a", now)], now)
        assert deeds.find(connection, "ines", "old") is None
        assert deeds.find(connection, "ines", "new") is not None
