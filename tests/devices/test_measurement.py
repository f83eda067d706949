import math

import pytest

from devices.errors import DecodeError
from devices.measurement import Measurement, measure
from devices.quality import NO_DOUBT, Quality


@pytest.mark.parametrize(
    ("value", "flags"),
    [
        (34.9, Quality.IMPLAUSIBLE),
        (35, NO_DOUBT),
        (100, NO_DOUBT),
        (100.1, Quality.IMPLAUSIBLE),
        (0, Quality.IMPLAUSIBLE),
        (math.nan, Quality.IMPLAUSIBLE),
        (math.inf, Quality.IMPLAUSIBLE),
    ],
)
def test_a_value_no_person_has_is_flagged_and_kept(value, flags):
    said = measure("s", "spo2", value, 5)
    assert said.flags == flags
    assert said.value == value or math.isnan(value)


def test_other_doubts_stay():
    assert measure("s", "spo2", 0, 5, Quality.MOTION, stored=True) == Measurement(
        "s", "spo2", 0, 5, Quality.MOTION | Quality.IMPLAUSIBLE, stored=True
    )


def test_an_unknown_metric_is_refused():
    with pytest.raises(DecodeError, match=r"^metric 'mood' is unknown$"):
        measure("s", "mood", 1, 5)
