"""The recorded hearts beside the checkout, and how a detector is scored on them.

A detected beat and an annotated one within 150 ms (ANSI/AAMI EC57, sheet 10) are matched one to one, nearest first. Every beat annotation of
the whole record counts, from the first second on, paced records included; `after` leaves out EC57's learning period.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

BEATS = frozenset("NLRBAaJSVrFejnE/fQ?")
"Annotation codes that are beats (PhysioBank)."

TOLERANCE = 0.15
"Seconds."

LEARNING = 300.0
"Seconds of each record that EC57 does not score (sheet 10, from memory)."

PACED = frozenset({"mitdb_102", "mitdb_104", "mitdb_107", "mitdb_217"})
"Records that EC57 leaves out of the aggregate (sheet 10)."


@dataclass(frozen=True)
class Record:
    """One half-hour of an ECG."""

    id: str
    rate: int
    signal: npt.NDArray[np.float64]
    "As the converter counted."
    beats: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """How a detector did."""

    hit: int
    missed: int
    false: int
    jitter: float = 0.0
    "Seconds: mean distance of matched beats."

    @property
    def sensitivity(self) -> float:
        return 100 * self.hit / (self.hit + self.missed)

    @property
    def predictivity(self) -> float:
        return 100 * self.hit / max(1, self.hit + self.false)


def index(cases: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((cases / name).read_text())["cases"]
    return found


def record(cases: Path, name: str) -> Record:
    with np.load(cases / "ecg" / f"{name}.npz") as data:
        beat = np.isin(data["beat_symbol"], sorted(BEATS))
        samples = data["beat_sample"][beat].astype(np.int64)
        return Record(name, int(data["fs"]), data["adc"].astype(np.float64), samples)


def records(cases: Path) -> Iterator[Record]:
    for case in index(cases, "index_mitdb.json"):
        yield record(cases, case["id"])


def match(truth: Sequence[int], found: Sequence[int], tolerance: int) -> list[tuple[int, int]]:
    """Pair indexes of both sorted sequences, one to one, nearest first."""
    near = []
    for row, beat in enumerate(truth):
        first = int(np.searchsorted(found, beat - tolerance))
        last = int(np.searchsorted(found, beat + tolerance, side="right"))
        near += [(abs(found[column] - beat), row, column) for column in range(first, last)]
    rows: set[int] = set()
    columns: set[int] = set()
    pairs = []
    for _, row, column in sorted(near):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            pairs.append((row, column))
    return pairs


def score(truth: Sequence[int], found: Sequence[int], rate: float, after: float = 0.0) -> Score:
    """Score sample numbers against annotated ones, both of them later than `after` seconds."""
    wanted = [int(beat) for beat in truth if beat >= after * rate]
    given = [int(beat) for beat in found if beat >= after * rate]
    pairs = match(wanted, given, int(TOLERANCE * rate))
    apart = [abs(wanted[row] - given[column]) / rate for row, column in pairs]
    jitter = sum(apart) / len(apart) if apart else 0.0
    return Score(len(pairs), len(wanted) - len(pairs), len(given) - len(pairs), jitter)


def gross(scores: Sequence[Score]) -> Score:
    return Score(
        sum(each.hit for each in scores),
        sum(each.missed for each in scores),
        sum(each.false for each in scores),
        sum(each.jitter * each.hit for each in scores) / max(1, sum(each.hit for each in scores)),
    )


def area(values: Sequence[float], positive: Sequence[bool]) -> float:
    """Return the area under the ROC curve: how often a positive one ranks above a negative one, ties half."""
    ranked, is_positive = np.asarray(values), np.asarray(positive)
    yes, no = ranked[is_positive][:, None], ranked[~is_positive][None, :]
    return float((yes > no).mean() + 0.5 * (yes == no).mean())
