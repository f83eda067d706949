from __future__ import annotations

import math
import os
from collections.abc import Iterator

import pytest

from devices.wire.messages import Observation
from hub.store.errors import StoreRefusedError, StoreUnavailableError
from hub.store.ports import Batch, Block
from hub.store.timeseries_influx import InfluxTimeSeries, parse_csv
from tests.hub.store.influx_ladder import (
    BUCKET,
    ORG,
    TOKEN,
    FakeInflux,
    WriteShim,
    find_influxd,
    free_port,
    influxd,
    influxql,
)
from tests.hub.store.timeseries_contract import Commit, T, TimeSeriesContract, block, seen


@pytest.fixture
def fake() -> Iterator[FakeInflux]:
    server = FakeInflux()
    with server.running():
        yield server


@pytest.fixture
def store(fake: FakeInflux) -> Iterator[InfluxTimeSeries]:
    made = InfluxTimeSeries(fake.url, ORG, BUCKET, TOKEN)
    yield made
    made.close()


class TestAgainstTheFake(TimeSeriesContract):
    @pytest.fixture
    def commit(self, store: InfluxTimeSeries) -> Commit:
        return store.put


def test_a_batch_that_is_written_again_changes_nothing(store: InfluxTimeSeries) -> None:
    batch = Batch([block("r1", "e1", seen("spo2", 0, 90), seen("spo2", 1, 91))])
    store.put(batch)
    store.put(batch)
    assert store.count("r1") == 2


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_what_may_pass_is_tried_again(fake: FakeInflux, store: InfluxTimeSeries, status: int) -> None:
    fake.failing = status
    with pytest.raises(StoreUnavailableError, match=str(status)):
        store.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))
    with pytest.raises(StoreUnavailableError, match=str(status)):
        store.count()


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_will_never_be_taken_is_told_apart(
    fake: FakeInflux, store: InfluxTimeSeries, status: int
) -> None:
    fake.failing = status
    with pytest.raises(StoreRefusedError, match=str(status)):
        store.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))


def test_a_wrong_token_is_named(fake: FakeInflux) -> None:
    stranger = InfluxTimeSeries(fake.url, ORG, BUCKET, "wrong")
    with pytest.raises(StoreUnavailableError, match="unauthorized access"):
        stranger.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))
    stranger.close()


def test_nobody_there_is_an_error_that_passes() -> None:
    store = InfluxTimeSeries(f"http://127.0.0.1:{free_port()}", ORG, BUCKET, TOKEN)
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        store.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))
    store.close()


def test_a_value_that_is_not_finite_is_refused_before_it_is_sent(store: InfluxTimeSeries) -> None:
    with pytest.raises(StoreRefusedError, match="not finite"):
        store.put(Batch([block("r1", "e1", seen("spo2", 0, math.nan))]))


def test_an_error_inside_an_answer_is_raised() -> None:
    answer = "error,reference\r\nfailed to initialize execute state,897\r\n"
    with pytest.raises(StoreUnavailableError, match="failed to initialize"):
        list(parse_csv(answer))


def test_a_row_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(StoreUnavailableError, match="2 columns, expected 3"):
        list(parse_csv(",result,table\r\n,x\r\n"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_influxd() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("influxd is missing: apt-get install influxdb")
        pytest.skip("influxd is not installed (Debian package influxdb)")
    with influxd(tmp_path_factory.mktemp("influxd")) as url:
        yield url


class TestWritesAgainstInfluxd1:
    """The line protocol and the errors of a real InfluxDB, through a shim for the address of writes."""

    @pytest.fixture
    def store(self, server: str) -> Iterator[InfluxTimeSeries]:
        influxql(server, "DROP SERIES FROM /.*/")
        shim = WriteShim(server)
        with shim.running():
            made = InfluxTimeSeries(shim.url, ORG, BUCKET, TOKEN)
            yield made
            made.close()

    def test_every_observation_arrives_once(self, server: str, store: InfluxTimeSeries) -> None:
        batch = Batch([block("r1", "e1", *(seen("spo2", n, 90 + n / 10, n % 3) for n in range(50)))])
        store.put(batch)
        store.put(batch)
        rows = influxql(
            server, "SELECT value, flags FROM observation GROUP BY resident, metric, edge, sensor"
        )
        assert [(row["time"], row["value"], row["flags"]) for row in rows] == [
            (T + n * 1_000_000, 90 + n / 10, n % 3) for n in range(50)
        ]
        assert {(row["resident"], row["metric"], row["edge"], row["sensor"]) for row in rows} == {
            ("r1", "spo2", "e1", "ox")
        }

    def test_odd_names_survive(self, server: str, store: InfluxTimeSeries) -> None:
        odd = 'a b,c="d\\e'
        store.put(Batch([Block("", odd, (Observation(odd, "spo2", T, 1e-7),))]))
        (row,) = influxql(server, "SELECT value FROM observation GROUP BY resident, edge, sensor")
        assert (row["resident"], row["edge"], row["sensor"], row["value"]) == ("-", odd, odd, 1e-7)

    def test_a_name_that_ends_in_a_backslash_swallows_nothing(
        self, server: str, store: InfluxTimeSeries
    ) -> None:
        store.put(Batch([Block("r1", "e\\", (Observation("s\\", "spo2", T, 1.5),))]))
        (row,) = influxql(server, "SELECT value FROM observation GROUP BY edge, sensor")
        assert (row["edge"], row["sensor"], row["value"]) == ("e\\ ", "s\\ ", 1.5)

    def test_a_field_of_another_type_is_refused_for_good(self, server: str, store: InfluxTimeSeries) -> None:
        store.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))
        shim = WriteShim(server)
        # In the same shard: types are held per shard.
        line = f'observation,resident=r1 value="x" {T}'.encode()
        status, answer = shim.answer("/api/v2/write", {"bucket": BUCKET, "precision": "us"}, line)
        shim.server_close()
        assert status == 400
        assert b"field type conflict" in answer

    def test_a_bucket_that_is_missing_is_waited_for(self, server: str) -> None:
        shim = WriteShim(server)
        with shim.running():
            store = InfluxTimeSeries(shim.url, ORG, "nowhere", TOKEN)
            with pytest.raises(StoreUnavailableError, match="database not found"):
                store.put(Batch([block("r1", "e1", seen("spo2", 0, 90))]))
            store.close()


@pytest.mark.influx
@pytest.mark.skipif("INFLUX_URL" not in os.environ, reason="INFLUX_URL and INFLUX_TOKEN name no InfluxDB 2")
class TestAgainstInflux2(TimeSeriesContract):
    """For who has one: organisation `home`; the bucket `veilleuse-test` is emptied."""

    @pytest.fixture
    def store(self) -> Iterator[InfluxTimeSeries]:
        made = InfluxTimeSeries(os.environ["INFLUX_URL"], ORG, "veilleuse-test", os.environ["INFLUX_TOKEN"])
        made._client.delete_api().delete(
            "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "", bucket="veilleuse-test", org=ORG
        )
        yield made
        made.close()

    @pytest.fixture
    def commit(self, store: InfluxTimeSeries) -> Commit:
        return store.put
