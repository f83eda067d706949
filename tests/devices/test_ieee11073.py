import json
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from devices.ieee11073 import Float, SFloat, Special

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "ieee11073.json").read_text())
FORMATS = {"sfloat": SFloat, "float": Float}


@pytest.mark.parametrize("case", VECTORS["good"], ids=lambda case: f"{case['format']} {case['hex']}")
def test_vector(case):
    data = bytes.fromhex(case["hex"])
    number = FORMATS[case["format"]].parse(data)
    assert str(number) == case["text"]
    assert bytes(number) == data


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: f"{case['format']} {case['hex']}")
def test_bad_vector(case):
    with pytest.raises(DecodeError) as caught:
        FORMATS[case["format"]].parse(bytes.fromhex(case["hex"]))
    assert str(caught.value) == case["error"]


@pytest.mark.parametrize("kind", [SFloat, Float])
@given(st.data())
def test_any_bytes_round_trip(kind, data):
    """No octets are refused, and none change on the way through."""
    raw = data.draw(st.binary(min_size=kind.SIZE, max_size=kind.SIZE))
    number = kind.parse(raw)
    assert bytes(number) == raw
    assert (number.value is None) is (number.special is not None)
    if number.value is not None:
        assert kind.of(number.value) == number


@pytest.mark.parametrize("kind", [SFloat, Float])
@pytest.mark.parametrize("special", Special)
def test_special_values_at_any_exponent(kind, special):
    number = kind.of_special(special)
    assert kind.parse(bytes(number)).special is special
    assert kind(number.mantissa, -1).special is special
    assert number.value is None


def test_digits_survive_a_narrow_context():
    """Precision is the sensor's, whatever a caller set for its own arithmetic."""
    with localcontext() as context:
        context.prec = 2
        assert str(Float(8388601, -4).value) == "838.8601"


@pytest.mark.parametrize("text", ["2", "2.0", "2.00", "-0.5", "204.5"])
def test_of_keeps_the_digits(text):
    assert str(SFloat.of(text).value) == text
    assert SFloat.of(Decimal(text)) == SFloat.of(text)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2048", "SFLOAT mantissa 2048 does not fit 12 bits"),
        ("-2049", "SFLOAT mantissa -2049 does not fit 12 bits"),
        ("1E-9", "SFLOAT exponent -9 does not fit 4 bits"),
        ("1E+8", "SFLOAT exponent 8 does not fit 4 bits"),
        ("2047", "SFLOAT mantissa 2047 is set aside for special values"),
        ("NaN", "SFLOAT cannot say NaN; build the special value instead"),
        ("Infinity", "SFLOAT cannot say Infinity; build the special value instead"),
    ],
)
def test_of_refuses(value, message):
    with pytest.raises(ValueError) as caught:
        SFloat.of(value)
    assert str(caught.value) == message


def test_origin_cases(cases):
    """Vectors of three other projects."""
    known = {"nan": Special.NAN, "+inf": Special.POSITIVE_INFINITY, "-inf": Special.NEGATIVE_INFINITY}
    compared = 0
    for case in json.loads((cases / "ieee11073_floats.json").read_text())["cases"]:
        number = FORMATS[case["format"]].parse(bytes.fromhex(case["bytes_le_hex"]))
        if isinstance(case["expected"], str):
            assert number.special is known[case["expected"]], case["id"]
        else:
            assert float(number.value) == pytest.approx(case["expected"], abs=case["tolerance"]), case["id"]
        compared += 1
    print(f"{compared} numbers compared")
    assert compared > 0
