from __future__ import annotations

import pytest

from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.ports import Batch
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.store.timeseries_contract import SECOND, Commit, T, TimeSeriesContract, block, seen


class _Sqlite(TimeSeriesContract):
    compacted: bool

    @pytest.fixture
    def store(self, database: Database) -> SqliteTimeSeries:
        return SqliteTimeSeries(database, compact=1 if self.compacted else 10**9)

    @pytest.fixture
    def commit(self, store: SqliteTimeSeries, database: Database) -> Commit:
        def run(batch: Batch) -> None:
            store.put(batch)
            with database.write() as connection:
                store.put_within(connection, batch)
            while store.maintain():
                pass

        return run


class TestHead(_Sqlite):
    compacted = False


class TestChunks(_Sqlite):
    compacted = True


def put(store: SqliteTimeSeries, database: Database, batch: Batch) -> None:
    with database.write() as connection:
        store.put_within(connection, batch)


def rows(database: Database, table: str) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_compaction_moves_every_point_once(database: Database) -> None:
    store = SqliteTimeSeries(database, compact=100)
    for second in range(250):
        put(
            store,
            database,
            Batch([block("r1", "e1", seen("spo2", second, 90), seen("pulse_rate", second, 70))]),
        )
        store.maintain()
    assert rows(database, "chunks") > 0
    assert rows(database, "head") < 50
    assert store.count() == 500
    assert store.read("r1", "spo2", T, T + 250 * SECOND).times.tolist() == [
        T + n * SECOND for n in range(250)
    ]


def test_a_store_that_is_opened_again_goes_on_compacting(database: Database) -> None:
    first = SqliteTimeSeries(database, compact=10**9)
    put(first, database, Batch([block("r1", "e1", *(seen("spo2", second, 90) for second in range(20)))]))
    again = SqliteTimeSeries(database, compact=20)
    assert not again.maintain()
    assert rows(database, "head") == 0
    assert again.count("r1") == 20


def test_a_compaction_that_fails_leaves_the_head(database: Database) -> None:
    store = SqliteTimeSeries(database, compact=1)
    put(store, database, Batch([block("r1", "e1", seen("spo2", 0, 90))]))
    with database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER stop BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(StoreError):
        store.maintain()
    assert (rows(database, "head"), rows(database, "chunks"), store.count()) == (1, 0, 1)
    with database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER stop")
    store.maintain()
    assert (rows(database, "head"), rows(database, "chunks"), store.count()) == (0, 1, 1)


def test_a_transaction_that_fails_stores_nothing(database: Database) -> None:
    store = SqliteTimeSeries(database)

    def fail() -> None:
        with database.write() as connection:
            store.put_within(connection, Batch([block("r1", "e1", seen("spo2", 0, 90))]))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.count() == 0
