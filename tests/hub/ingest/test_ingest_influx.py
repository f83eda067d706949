"""The writer over a time-series store with a disk of its own: written first, acknowledged last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.core import Core
from hub.store import journal
from hub.store.timeseries_influx import InfluxTimeSeries
from tests.hub.ingest.conftest import OpenCore
from tests.hub.ingest.home import SECOND, EdgeStandIn, T, eventually
from tests.hub.ingest.test_ingest import spo2
from tests.hub.store.influx_ladder import BUCKET, ORG, TOKEN, FakeInflux

pytestmark = pytest.mark.broker


@pytest.fixture
def influx() -> Iterator[FakeInflux]:
    server = FakeInflux()
    with server.running():
        yield server


@pytest.fixture
def core(open_core: OpenCore, influx: FakeInflux) -> Core:
    return open_core(timeseries=lambda _database: InfluxTimeSeries(influx.url, ORG, BUCKET, TOKEN))


def test_what_is_acknowledged_is_in_influxdb(core: Core, edge: EdgeStandIn) -> None:
    for second in range(10):
        edge.say(spo2(second, 90 + second))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert core.timeseries.read("r1", "spo2", T, T + 10 * SECOND).values.tolist() == [
        90 + n for n in range(10)
    ]
    assert core.timeseries.count() == 10


def test_an_influxdb_that_fails_holds_everything_up_and_loses_nothing(
    core: Core, edge: EdgeStandIn, influx: FakeInflux
) -> None:
    influx.failing = 503
    edge.say(spo2(0, 90))
    edge.say(spo2(1, 91))
    eventually(lambda: core.metrics.commit_failures._value.get() >= 2, "tried again")
    assert edge.waiting() == 2
    with core.database.read() as connection:
        assert journal.cursors(connection) == {}
    assert any("influxdb refused a write with 503" in text for text in core.health.report().problems)
    influx.failing = None
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert core.timeseries.read("r1", "spo2", T, T + 10 * SECOND).values.tolist() == [90, 91]
    assert core.health.report().status == "ok"


def test_what_influxdb_will_never_take_is_kept_and_does_not_hold_up_the_rest(
    core: Core, edge: EdgeStandIn, influx: FakeInflux
) -> None:
    influx.failing = 422
    edge.say(spo2(0, 90))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    influx.failing = None
    edge.say(spo2(1, 91))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    with core.database.read() as connection:
        (kept,) = journal.quarantined(connection)
    assert (kept.edge, b'"value":90' in kept.body) == ("e1", True)
    assert "422" in kept.reason
    assert core.timeseries.read("r1", "spo2", T, T + 10 * SECOND).values.tolist() == [91]
    assert core.metrics.store_refused._value.get() == 1


def test_a_hub_that_ended_between_the_two_writes_stores_nothing_twice(
    core: Core, edge: EdgeStandIn, influx: FakeInflux
) -> None:
    envelope = edge.make(spo2(0, 90))
    # What the hub before this one wrote just before it was killed.
    influx.points[
        "observation",
        (("edge", "e1"), ("metric", "spo2"), ("resident", "r1"), ("sensor", "ox")),
        T,
    ] = {"value": 90.0, "flags": 0}
    edge.publish("live", envelope)
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert core.timeseries.count() == 1
