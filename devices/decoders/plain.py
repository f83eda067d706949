"""Messages and readings as JSON can say them."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from devices import nomenclature
from devices.gatt.date_time import DateTime
from devices.ieee11073 import Float, SFloat
from devices.measurement import Measurement, Reading


def measurements(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """Return the values among readings; what is no value (a curve, a status) is left out."""
    return [
        {
            "metric": reading.metric,
            "value": number(reading.value),
            "unit": nomenclature.metric(reading.metric).unit,
            "flags": reading.flags.names(),
        }
        for reading in readings
        if isinstance(reading, Measurement)
    ]


def number(value: float) -> float | int:
    """Return 72 for 72.0: what has no fraction is printed without one."""
    return int(value) if value == int(value) else value


def plain(value: object) -> Any:
    """Return a message, or a part of one."""
    match value:
        case SFloat() | Float():
            return str(value) if value.value is None else number(float(value.value))
        case Decimal():
            return number(float(value))
        case DateTime():
            return {
                "text": str(value),
                "problem": value.problem,
                **dataclasses.asdict(value),
            }
        case enum.IntFlag():
            return {
                "raw": int(value),
                "bits": [(flag.name or "").lower() for flag in type(value) if flag in value],
            }
        case bytes():
            return value.hex()
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value):
            fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
            notes = plain(getattr(value, "notes", {}))
            return {"type": type(value).__name__, **fields, **notes}
        case _:
            return value
