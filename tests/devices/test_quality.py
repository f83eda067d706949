from hypothesis import given
from hypothesis import strategies as st

from devices.quality import NO_DOUBT, UNFIT, Quality

NAMES = [
    "probe_off",
    "motion",
    "low_perfusion",
    "low_battery",
    "held",
    "late",
    "implausible",
    "questionable",
    "device_time",
]


def test_names_are_stable():
    """They stand in the output of `veilleuse decode` and in URLs; the bits stand in databases."""
    assert [flag.names() for flag in Quality] == [[name] for name in NAMES]
    assert [int(flag) for flag in Quality] == [1 << bit for bit in range(len(NAMES))]
    assert NO_DOUBT.names() == []


@given(st.sets(st.sampled_from(list(Quality))))
def test_names_of_any_combination(flags):
    combined = NO_DOUBT
    for flag in flags:
        combined |= flag
    assert combined.names() == [name for name, flag in zip(NAMES, Quality, strict=True) if flag in flags]


def test_what_decides_on_no_limit():
    assert UNFIT.names() == ["probe_off", "motion", "held", "implausible", "questionable"]
    assert not UNFIT & (Quality.LOW_PERFUSION | Quality.LOW_BATTERY | Quality.DEVICE_TIME)
