"""`make bench`: every figure of the project, as a table and as bench-results.json.

`python -m tests.benchmarks [NAME ...]` runs only those. What each one measures and how is in docs/benchmarks.md.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from subprocess import SubprocessError

from httpx import HTTPError
from playwright.sync_api import Error as PlaywrightError
from rich.console import Console

from devices.errors import VeilleuseError
from tests.benchmarks.figures import Figure, keep, machine, show

BENCHMARKS = {
    "ingest": "Observations made durable, beside a bare paho subscriber",
    "alert": "Sensor sample to alert on the page",
    "alarm": "Limit crossing to sound, absence, steps of escalation, with 75 residents",
    "call": "Click to first video frame",
    "call_media": "Picture, sound and cost of a call, beside a plain one",
    "call_signals": "Ten rooms calling at once on one hub: signalling",
    "edge": "An edge with four sensors",
    "room": "An edge with ten sensors: radio, wired, and real firmware in an emulator",
    "disk": "Bytes per observation on disk",
    "signal": "Heart beats and fibrillation on recorded hearts, beside neurokit2",
}
"Each is a module of this folder with `run() -> list[Figure]`."

RESULTS = Path("bench-results.json")

FAILURES = (
    AssertionError,
    OSError,
    RuntimeError,
    VeilleuseError,
    SubprocessError,
    PlaywrightError,
    HTTPError,
)
"What a benchmark that cannot be run raises; it must not hide the others."


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        print(f"unknown benchmark {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    Console().print(" · ".join(f"{key} {value}" for key, value in machine().items()), style="dim")
    results: dict[str, list[Figure]] = {}
    errors: dict[str, str] = {}
    for name in wanted:
        Console().print(f"\n[bold]{name}[/] …", highlight=False)
        try:
            results[name] = importlib.import_module(f"tests.benchmarks.{name}").run()
        except FAILURES as error:
            traceback.print_exc()
            errors[name] = f"{type(error).__name__}: {error}"
        else:
            show(BENCHMARKS[name], results[name])
    keep(RESULTS, results, errors)
    print(f"written to {RESULTS}")
    for name, text in errors.items():
        print(f"{name} failed: {text}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
