"""The whole hub in one process, over real HTTP and a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from devices.errors import ConfigError
from devices.wire.messages import Observation
from hub import provisioning
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.config import BrokerSettings, Http, HubConfig, TimeseriesSettings
from tests.hub.ingest.home import EdgeStandIn, eventually, make_home

pytestmark = pytest.mark.broker


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    return make_home(tmp_path / "data")


@pytest.fixture
def config(tmp_path: Path, keys: dict[str, str]) -> HubConfig:
    return HubConfig(tmp_path / "data", Http(port=0), BrokerSettings(port=0))


@pytest.fixture
async def hub(config: HubConfig) -> AsyncIterator[Hub]:
    made = Hub(config, pages=False)
    made.accounts.add_user(
        User("nurse", "Infirmière", "nurse", Passwords().hash("correct horse"), disabled=False, created=0)
    )
    await made.start()
    yield made
    await made.stop()


async def test_a_value_travels_from_the_broker_to_the_interface(hub: Hub, keys: dict[str, str]) -> None:
    port = hub.core.edge_port
    assert port is not None
    edge = EdgeStandIn("e1", keys["e1"], port).connect()
    time = edge.clock.utc()
    edge.hello()
    edge.say(Observation("ox", "spo2", time, 96))
    await asyncio.to_thread(eventually, lambda: edge.waiting() == 0, "acknowledged")
    async with httpx.AsyncClient(base_url=hub.url) as browser:
        assert (await browser.get("/api/v1/residents/r1/measurements")).status_code == 401
        credentials = {"username": "nurse", "password": "correct horse"}
        answer = await browser.post("/api/v1/session", json=credentials, headers={"Origin": hub.url})
        assert answer.is_success, answer.text
        answer = await browser.get("/api/v1/residents")
        (resident,) = answer.json()
        assert [(value["metric"], value["value"], value["time"]) for value in resident["values"]] == [
            ("spo2", 96, time)
        ]
    edge.close()


async def test_health_says_what_is_wrong_in_words(hub: Hub) -> None:
    await asyncio.to_thread(
        eventually, lambda: "broker" in hub.health.report().checks and not failing(hub), "connected"
    )
    async with httpx.AsyncClient(base_url=hub.url) as browser:
        report = (await browser.get("/healthz")).json()
        assert report["status"] == "degraded"
        assert report["problems"] == ["1 edges are not heard: e1"]
        assert "MB free" in report["checks"]["disk"]
        metrics = (await browser.get("/metrics")).text
    assert 'veilleuse_refused_messages_total{reason="mac"} 0.0' in metrics
    assert "veilleuse_api_problems" in metrics


def failing(hub: Hub) -> bool:
    return hub.health.report().status == "failing"


async def test_a_data_directory_serves_one_hub(hub: Hub, config: HubConfig) -> None:
    with pytest.raises(ConfigError, match="is in use by another hub"):
        Hub(config, pages=False)


async def test_it_ends_when_the_writer_does(hub: Hub) -> None:
    running = asyncio.create_task(hub.run(asyncio.Event()))
    hub.core.writer.failed.set()
    assert await asyncio.wait_for(running, 5) is False


async def test_it_runs_until_it_is_told_to_stop(hub: Hub) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(hub.run(stop))
    stop.set()
    assert await asyncio.wait_for(running, 5) is True


async def test_a_port_in_use_is_named_and_leaves_nothing_running(hub: Hub, tmp_path: Path) -> None:
    make_home(tmp_path / "other")
    port = int(hub.url.rsplit(":", 1)[1])
    second = Hub(HubConfig(tmp_path / "other", Http(port=port), BrokerSettings(port=0)), pages=False)
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}"):
        await second.start()
    await second.stop()


def test_a_directory_without_a_hub_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="veilleuse hub init"):
        Hub(HubConfig(tmp_path / "nothing"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"master\.key"):
        Hub(HubConfig(tmp_path / "empty"))


def test_a_missing_token_is_named(tmp_path: Path, config: HubConfig) -> None:
    settings = TimeseriesSettings("influx", "http://127.0.0.1:1", "home", "b", tmp_path / "token")
    with pytest.raises(ConfigError, match=r"timeseries\.token_file .*token"):
        Hub(HubConfig(config.data, timeseries=settings))
    # The failed start let go of the directory.
    database = provisioning.open_database(provisioning.DataDirectory(config.data))
    database.close()
    (tmp_path / "token").write_text("secret\n")
    hub = Hub(HubConfig(config.data, timeseries=settings, broker=BrokerSettings(port=0)), pages=False)
    asyncio.run(hub.stop())
