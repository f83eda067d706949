"""`veilleuse news2`: sets of observations in, scores out, one JSON line each.

In:   {"respiration_rate": 18, "spo2": 96, "spo2_scale": 1, "on_oxygen": false, "systolic": 120, "pulse": 80,
       "consciousness": "A", "temperature": 37.0}
Out:  {"total": 0, "points": {...}, "risk": "low", "red": false, "missing": []}
      {"error": "..."}

What is absent or null is missing: the total is then a lower bound, and the risk is at least the one given, or null where
nothing can be said. No line ends the program; a line with an error makes its exit status 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TextIO

from devices.errors import VeilleuseError
from hub.alerting.news2 import Consciousness, Score, ScoreError, Vitals, score

_NUMBERS = ("respiration_rate", "spo2", "systolic", "pulse", "temperature")
_KNOWN = frozenset({*_NUMBERS, "spo2_scale", "on_oxygen", "consciousness"})


def news2() -> None:
    """Score sets of observations by NEWS2: JSON lines on standard input, one JSON line out for each."""
    if not run(sys.stdin.buffer, sys.stdout):
        sys.exit(1)


def run(source: Iterable[bytes], sink: TextIO) -> bool:
    """Answer every line that is not blank; tell whether all of them were sound."""
    sound = True
    for line in source:
        if not line.strip():
            continue
        try:
            answer = said(score(vitals(line)))
        except VeilleuseError as error:
            answer, sound = {"error": str(error)}, False
        sink.write(json.dumps(answer, allow_nan=False) + "\n")
        sink.flush()
    return sound


def said(found: Score) -> dict[str, Any]:
    """Return a score as JSON says it."""
    return {
        "total": found.total,
        "points": dict(found.points),
        "risk": found.risk,
        "red": found.red,
        "missing": list(found.missing),
    }


def vitals(line: bytes) -> Vitals:
    """Return the observations of one line.

    Raises:
        ScoreError: it is no JSON object, or a field is unknown or not of its type.
    """
    try:
        given = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ScoreError(f"line is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise ScoreError("line is not a JSON object")
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise ScoreError(f"field {unknown[0][:60]!r} is unknown; known are {', '.join(sorted(_KNOWN))}")
    numbers = {name: _number(name, given.get(name)) for name in _NUMBERS}
    oxygen = given.get("on_oxygen")
    if oxygen is not None and not isinstance(oxygen, bool):
        raise ScoreError("on_oxygen is neither true nor false")
    return Vitals(**numbers, spo2_scale=_scale(given), on_oxygen=oxygen, consciousness=_conscious(given))


def _number(name: str, value: object) -> Decimal | None:
    if value is None:
        return None
    # True is a number in Python, and Infinity one in Python's JSON.
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ScoreError(f"{name} is not a number")
    return Decimal(value)


def _scale(given: dict[str, Any]) -> int:
    scale = given.get("spo2_scale")
    if scale is None:
        return 1
    if isinstance(scale, bool) or scale not in {1, 2}:
        raise ScoreError("spo2_scale is neither 1 nor 2")
    return int(scale)


def _conscious(given: dict[str, Any]) -> Consciousness | None:
    state = given.get("consciousness")
    if state is None:
        return None
    try:
        return Consciousness(state)
    except ValueError:
        raise ScoreError(f"consciousness is {str(state)[:20]!r}, expected one of A, C, V, P, U") from None
