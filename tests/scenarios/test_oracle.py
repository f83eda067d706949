"""What must be told of stored values, and what counts as telling it."""

from __future__ import annotations

import pytest

from devices.clock import SECOND
from devices.limits import Limit, Priority
from tests.scenarios.oracle import Owed, Stored, StoredAlert, expected, unowed, untold

LIMIT = Limit("low", "spo2", Priority.HIGH, low=90, delay=2)
OWED = Owed("r", "low", 100 * SECOND, 110 * SECOND)


def told(
    onset: int, raised: int, cleared: int | None, *, history: bool = False, limit: str = "low"
) -> StoredAlert:
    times = (onset * SECOND, raised * SECOND, None if cleared is None else cleared * SECOND)
    return StoredAlert("a", "limit_low", "r", limit, *times, ("raised",), (1,), history)


def test_an_occurrence_has_the_first_value_outside_and_the_first_inside() -> None:
    values = [96, 82, 82, 82, 96, 82, 96, 80, 80, 80]
    rows = [Stored(number * SECOND, value, 0) for number, value in enumerate(values)]
    assert expected("r", LIMIT, rows) == [
        Owed("r", "low", 1 * SECOND, 4 * SECOND),
        Owed("r", "low", 7 * SECOND, None),
    ]


@pytest.mark.parametrize(
    "alert",
    [
        told(100, 102, 110),
        told(99, 140, 110, history=True),
        told(104, 135, None),
        told(60, 62, 140),
    ],
    ids=["its own", "found by looking back", "met under way", "still ringing from before"],
)
def test_what_tells_of_it(alert: StoredAlert) -> None:
    assert untold([OWED], [alert]) == []
    assert unowed([alert], [OWED]) == []


@pytest.mark.parametrize(
    "alert",
    [
        told(111, 150, 160),
        told(104, 106, 110),
        told(90, 92, 101),
        told(60, 62, None),
        told(100, 102, 110, limit="other"),
    ],
    ids=["after it", "met late for no reason", "of before", "never ended", "of another limit"],
)
def test_what_does_not(alert: StoredAlert) -> None:
    assert untold([OWED], [alert]) == [OWED]
    assert unowed([alert], [OWED]) == [alert]
