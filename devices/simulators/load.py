"""`veilleuse simulate`: load a hub with many virtual residents through the real wire.

Every virtual edge has its own MQTT session, its own key and its own numbering, as a real one has; a few processes play them
all. Without `--keys` it makes a hub of its own, measures it, and throws it away.
"""

from __future__ import annotations

import importlib
import json
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from devices.clock import SECOND, SystemClock
from devices.errors import ConfigError
from devices.simulators.load_hub import OwnHub, own_hub, read_keys
from devices.simulators.load_run import DRAIN, Load, Outcome, Target, run

MAX_EDGES = 5_000
"Sessions that one machine's default limits of open files still carry."


@dataclass(frozen=True, slots=True)
class HubCost:
    """What the load cost the hub that was made for it; absent where psutil is not installed."""

    cpu_seconds: float | None
    cpu_percent: float | None
    "Of one core."
    rss_mb: float | None
    bytes_per_observation: float | None
    "Growth of its database by the end of the load; older rows may have been compacted by then."


def simulate(
    *,
    homes: Annotated[int, typer.Option(min=1, help="Homes; one hub takes them all.")] = 1,
    residents: Annotated[int, typer.Option(min=1, help="Residents of each home, one edge each.")] = 20,
    rate: Annotated[float, typer.Option(min=0.01, max=300, help="Observations per metric and second.")] = 1.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long.")] = 30.0,
    flood: Annotated[bool, typer.Option(help="As fast as the hub acknowledges.")] = False,
    drain: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for what was not acknowledged.")
    ] = DRAIN,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that play the edges.")] = 2,
    keys: Annotated[Path | None, typer.Option(help="Folder of EDGE.key files of an existing hub.")] = None,
    broker: Annotated[str | None, typer.Option(help="HOST:PORT of its broker.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures there too.")] = None,
) -> None:
    """Load a hub with many virtual residents; six metrics each, one MQTT session per resident."""
    load = Load(rate=rate, seconds=seconds, processes=processes, flood=flood, drain=drain)
    if (keys is None) != (broker is None):
        raise ConfigError("--keys and --broker go together: an existing hub's edges, and where they connect")
    if homes * residents > MAX_EDGES:
        raise ConfigError(f"{homes * residents} edges are asked for, at most {MAX_EDGES} allowed")
    cost = None
    if keys is not None and broker is not None:
        outcome = run(_existing(keys, broker), load)
    else:
        with (
            tempfile.TemporaryDirectory(prefix="veilleuse-load-") as folder,
            own_hub(Path(folder), homes, residents) as hub,
        ):
            outcome, cost = _measured(hub, load)
    figures = _figures(outcome, cost)
    Console().print(_table(figures))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=1) + "\n")
    if outcome.unacknowledged:
        Console(stderr=True).print(f"{outcome.unacknowledged} envelopes were not acknowledged", style="red")
        raise typer.Exit(1)


def _existing(keys: Path, broker: str) -> Target:
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ConfigError(f"broker {broker!r} is not HOST:PORT")
    return Target(host, int(port), read_keys(keys))


def _measured(hub: OwnHub, load: Load) -> tuple[Outcome, HubCost]:
    clock, empty = SystemClock(), _disk(hub)
    process = _process(hub.pid)
    began, before = clock.monotonic(), _cpu(process)
    outcome = run(hub.target, load)
    took, used = (clock.monotonic() - began) / SECOND, _cpu(process) - before
    disk = _per_observation(empty, _disk(hub))
    if process is None:
        return outcome, HubCost(None, None, None, disk)
    return outcome, HubCost(used, 100 * used / took, process.memory_info().rss / 1e6, disk)


def _process(pid: int) -> Any:
    try:
        return importlib.import_module("psutil").Process(pid)
    except ImportError:
        return None


def _cpu(process: Any) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def _disk(hub: OwnHub) -> tuple[int, int]:
    """Return the bytes of the pages in use, what is still in the log included, and the observations stored."""
    with closing(sqlite3.connect(f"file:{hub.database}?mode=ro", uri=True)) as connection:

        def number(statement: str) -> int:
            return int(connection.execute(statement).fetchone()[0])

        pages = number("PRAGMA page_count") - number("PRAGMA freelist_count")
        stored = number("SELECT coalesce(sum(count), 0) FROM head") + number(
            "SELECT coalesce(sum(count), 0) FROM chunks"
        )
        return pages * number("PRAGMA page_size"), stored


def _per_observation(before: tuple[int, int], after: tuple[int, int]) -> float | None:
    stored = after[1] - before[1]
    return (after[0] - before[0]) / stored if stored else None


def _figures(outcome: Outcome, cost: HubCost | None) -> dict[str, Any]:
    figures = asdict(outcome)
    del figures["latencies"]
    figures |= {
        "observations_per_second": outcome.rate,
        "envelopes_per_second": outcome.acknowledged / outcome.seconds if outcome.seconds else 0.0,
        "latency_p50": outcome.latency(0.50),
        "latency_p99": outcome.latency(0.99),
    }
    return figures | ({} if cost is None else {f"hub_{name}": value for name, value in asdict(cost).items()})


_ROWS = (
    ("edges", "edges", "", 1.0),
    ("sent", "envelopes sent", "", 1.0),
    ("resent", "sent another time", "", 1.0),
    ("acknowledged", "acknowledged", "", 1.0),
    ("observations_acknowledged", "observations acknowledged", "", 1.0),
    ("envelopes_per_second", "envelopes", "/s", 1.0),
    ("observations_per_second", "observations", "/s", 1.0),
    ("latency_p50", "acknowledged after, half", "ms", 1e3),
    ("latency_p99", "acknowledged after, 99 %", "ms", 1e3),
    ("refused", "answers refused", "", 1.0),
    ("worst_lag", "generator late by at most", "ms", 1e3),
    ("hub_cpu_percent", "hub, processor", "% of a core", 1.0),
    ("hub_rss_mb", "hub, memory", "MB", 1.0),
    ("hub_bytes_per_observation", "hub, disk", "B/observation", 1.0),
)


def _table(figures: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for key, label, unit, factor in _ROWS:
        value = figures.get(key)
        if value is not None:
            text = f"{value:,}" if isinstance(value, int) else f"{value * factor:,.1f}"
            table.add_row(label, text, unit)
    return table
