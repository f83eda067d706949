"""Tasks are kept going; their loss and recovery are each told once."""

from __future__ import annotations

import asyncio
import logging

import pytest

from edge.counters import Counters
from edge.mqtt import LinkError
from edge.supervisor import Attempt, Supervisor
from tests.edge.support import until


class Task:
    """Fails so often, then works."""

    def __init__(self, errors: list[Exception | None]) -> None:
        self.errors = errors
        self.runs = 0
        self.running = False

    async def run(self, attempt: Attempt) -> None:
        self.runs += 1
        if self.errors:
            error = self.errors.pop(0)
            if error is not None:
                raise error
            return
        self.running = True
        attempt.works()
        attempt.works()
        await asyncio.Event().wait()


async def test_a_task_that_fails_or_ends_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    supervisor = Supervisor("room", counters)
    task = Task([LinkError("one"), None, OSError("two")])
    supervisor.start("uplink", task.run, base=0.01)
    await until("running", lambda: task.running)
    await supervisor.stop()
    assert task.runs == 4
    assert [record.message for record in caplog.records] == [
        "room/uplink: lost: one",
        "room/uplink: works again",
    ]
    assert (counters["task_failures"], counters["task_faults"]) == (2, 0)
    assert all(record.exc_info is None for record in caplog.records)


async def test_a_fault_of_ours_is_counted_and_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    supervisor = Supervisor("room", counters)
    task = Task([ZeroDivisionError("oops")])
    supervisor.start("sensor", task.run, base=0.01)
    await until("running", lambda: task.running)
    await supervisor.stop()
    assert (counters["task_failures"], counters["task_faults"]) == (1, 1)
    assert caplog.records[0].exc_info is not None


async def test_one_task_that_fails_for_ever_does_not_hold_up_another() -> None:
    supervisor = Supervisor("room", Counters())
    bad, good = Task([LinkError("x")] * 10_000), Task([])
    supervisor.start("bad", bad.run, base=0.001, ceiling=0.01)
    supervisor.start("good", good.run)
    await until("both ran", lambda: good.running and bad.runs > 3)
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert {"room/bad", "room/good"} <= names
    await supervisor.stop()
    assert not {"room/bad", "room/good"} & {task.get_name() for task in asyncio.all_tasks()}


async def test_a_loss_is_logged_again_only_after_a_recovery(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    task = Task([])
    works = 0

    async def flaky(attempt: Attempt) -> None:
        nonlocal works
        works += 1
        if works % 3 == 0:
            attempt.works()
        raise LinkError(f"failure {works}")

    supervisor = Supervisor("room", Counters())
    supervisor.start("flaky", flaky, base=0.001, ceiling=0.002)
    supervisor.start("good", task.run)
    await until("three rounds", lambda: works >= 9)
    await supervisor.stop()
    texts = [record.message.split(": ", 1)[1] for record in caplog.records][:5]
    assert texts == ["lost: failure 1", "works again", "lost: failure 3", "works again", "lost: failure 6"]
