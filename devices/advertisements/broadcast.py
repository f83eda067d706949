"""What an advertisement's decoder says, whichever library it is of; and what of that belongs in the record."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from devices.measurement import Measurement, measure

Value = float | int | str | bool | None

_METRICS = {
    ("temperature", "°C"): "room_temperature",
    ("humidity", "%"): "humidity",
    ("carbon_dioxide", "ppm"): "co2",
    ("battery", "%"): "battery",
}
"By the library's name and unit. Whatever else is broadcast (light, voltage, doors) is shown by `veilleuse decode` only."


class Problem(enum.StrEnum):
    """Why an advertisement could not be read, in words."""

    NONE = ""
    KEY_NEEDED = "encrypted, the bind key is needed"
    KEY_WRONG = "encrypted, the bind key does not fit"
    REPLAYED = "encrypted, and cut, or older than what was heard before"


@dataclass(slots=True)
class Counted:
    """What is remembered of a sensor that encrypts, from one of its advertisements to the next."""

    counter: float = 0.0
    "Of the newest that could be opened; a smaller one is somebody's recording."
    verified: bool = False
    "Its key has fitted."


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What one advertisement says."""

    format: str
    "Name and version of the format, as the library tells it."
    model: str
    values: dict[str, Value]
    units: dict[str, str]
    binary: dict[str, bool]
    events: dict[str, dict[str, Value | dict[str, Value]]]
    bindkey_verified: bool
    "It was encrypted, and the key was right."
    problem: Problem = Problem.NONE

    def readings(self, sensor: str, now: int) -> list[Measurement]:
        """Return the values that belong in the record."""
        return [
            measure(sensor, metric, float(value), now)
            for (name, unit), metric in _METRICS.items()
            if isinstance(value := self.values.get(name), int | float) and self.units.get(name) == unit
        ]


def plain_value(value: object) -> Value:
    """Return a library's value as one of ours: a moment becomes text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
