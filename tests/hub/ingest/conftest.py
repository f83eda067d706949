from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.clock import Clock, SystemClock
from hub.config import BrokerSettings, HubConfig
from hub.core import Core
from hub.health import Health
from hub.metrics import Metrics
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.ingest.home import EdgeStandIn, eventually, make_home

OpenCore = Callable[..., Core]


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    return make_home(tmp_path / "data", 2)


@pytest.fixture
def open_core(tmp_path: Path, keys: dict[str, str]) -> Iterator[OpenCore]:
    opened: list[Core] = []

    def run(
        *,
        start: str = "auto",
        clock: Clock | None = None,
        timeseries: Callable[[Database], TimeSeries] = SqliteTimeSeries,
    ) -> Core:
        config = HubConfig(tmp_path / "data", broker=BrokerSettings(port=0, start=start))  # type: ignore[arg-type]
        core = Core(config, clock or SystemClock(), Metrics(), Health(), timeseries)
        opened.append(core)
        core.start()
        eventually(lambda: core.health.report().status == "ok", "connected to the broker")
        return core

    yield run
    for core in opened:
        core.stop()


@pytest.fixture
def core(open_core: OpenCore) -> Core:
    return open_core()


@pytest.fixture
def edge(core: Core, keys: dict[str, str]) -> Iterator[EdgeStandIn]:
    assert core.edge_port is not None
    made = EdgeStandIn("e1", keys["e1"], core.edge_port).connect()
    yield made
    made.close()
