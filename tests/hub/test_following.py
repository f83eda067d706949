"""How télésurveillance was carried out, from what is on the disk: values, failed equipment, orders, pauses, absences."""

from __future__ import annotations

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from devices.quality import NO_DOUBT, Quality
from devices.wire.messages import Observation
from hub.acts.adherence import Cause
from hub.acts.model import Act, Kind, Step
from hub.alerting.model import Alert, Changes, Code, Suppressor
from hub.alerting.model import Kind as OrderKind
from hub.following import NOT_BEGUN, Following, paused
from hub.store import journal, records
from hub.store.database import Database
from hub.store.ports import Batch, Block
from hub.store.records import EdgeRecord, Resident, Room
from hub.store.timeseries_sqlite import SqliteTimeSeries

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600 * SECOND
JEANNE = "jeanne"


def at(day: int, hour: int = 12) -> int:
    """Return a time of November 2026 in Paris."""
    return round(datetime.datetime(2026, 11, day, hour, tzinfo=PARIS).timestamp()) * SECOND


def step(number: int, time: int, event: str, state: str) -> Step:
    return Step("a1", number, time, event, "benali", "", state)


BEGUN = (step(1, at(1), "opened", "proposed"), step(2, at(1), "begin", "running"))


def act(**fields: object) -> Act:
    said = {"parameters": ["spo2", "weight"], "frequency": "daily", **fields}
    return Act("a1", Kind.SURVEILLANCE, JEANNE, "running", at(1), "benali", "Suivi", fields=said)


class House:
    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.series = SqliteTimeSeries(self.database)
        self.following = Following(self.database, self.series, PARIS)
        with self.database.write() as connection:
            records.add_room(connection, Room("12", "Chambre 12"))
            records.save_edge(connection, EdgeRecord("e1", 1, at(1)))
            records.add_resident(connection, Resident(JEANNE, "MARTIN", "Jeanne", 1935, at(1)))
            records.move_resident(connection, JEANNE, "12", at(1, 0))

    def measured(self, metric: str, *days: int, flags: Quality = NO_DOUBT, sensor: str = "") -> None:
        name = sensor or f"{metric}-sensor"
        seen = [Observation(name, metric, at(day), 95.0, flags=int(flags)) for day in days]
        with self.database.write() as connection:
            self.series.put_within(connection, Batch([Block(JEANNE, "e1", seen)]))

    def failed(self, code: Code, first: int, last: int | None, sensor: str | None = None) -> None:
        made = Alert(
            f"{code}-{first}-{sensor}",
            code,
            Priority.LOW,
            "" if code is Code.BROKER_DOWN else "e1",
            None if code is Code.BROKER_DOWN else JEANNE,
            at(first, 0),
            at(first, 0),
            sensor=sensor,
            cleared=None if last is None else at(last, 23),
        )
        with self.database.write() as connection:
            journal.save_changes(connection, Changes(alerts={made.id: made}))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "hub.db")


def test_nothing_is_counted_before_it_began(house: House) -> None:
    assert house.following.followed(act(), BEGUN[:1], at(5)) is NOT_BEGUN


def test_days_with_a_value_are_counted_for_each_parameter_and_doubtful_values_are_none(house: House) -> None:
    house.measured("spo2", 2, 3, 5)
    house.measured("spo2", 4, flags=Quality.PROBE_OFF)
    house.measured("weight", 2)
    found = house.following.followed(act(), BEGUN, at(6, 8))
    assert [(one.metric, one.share.covered, one.share.counted) for one in found.meters] == [
        ("spo2", 3, 4),
        ("weight", 1, 4),
    ]
    assert (found.together.covered, found.together.counted, found.since) == (4, 8, at(1))
    assert [(mark.share.covered, mark.reached) for mark in found.months["spo2"]] == [(3, None)]


def test_why_nothing_was_measured_is_what_the_hub_noted_of_that_sensor_and_of_the_home(house: House) -> None:
    house.measured("spo2", 1)
    house.measured("weight", 1)
    house.failed(Code.BATTERY_LOW, 2, 3, "spo2-sensor")
    house.failed(Code.EDGE_SILENT, 4, 4)
    house.failed(Code.BROKER_DOWN, 5, 5)
    house.failed(Code.PROBE_OFF, 6, None, "spo2-sensor")
    order = Suppressor(
        "o1", OrderKind.OUT_OF_SERVICE, "tom", "", at(2, 0), at(3, 0), "", "e1", "weight-sensor", JEANNE
    )
    with house.database.write() as connection:
        journal.save_changes(connection, Changes(suppressors={order.id: order}))
    spo2, weight = house.following.followed(act(), BEGUN, at(8, 1)).meters
    assert [(gap.days, gap.cause) for gap in spo2.gaps] == [
        (2, Cause.BATTERY),
        (2, Cause.LINK),
        (2, Cause.CARE),
    ]
    assert [(gap.days, gap.cause) for gap in weight.gaps] == [
        (1, Cause.SENSOR),
        (1, Cause.UNKNOWN),
        (2, Cause.LINK),
        (2, Cause.UNKNOWN),
    ]


def test_a_period_begins_with_the_last_review_and_pauses_and_absences_do_not_count(house: House) -> None:
    house.measured("spo2", 2, 3, 12)
    steps = (
        *BEGUN,
        step(3, at(5, 1), "pause", "paused"),
        step(4, at(8, 23), "resume", "running"),
        step(5, at(9, 9), "review", "running"),
    )
    with house.database.write() as connection:
        records.move_resident(connection, JEANNE, None, at(10, 0))
        records.move_resident(connection, JEANNE, "12", at(11, 12))
    assert [(span.start, span.end) for span in paused(steps[1:], at(13))] == [(at(5, 1), at(8, 23))]
    found = house.following.followed(act(parameters=["spo2"]), steps, at(13, 8))
    # The 6th and 7th were paused all day, on the 10th nobody lived there; the 9th was the day of the review.
    assert [(one.share.covered, one.share.counted) for one in found.meters] == [(1, 3)]
    assert found.since == at(9, 9)
    [mark] = found.months["spo2"]
    assert (mark.share.covered, mark.share.counted) == (3, 8)


def test_what_is_measured_weekly_holds_for_a_week_across_the_review(house: House) -> None:
    house.measured("weight", 4)
    steps = (*BEGUN, step(3, at(6), "review", "running"))
    found = house.following.followed(act(parameters=["weight"], frequency="weekly"), steps, at(14, 1))
    assert [(one.share.covered, one.share.counted) for one in found.meters] == [(5, 8)]
