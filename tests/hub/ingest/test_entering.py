"""Sets that people enter, through a real writer on a real disk: once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from hub.alerting.engine import Engine, Settings
from hub.health import Health
from hub.ingest import directory
from hub.ingest.entering import EntryError, Refused
from hub.ingest.writer import Parts, Writer
from hub.metrics import Metrics
from hub.store import journal, records, spot_checks
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError
from hub.store.ports import Batch
from hub.store.records import EdgeRecord, Prescription, Resident, Room
from hub.store.revised import RevisedTimeSeries
from hub.store.spot_checks import Reading, SpotCheck
from hub.store.timeseries_sqlite import SqliteTimeSeries

CLOCK = SystemClock()
LIMIT = Limit("low", "spo2", Priority.HIGH, low=88.0, delay=0.0)


class Nobody:
    def send(self, edge: str, kind: str, message: object) -> None:
        raise AssertionError("nothing goes to an edge")


class Failing(RevisedTimeSeries):
    """A store that cannot be reached at first."""

    failures = 2

    def put(self, batch: Batch) -> None:
        if batch.blocks and self.failures:
            self.failures -= 1
            raise StoreUnavailableError("no disk")
        super().put(batch)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "hub.db")
    now = CLOCK.utc() - 3600 * SECOND
    with made.write() as connection:
        records.save_home(connection, "Les Tilleuls")
        records.add_room(connection, Room("12", "ch. 12"))
        records.save_edge(connection, EdgeRecord("room-12", 1, now))
        records.place_edge(connection, "room-12", "12", now)
        for key in ("jeanne", "paul"):
            records.add_resident(connection, Resident(key, key, key, 1935, now))
        records.move_resident(connection, "jeanne", "12", now)
        records.prescribe(connection, Prescription(LIMIT, "jeanne", "benali", "usual", now))
    yield made
    made.close()


def writer_on(database: Database, series: type[RevisedTimeSeries] = RevisedTimeSeries) -> Writer:
    with database.read() as connection:
        known = directory.load(connection, bytes(32), CLOCK.utc())
        states, alerts = journal.rule_states(connection), journal.open_alerts(connection)
    engine = Engine(known.limits, states, alerts, Settings(CLOCK.utc(), {"room-12": "jeanne"}))
    store = series(SqliteTimeSeries(database), database)
    return Writer(Parts(CLOCK, database, store, engine, bytes(32), known, Nobody(), Metrics(), Health()))


def taken(value: float = 84.0, **more: object) -> SpotCheck:
    readings = (Reading("spo2", value),)
    check = SpotCheck("set-1", 1, "set-1", "jeanne", CLOCK.utc(), 0, "ines", 1, readings)
    return replace(check, **more)  # type: ignore[arg-type]  # a test's shorthand


def values(database: Database) -> list[float]:
    store = RevisedTimeSeries(SqliteTimeSeries(database), database)
    return store.read("jeanne", "spo2", 0, 2**53).values.tolist()


def raised(database: Database) -> list[str]:
    with database.read() as connection:
        return [alert.code.value for alert in journal.alerts(connection, resident="jeanne")]


def test_what_was_answered_is_on_the_disk_with_its_alert_and_is_entered_once_after_a_restart(
    database: Database,
) -> None:
    check = taken()
    first = writer_on(database)
    first.start()
    made = first.enter(check).result(10)
    first.stop()
    # The answer was lost: the tablet sends it again, to a hub that started anew from the disk.
    second = writer_on(database)
    second.start()
    assert second.enter(check).result(10) == made
    second.stop()
    assert values(database) == [84.0]
    assert raised(database) == ["limit_low"]
    with database.read() as connection:
        assert spot_checks.versions(connection, "set-1") == [made]


def test_twice_in_one_turn_is_once(database: Database) -> None:
    check, writer = taken(), writer_on(database)
    asked = [writer.enter(check) for _ in range(3)]
    writer.start()
    assert len({future.result(10) for future in asked}) == 1
    writer.stop()
    assert values(database) == [84.0]


def test_a_disk_that_fails_at_first_gets_the_set_once(database: Database) -> None:
    writer = writer_on(database, Failing)
    writer.start()
    writer.enter(taken()).result(20)
    writer.stop()
    assert values(database) == [84.0]
    assert raised(database) == ["limit_low"]


def test_versions_follow_one_another(database: Database) -> None:
    writer = writer_on(database)
    writer.start()
    check = taken(95.0)
    writer.enter(check).result(10)
    for wrong, refused in (
        (replace(check, readings=(Reading("spo2", 90.0),)), Refused.KEY_USED),
        (replace(check, key="other"), Refused.KEY_USED),
        (replace(check, key="fix", version=3), Refused.CHANGED_MEANWHILE),
        (replace(check, key="fix", version=2, resident="paul"), Refused.UNKNOWN),
        (replace(check, id="none", key="fix", version=2), Refused.UNKNOWN),
    ):
        with pytest.raises(EntryError) as caught:
            writer.enter(wrong).result(10)
        assert caught.value.refused is refused
    fixed = replace(check, key="fix", version=2, readings=(Reading("spo2", 96.0),), reason="slip")
    writer.enter(fixed).result(10)
    assert values(database) == [96.0]
    gone = replace(fixed, key="gone", version=3, withdrawn=True)
    writer.enter(gone).result(10)
    assert values(database) == []
    with pytest.raises(EntryError) as caught:
        writer.enter(replace(gone, key="more", version=4)).result(10)
    assert caught.value.refused is Refused.WITHDRAWN
    writer.stop()
    with database.read() as connection:
        assert [each.values["spo2"] for each in spot_checks.versions(connection, "set-1")] == [
            95.0,
            96.0,
            96.0,
        ]
        assert spot_checks.standing(connection) == []


def test_who_lives_in_no_room_with_a_device_is_measured_too(database: Database) -> None:
    writer = writer_on(database)
    writer.start()
    writer.enter(taken(97.0, resident="paul")).result(10)
    writer.stop()
    store = RevisedTimeSeries(SqliteTimeSeries(database), database)
    assert [(each.metric, each.value, each.edge) for each in store.latest("paul")] == [("spo2", 97.0, "")]


@pytest.mark.parametrize(("age", "rings"), [(0, True), (25, True), (600, True), (901, False)])
def test_a_set_that_waited_for_the_network_rings_for_a_quarter_of_an_hour(
    database: Database, age: int, *, rings: bool
) -> None:
    writer = writer_on(database)
    writer.start()
    writer.enter(taken(time=CLOCK.utc() - age * SECOND)).result(10)
    writer.stop()
    assert raised(database) == (["limit_low"] if rings else [])
    assert values(database) == [84.0]
