"""Values that a meter kept until it could tell them: young ones ring, old ones are history."""

from __future__ import annotations

import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from devices.wire.messages import Observation
from hub.alerting.engine import Settings
from hub.alerting.model import Code
from tests.hub.alerting.conftest import START, Hub

PRESSURE = Limit("high-pressure", "systolic", Priority.HIGH, high=180.0)


def taken(hub: Hub, value: float, ago: float, *, stored: bool = True) -> list[Code]:
    """Let a blood pressure arrive now that was taken a while ago, and return what was raised."""
    seen = Observation("cuff", "systolic", hub.utc - round(ago * SECOND), value, stored=stored)
    hub.engine.observe("room-12", "jeanne", seen, hub.utc, late=False)
    before = set(hub.alerts)
    hub.commit()
    return [alert.code for key, alert in hub.alerts.items() if key not in before]


@pytest.mark.parametrize(("ago", "raised"), [(45.0, 1), (600.0, 1), (600.1, 0), (-29.0, 1), (-31.0, 0)])
def test_a_pressure_that_the_cuff_kept_for_minutes_is_about_now(ago: float, raised: int) -> None:
    hub = Hub({"jeanne": (PRESSURE,)}, now=10_000.0)
    assert taken(hub, 212.0, ago) == [Code.LIMIT_HIGH] * raised
    assert all(alert.onset == hub.utc - round(ago * SECOND) for alert in hub.alerts.values())


def test_what_streams_must_be_fresh() -> None:
    hub = Hub({"jeanne": (PRESSURE,)}, now=10_000.0)
    assert taken(hub, 212.0, 45.0, stored=False) == []
    assert taken(hub, 212.0, 30.0, stored=False) == [Code.LIMIT_HIGH]


def test_an_older_record_says_nothing_after_a_newer_one() -> None:
    hub = Hub({"jeanne": (PRESSURE,)}, now=10_000.0)
    assert taken(hub, 212.0, 60.0) == [Code.LIMIT_HIGH]
    assert taken(hub, 120.0, 300.0) == []
    assert hub.only.cleared is None


def test_what_is_too_old_to_be_about_now_is_known_as_such() -> None:
    hub = Hub(edges={"room-12": "jeanne"}, now=10_000.0)
    fresh = round(Settings(START).fresh * SECOND)
    assert not hub.engine.past("room-12", hub.utc - fresh, hub.utc)
    assert hub.engine.past("room-12", hub.utc - fresh - 1, hub.utc)
    # By the room's own clock, which is a minute slow.
    hub.beat(10_020.0, ahead=-60.0)
    assert not hub.engine.past("room-12", hub.utc - 60 * SECOND - fresh, hub.utc)
    assert hub.engine.past("room-12", hub.utc - 60 * SECOND - fresh - 1, hub.utc)
