from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.units import MG_DL_PER_MMOL_L_GLUCOSE, celsius, mmhg


@pytest.mark.parametrize(
    ("f", "c"), [("32", "0.00"), ("98.6", "37.00"), ("-40", "-40.00"), ("101.3", "38.50")]
)
def test_celsius(f, c):
    assert str(celsius(Decimal(f))) == c


@pytest.mark.parametrize(
    ("kpa", "expected"), [("0", "0.0"), ("18.0", "135.0"), ("10.6", "79.5"), ("16", "120.0")]
)
def test_mmhg(kpa, expected):
    assert str(mmhg(Decimal(kpa))) == expected


@given(st.integers(-(2**23), 2**23 - 1), st.integers(-128, 127))
def test_any_float_a_thermometer_can_send_converts(mantissa, exponent):
    """Beyond what a context holds it is kept unrounded: implausible, but no crash."""
    value = Decimal(mantissa).scaleb(exponent)
    assert float(celsius(value)) == pytest.approx((float(value) - 32) * 5 / 9, abs=0.006, rel=1e-9)


@given(st.integers(-(2**11), 2**11 - 1), st.integers(-8, 7))
def test_any_sfloat_a_cuff_can_send_converts(mantissa, exponent):
    value = Decimal(mantissa).scaleb(exponent)
    assert float(mmhg(value)) == pytest.approx(float(value) * 7.50062, abs=0.051)


def test_glucose():
    assert Decimal("5.5") * MG_DL_PER_MMOL_L_GLUCOSE == Decimal("99.0880")
