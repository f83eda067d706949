"""The room under test: real bluetoothd, real kernel, the edge as a real process; air and sensors are virtual."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devices.simulators.radio import Radio
from tests.bluez.inner.room import Bluetoothd, Room
from tests.edge.support import AckingHub, Mosquitto, running

RESULTS = Path("/mnt")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell the host of each step of a test at once: a kernel that panics later takes nothing of it away."""
    told = {
        "name": f"{Path(report.location[0]).name}::{report.location[2]}",
        "passed": report.passed,
        "called": report.when == "call",
        "text": report.longreprtext,
        "said": report.capstdout,
    }
    with (RESULTS / "results.jsonl").open("a", encoding="utf-8") as results:
        results.write(json.dumps(told) + "\n")
        results.flush()
        os.fsync(results.fileno())


@pytest.fixture(scope="session")
def bluetoothd() -> Iterator[Bluetoothd]:
    daemon = Bluetoothd(os.environ["BLUETOOTHD"], RESULTS / "bluetoothd.log")
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
async def air() -> Radio:
    radio = Radio()
    # As slow as a real sensor; the test of the race takes it away.
    radio.feature_delay = 0.05
    return radio


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(Mosquitto(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def hub(broker: Mosquitto) -> Iterator[AckingHub]:
    made = AckingHub(broker.port)
    yield made
    made.close()


@pytest.fixture
async def room(
    tmp_path: Path, bluetoothd: Bluetoothd, air: Radio, broker: Mosquitto, hub: AckingHub
) -> AsyncIterator[Room]:
    async with Room(tmp_path, bluetoothd, air, broker.port, hub) as made:
        yield made
        # What the edge logged belongs to the report of a test that failed.
    print(made.log())
