"""`kill -9` of the hub and of its broker at seeded random instants, under load."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from devices.limits import Limit, Priority
from devices.wire.messages import Observation
from hub import provisioning
from hub.broker import free_port
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.conftest import ROOT
from tests.hub.ingest.home import SECOND, EdgeStandIn, eventually, make_home
from tests.scenarios.oracle import FRESH, Stored, alerts, expected, unowed, untold

pytestmark = [pytest.mark.kill, pytest.mark.broker, pytest.mark.timeout(180)]

KILLS = 6


class HubProcess:
    def __init__(self, data: Path, port: int, start: str) -> None:
        self._arguments = [str(data), str(port), start]
        self.data = data
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "hub_child.py"), *self._arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.process.stdout.close()
        return code

    def kill_broker(self) -> None:
        os.kill(int((self.data / "broker" / "mosquitto.pid").read_text()), signal.SIGKILL)


class Load(threading.Thread):
    """Says a value every 20 ms; too low for 2.5 s of every 4, so that alerts come and go."""

    def __init__(self, edge: EdgeStandIn) -> None:
        super().__init__(daemon=True)
        self.edge = edge
        self.said: list[Observation] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.02):
            time = self.edge.clock.utc()
            value = 80.0 if time % (4 * SECOND) < 2.5 * SECOND else 96.0
            observation = Observation("ox", "spo2", time, value + len(self.said) % 8)
            self.said.append(observation)
            self.edge.say(observation)
            if len(self.said) % 25 == 0:
                self.edge.again()


@pytest.fixture(params=["mosquitto", "iotcore"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HubProcess]:
    made = HubProcess(tmp_path / "data", free_port("127.0.0.1"), request.param)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGKILL)


def windows(hub: HubProcess) -> int:
    """Return how many stretches of time the hub has still to look back at."""
    database = sqlite3.connect(f"file:{provisioning.DataDirectory(hub.data).database}?mode=ro", uri=True)
    with closing(database):
        return int(database.execute("SELECT count(*) FROM windows").fetchone()[0])


def check(hub: HubProcess, load: Load) -> None:
    """Everything that was said is on the disk once and in order; every alert once, as of now or by looking back."""
    data = provisioning.DataDirectory(hub.data)
    database = provisioning.open_database(data)
    found = SqliteTimeSeries(database).read("r1", "spo2", 0, 2**53)
    assert found.times.tolist() == [seen.time for seen in load.said]
    assert found.values.tolist() == [seen.value for seen in load.said]
    database.close()
    limit = Limit("low1", "spo2", Priority.HIGH, low=90, delay=2)
    owed = expected("r1", limit, [Stored(seen.time, seen.value, seen.flags) for seen in load.said])
    told = [alert for alert in alerts(data.database) if alert.limit_id == "low1"]
    assert owed
    assert untold(owed, told) == []
    assert unowed(told, owed) == []
    assert len({alert.onset for alert in told}) == len(told)
    assert [alert.events.count("raised") for alert in told] == [1] * len(told)
    if load.edge.longest < FRESH:
        # Nothing was history, so nothing covers anything else.
        assert [alert.onset for alert in told] == [each.onset for each in owed]


def test_nothing_is_lost_and_nothing_comes_twice(hub: HubProcess, tmp_path: Path) -> None:
    random = Random(20261121)
    keys = make_home(hub.data)
    hub.start()
    edge = EdgeStandIn("e1", keys["e1"], int(hub._arguments[1])).connect()
    edge.hello()
    load = Load(edge)
    load.start()
    pause = threading.Event()
    for kill in range(KILLS):
        pause.wait(random.uniform(0.2, 1.5))
        if kill % 3 == 2 and hub._arguments[2] == "mosquitto":
            hub.kill_broker()
        else:
            assert hub.end(signal.SIGKILL) == -signal.SIGKILL
            hub.start()
    pause.wait(5)
    load.over.set()
    load.join()
    eventually(lambda: (edge.again(), pause.wait(0.3), edge.waiting() == 0)[2], "all acknowledged", 60)
    # A hub that took long to start has heard some of it too late for an alert of now, and looks back.
    eventually(lambda: not windows(hub), "looked back", 60)
    edge.close()
    assert hub.end(signal.SIGTERM) == 0
    check(hub, load)
