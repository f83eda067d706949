"""A figure, what it is held against, and how a run is printed and kept."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float | None
    "`None` when it could not be measured; `note` says why."
    unit: str
    aim: str = ""
    "What the project wants, in words; empty when there is no aim."
    met: bool | None = None
    note: str = ""
    rounds: list[float] = field(default_factory=list)


def at_least(value: float, aim: float) -> bool:
    return value >= aim


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the smallest value that is not below `fraction` of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def spread(values: Sequence[float]) -> str:
    """Say how far the rounds lie apart."""
    return f"median of {len(values)} [{min(values):.4g} .. {max(values):.4g}]"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def machine() -> dict[str, str]:
    """Say where this ran."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            model = line.partition(":")[2].strip()
            break
    return {
        "cpu": model or platform.machine(),
        "cores": str(os.cpu_count()),
        "load": " ".join(f"{value:.2f}" for value in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "paho-mqtt": version("paho-mqtt"),
    }


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print the figures of one benchmark."""
    table = Table(title=title, title_justify="left")
    for heading, justify in (("figure", "left"), ("value", "right"), ("unit", "left"), ("aim", "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    table.add_column("note", overflow="fold")
    for figure in figures:
        value = (
            "-"
            if figure.value is None
            else f"{figure.value:,.4g}"
            if figure.value < 1000
            else f"{figure.value:,.0f}"
        )
        aim = figure.aim if figure.met is None else f"{figure.aim} {'met' if figure.met else 'MISSED'}"
        table.add_row(escape(figure.name), value, figure.unit, aim, escape(figure.note))
    Console(width=150).print(table)


def keep(path: Path, results: dict[str, list[Figure]], errors: dict[str, str]) -> None:
    """Write everything to a JSON file."""
    document = {
        "machine": machine(),
        "benchmarks": {name: [asdict(figure) for figure in figures] for name, figures in results.items()},
        "errors": errors,
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
