"""NEWS2, the National Early Warning Score of the Royal College of Physicians (2017; sheet 01).

A decision aid, not a diagnosis; it has no regulatory status in France, and the home's coordinating physician may set other
thresholds. It is not for people under 16, nor in pregnancy.

The RCP gives no partial score. Ours, when something is missing, is a lower bound: it can say that a score is high already,
never that it is low.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from devices.errors import VeilleuseError

MEDIUM, HIGH = 5, 7
"Totals of the urgent and of the emergency response."

RED = 3
"Points of one parameter that call for a physician by themselves."


class ScoreError(VeilleuseError):
    """A value is of no person; the text names it."""


class Consciousness(enum.StrEnum):
    """ACVPU. Confusion counts when it is new or worse than usual; in doubt it is new (from memory)."""

    ALERT = "A"
    CONFUSION = "C"
    VOICE = "V"
    PAIN = "P"
    UNRESPONSIVE = "U"


class Risk(enum.StrEnum):
    """Clinical risk, by the chart of thresholds and triggers."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Vitals:
    """One set of observations; `None` is what was not measured."""

    respiration_rate: Decimal | None = None
    "Per minute."
    spo2: Decimal | None = None
    "Percent."
    spo2_scale: int = 1
    """2 only where a clinician has recorded a target of 88 to 92 %, a setting of the resident with author and reason; it is
    never chosen by a program."""
    on_oxygen: bool | None = None
    systolic: Decimal | None = None
    "mmHg."
    pulse: Decimal | None = None
    "Per minute."
    consciousness: Consciousness | None = None
    temperature: Decimal | None = None
    "Degrees Celsius."


PARAMETERS = (
    "respiration_rate",
    "spo2",
    "on_oxygen",
    "systolic",
    "pulse",
    "consciousness",
    "temperature",
)
"In the order of the chart."


@dataclass(frozen=True, slots=True)
class Score:
    """What a set of observations scores."""

    points: Mapping[str, int] = field(default_factory=dict)
    "By parameter; those that are missing are not in it."
    missing: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """0 to 20; a lower bound while something is missing."""
        return sum(self.points.values())

    @property
    def red(self) -> bool:
        """Whether one parameter alone calls for a physician."""
        return RED in self.points.values()

    @property
    def risk(self) -> Risk | None:
        """The risk, or at least that when something is missing; `None` when nothing can be said yet."""
        if self.total >= HIGH:
            return Risk.HIGH
        if self.total >= MEDIUM:
            return Risk.MEDIUM
        if self.red:
            return Risk.LOW_MEDIUM
        return None if self.missing else Risk.LOW


Bands = tuple[tuple[int, int], ...]
"(highest value, points), ascending; a value above the last has the points that follow."

# Values in units of the last digit that counts: whole numbers, and tenths of a degree.
_RESPIRATION: Bands = ((8, 3), (11, 1), (20, 0), (24, 2))
_SPO2_1: Bands = ((91, 3), (93, 2), (95, 1))
_SPO2_2: Bands = ((83, 3), (85, 2), (87, 1), (92, 0))
_SPO2_2_OXYGEN: Bands = (*_SPO2_2, (94, 1), (96, 2))
_SYSTOLIC: Bands = ((90, 3), (100, 2), (110, 1), (219, 0))
_PULSE: Bands = ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2))
_TEMPERATURE: Bands = ((350, 3), (360, 1), (380, 0), (390, 1))

_BOUNDS: Mapping[str, tuple[int, int]] = {
    "respiration_rate": (0, 100),
    "spo2": (0, 100),
    "systolic": (0, 350),
    "pulse": (0, 350),
    "temperature": (20, 46),
}
"What can be written down of a living person or one who is dying; beyond it is a slip of the pen. Ours."


def score(vitals: Vitals) -> Score:
    """Return what a set of observations scores.

    Raises:
        ScoreError: a value is outside of what can be a person's, or the scale is neither 1 nor 2.
    """
    if vitals.spo2_scale not in {1, 2}:
        raise ScoreError(f"spo2_scale is {vitals.spo2_scale}, expected 1 or 2")
    found = {
        "respiration_rate": _banded("respiration_rate", vitals.respiration_rate, _RESPIRATION, 3),
        "spo2": _saturation(vitals),
        "on_oxygen": None if vitals.on_oxygen is None else 2 * vitals.on_oxygen,
        "systolic": _banded("systolic", vitals.systolic, _SYSTOLIC, 3),
        "pulse": _banded("pulse", vitals.pulse, _PULSE, 3),
        "consciousness": _conscious(vitals.consciousness),
        "temperature": _banded("temperature", vitals.temperature, _TEMPERATURE, 2, tenths=True),
    }
    points = {name: value for name, value in found.items() if value is not None}
    return Score(points, tuple(name for name in PARAMETERS if name not in points))


def _saturation(vitals: Vitals) -> int | None:
    if vitals.spo2_scale == 1:
        return _banded("spo2", vitals.spo2, _SPO2_1, 0)
    # Above the target only oxygen is too much; while nobody said whether there is any, the bound takes air.
    if vitals.on_oxygen:
        return _banded("spo2", vitals.spo2, _SPO2_2_OXYGEN, 3)
    return _banded("spo2", vitals.spo2, _SPO2_2, 0)


def _conscious(state: Consciousness | None) -> int | None:
    if state is None:
        return None
    return 0 if state is Consciousness.ALERT else 3


def _banded(
    name: str, value: Decimal | None, bands: Bands, above: int, *, tenths: bool = False
) -> int | None:
    if value is None:
        return None
    low, high = _BOUNDS[name]
    if not low <= value <= high:
        raise ScoreError(f"{name} is {value}, expected {low} to {high}")
    # Rounded before it is scored: the bands have no gaps on what is left. A half goes up, as on paper.
    digits = int((value * 10 if tenths else value).quantize(Decimal(1), ROUND_HALF_UP))
    return next((points for highest, points in bands if digits <= highest), above)
