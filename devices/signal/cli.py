"""`veilleuse ecg FILE --rate HZ` and `veilleuse ppg FILE --rate HZ`: what a recording says, as one JSON object.

FILE is a one-dimensional `.npy` array of numbers, or a `.csv` with one number a line; the unit does not matter. What is withheld because
the signal is not good enough is null.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from devices.errors import DecodeError
from devices.signal import recordings
from devices.signal.filters import Samples

File = Annotated[Path, typer.Argument(help="One-dimensional .npy, or .csv with one number a line.")]
Rate = Annotated[float, typer.Option(help="Samples per second.")]


def ecg(file: File, rate: Rate) -> None:
    """Find R-peaks, heart rate and atrial fibrillation in a recording; JSON on standard output."""
    _answer(lambda: _ecg(load(file), rate))


def ppg(file: File, rate: Rate) -> None:
    """Find pulses, pulse rate and breathing in a recording; JSON on standard output."""
    _answer(lambda: _ppg(load(file), rate))


def load(path: Path) -> Samples:
    """Read a recording.

    Raises:
        DecodeError: it cannot be read, or is no single row of numbers.
    """
    try:
        match path.suffix.lower():
            case ".npy":
                array = np.load(path, allow_pickle=False)
            case ".csv":
                array = np.array([float(line) for line in path.read_text("utf-8").split()])
            case _:
                raise DecodeError(f"{path} is neither .npy nor .csv")
    except (OSError, EOFError) as error:
        raise DecodeError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except ValueError as error:
        if isinstance(error, DecodeError):
            raise
        raise DecodeError(f"{path} holds something else than numbers: {error}") from error
    if array.ndim != 1 or array.dtype.kind not in "iufb":
        raise DecodeError(f"{path} holds {array.ndim} dimensions of {array.dtype}, expected one of numbers")
    if not array.size:
        raise DecodeError(f"{path} holds no number")
    return np.asarray(array, dtype=np.float64)


def _ecg(samples: Samples, rate: float) -> dict[str, Any]:
    report = recordings.ecg(samples, rate)
    return {
        "r_peaks": report.peaks,
        "heart_rate": _rounded(report.heart_rate, 1),
        "af": {
            "probability": _rounded(report.fibrillation, 6),
            "windows": [
                {"from": each.start, "to": each.end, "probability": _rounded(each.probability, 6)}
                for each in report.windows
            ],
        },
        "respiration_rate": _rounded(report.respiration, 1),
        "quality": _rounded(report.quality, 3),
    }


def _ppg(samples: Samples, rate: float) -> dict[str, Any]:
    report = recordings.ppg(samples, rate)
    return {
        "peaks": report.peaks,
        "pulse_rate": _rounded(report.pulse_rate, 1),
        "respiration_rate": _rounded(report.respiration, 1),
        "quality": _rounded(report.quality, 3),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _answer(make: Callable[[], dict[str, Any]]) -> None:
    try:
        answer = make()
    except DecodeError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    print(json.dumps(answer, allow_nan=False))
