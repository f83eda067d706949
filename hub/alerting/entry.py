"""What a person writes down of a resident: what cannot be, and what must be looked at twice. Pure.

What cannot be a person's is refused with the range of `devices.nomenclature`. What can be but seldom is, or is far from
what was measured before, is taken once whoever wrote it says that it is so. Neither is a clinical limit.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from devices.clock import SECOND
from devices.nomenclature import METRICS
from hub.alerting.news2 import Consciousness, Vitals

ENTERED = "@entered"
"""Sensor of what was written down by hand: no identifier of a sensor may hold an `@` (`devices.identity`), so no device
can pass for a person."""

ACVPU = tuple(Consciousness)
"States of consciousness in the order of their code, 0 to 4 (`devices.nomenclature`)."

_DAY = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be written down."""

    metric: str
    decimals: int
    "Of what is stored."
    usual: tuple[float, float] | None = None
    "What is written without a question. Ours, from what people of this age have (memory)."
    change: float | None = None
    "Difference to the value before that asks a question. Ours, from memory."
    within: int = _DAY
    "Microseconds for which the value before is compared."

    @property
    def range(self) -> tuple[float, float]:
        """Return the lowest and the highest value that can be a person's."""
        return METRICS[self.metric].plausible


_ROWS = (
    Field("respiration_rate", 0, (8, 30), 10),
    Field("spo2", 0, (80, 100), 8),
    Field("on_oxygen", 0),
    Field("systolic", 0, (80, 200), 50),
    Field("diastolic", 0, (40, 120), 30),
    Field("pulse_rate", 0, (40, 130), 40),
    Field("consciousness", 0),
    Field("temperature", 1, (34.5, 40.0), 2.0),
    Field("weight", 1, (35, 130), 3.0, 62 * _DAY),
    Field("glucose", 0, (54, 300), 150),
)
FIELDS: Mapping[str, Field] = {row.metric: row for row in _ROWS}
"In the order of the chart, then what NEWS2 does not ask for."


class Fault(enum.StrEnum):
    """Why a value is not simply taken."""

    UNKNOWN = "unknown"
    "Nobody writes that metric down."
    IMPOSSIBLE = "impossible"
    "It is outside of what can be a person's."
    NOT_WHOLE = "not_whole"
    "It has more decimals than the metric has, or is no code."
    PRESSURE = "pressure"
    "The diastolic pressure is not below the systolic one."
    UNUSUAL = "unusual"
    CHANGED = "changed"
    "It is far from the value before."


REFUSED = frozenset({Fault.UNKNOWN, Fault.IMPOSSIBLE, Fault.NOT_WHOLE, Fault.PRESSURE})
"What no confirmation helps; the others are questions."


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about one value of a set."""

    metric: str
    fault: Fault
    value: float
    low: float | None = None
    "Range that the value is compared with."
    high: float | None = None
    before: float | None = None
    "Value before, when that is what is compared."

    @property
    def refused(self) -> bool:
        """Whether no confirmation helps."""
        return self.fault in REFUSED


@dataclass(frozen=True, slots=True)
class Before:
    """What was last measured."""

    value: float
    time: int


def doubts(values: Mapping[str, float], before: Mapping[str, Before], time: int) -> list[Doubt]:
    """Return what must be said about the values of a set, at most one for each.

    Args:
        values: by metric, in the unit of the nomenclature.
        before: last value of metrics, whoever measured it.
        time: when the set was measured, microseconds UTC.
    """
    found = [_doubt(metric, value, before.get(metric), time) for metric, value in values.items()]
    found.append(_pressures(values))
    return [doubt for doubt in found if doubt is not None]


def _doubt(metric: str, value: float, before: Before | None, time: int) -> Doubt | None:
    field = FIELDS.get(metric)
    if field is None:
        return Doubt(metric, Fault.UNKNOWN, value)
    low, high = field.range
    if not low <= value <= high:
        return Doubt(metric, Fault.IMPOSSIBLE, value, low, high)
    if round(value, field.decimals) != value:
        return Doubt(metric, Fault.NOT_WHOLE, value, low, high)
    if field.usual is not None and not field.usual[0] <= value <= field.usual[1]:
        return Doubt(metric, Fault.UNUSUAL, value, *field.usual)
    if before is None or field.change is None or abs(time - before.time) > field.within:
        return None
    # Rounded: 39.5 - 37.5 is 2, whatever a sum of halves and tenths comes to.
    far = round(abs(value - before.value), field.decimals) >= field.change
    return Doubt(metric, Fault.CHANGED, value, before=before.value) if far else None


def _pressures(values: Mapping[str, float]) -> Doubt | None:
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if systolic is None or diastolic is None or diastolic < systolic:
        return None
    return Doubt("diastolic", Fault.PRESSURE, diastolic, high=systolic)


def unconfirmed(found: Iterable[Doubt], confirmed: Iterable[str]) -> list[Doubt]:
    """Return the doubts that stand in the way, given the metrics of which somebody said that they are so."""
    sure = set(confirmed)
    return [doubt for doubt in found if doubt.refused or doubt.metric not in sure]


def vitals(values: Mapping[str, float], spo2_scale: int) -> Vitals:
    """Return a set as NEWS2 takes it; what is not in it was not measured."""

    def number(metric: str) -> Decimal | None:
        value = values.get(metric)
        return None if value is None else Decimal(repr(value))

    oxygen, state = values.get("on_oxygen"), values.get("consciousness")
    return Vitals(
        respiration_rate=number("respiration_rate"),
        spo2=number("spo2"),
        spo2_scale=spo2_scale,
        on_oxygen=None if oxygen is None else oxygen > 0,
        systolic=number("systolic"),
        pulse=number("pulse_rate"),
        consciousness=None if state is None else ACVPU[int(state)],
        temperature=number("temperature"),
    )
