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


POUND_KILOGRAMS = Decimal("0.45359237")
"1 lb (avoirdupois) in kg, exact by definition (international yard and pound agreement of 1959; memory)."

INCH_METRES = Decimal("0.0254")
"1 in in m, exact by definition (the same agreement; memory)."


def mg_dl_of_kg_l(value: Decimal) -> Decimal:
    """Convert kg/L to mg/dL exactly."""
    return value * 100_000


def mg_dl_of_mol_l(value: Decimal) -> Decimal:
    """Convert mol/L of glucose to mg/dL by its molar mass."""
    return value * 1000 * MG_DL_PER_MMOL_L_GLUCOSE
