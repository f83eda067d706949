"""Unit conversions; every constant with its source."""

from __future__ import annotations

from decimal import Decimal

MMHG_PER_KPA = Decimal("7.50062")
"1 kPa in mm[Hg] (sheet 03 part 4)."

MG_DL_PER_MMOL_L_GLUCOSE = Decimal("18.016")
"1 mmol/L of glucose in mg/dL, from its molar mass 180.16 g/mol (sheet 03 part 8)."


def celsius(fahrenheit: Decimal) -> Decimal:
    """Convert degrees Fahrenheit to degrees Celsius, to 0.01 degree."""
    exact = (fahrenheit - 32) * 5 / 9
    # A FLOAT goes up to 10**134: quantize would raise on what has more digits than the context.
    return exact if exact.adjusted() > 20 else exact.quantize(Decimal("0.01"))


def mmhg(kpa: Decimal) -> Decimal:
    """Convert kilopascals to millimetres of mercury, to 0.1 mm[Hg]."""
    return (kpa * MMHG_PER_KPA).quantize(Decimal("0.1"))
