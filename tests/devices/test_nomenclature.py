import pytest

from devices.errors import DecodeError
from devices.nomenclature import METRICS, metric

STABLE = [
    "heart_rate",
    "pulse_rate",
    "spo2",
    "perfusion_index",
    "respiration_rate",
    "systolic",
    "diastolic",
    "mean_pressure",
    "temperature",
    "weight",
    "glucose",
    "battery",
]


def test_names_are_stable():
    """They stand in wire messages, URLs, databases and the output of `veilleuse decode`."""
    assert list(METRICS)[: len(STABLE)] == STABLE


@pytest.mark.parametrize("row", METRICS.values(), ids=lambda row: row.name)
def test_row(row):
    low, high = row.plausible
    assert low < high
    assert row.stale_after > 0
    assert row.source
    assert metric(row.name) is row


@pytest.mark.parametrize("column", ["loinc", "mdc"])
def test_codes_are_not_shared(column):
    codes = [code for row in METRICS.values() if (code := getattr(row, column)) is not None]
    assert len(codes) == len(set(codes))


def test_mdc_codes_are_partition_and_term():
    """Code = partition * 65536 + term; measures stand in partition 2 (SCADA), the battery in 1 (objects)."""
    coded = [row for row in METRICS.values() if row.mdc is not None]
    assert len(coded) >= 16
    assert {row.mdc >> 16 for row in coded if row.mdc is not None} == {1, 2}


def test_units_are_ucum():
    assert {row.unit for row in METRICS.values()} == {
        "/min",
        "%",
        "mm[Hg]",
        "Cel",
        "kg",
        "mg/dL",
        "{a.u.}",
        "mV",
        "ms",
        "cm",
        "kg/m2",
        "[ppm]",
        "1",
        "{count}",
    }


def test_loinc_check_digits():
    """Mod-10 check digit: a mistyped code does not pass."""
    for row in METRICS.values():
        if row.loinc is None:
            continue
        body, check = row.loinc.split("-")
        odd = str(int(body[::-1][::2][::-1]) * 2)
        even = body[::-1][1::2]
        total = sum(map(int, odd)) + sum(map(int, even))
        assert -total % 10 == int(check), row.name


def test_unknown():
    with pytest.raises(DecodeError, match=r"^metric 'mood' is unknown$"):
        metric("mood")
