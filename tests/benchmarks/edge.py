"""Memory and processor of an edge with four sensors that speak: two wired, two on the virtual radio.

The sensors are `veilleuse sensors run` in a process of its own; the edge is connected to a hub and delivers everything. Its
resident set and its processor time are read from the kernel, over 60 s after everything is up; once without a `[call]` table
and once with it, idle: its media libraries load with the first call, whose memory the benchmark `call` shows.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.figures import Figure
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import VEILLEUSE, wait_for

SECONDS = 60.0
WIRED = (("ox", "nonin-df2"), ("ox2", "contec"))
RADIO = (("strap", "heart-rate", "F1:00:00:00:00:01"), ("clip", "pulse-oximeter", "F1:00:00:00:00:02"))
CALL = '[call]\ncamera = "generated"\nconsent = "announce"\nice_loopback = true\n'


def virtual_sensors(home: Home, plan: RoomPlan) -> str:
    """Start the sensors; return the virtual adapter's name."""
    tables: list[dict[str, Any]] = []
    for name, protocol in WIRED:
        tables.append(
            {"name": name, "protocol": protocol, "link": str(home.edge_folder(plan) / name), "patient": "p"}
        )
    for name, protocol, address in RADIO:
        tables.append({"name": name, "protocol": protocol, "address": address, "patient": "p"})
    text = "".join(
        "[[sensor]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for table in tables
    )
    config = home.folder / "sensors.toml"
    config.write_text(text)
    process = home.process("sensors", [VEILLEUSE, "sensors", "run", "--config", str(config)]).start()
    line = next(each for each in process.wait_text('"ready":true', 60).splitlines() if '"ready":true' in each)
    hci: str = json.loads(line)["hci"]
    return hci


def measure(*, call: bool) -> tuple[float, float]:
    """Return megabytes and percent of a core."""
    sensors: list[dict[str, Any]] = [
        {"id": name, "protocol": protocol, "link": name} for name, protocol in WIRED
    ]
    sensors += [{"id": name, "protocol": protocol, "address": address} for name, protocol, address in RADIO]
    plan = RoomPlan(1, sensors)
    with tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder, Home(Path(folder), [plan]) as home:
        hci = virtual_sensors(home, plan)
        plan.extra = f'[ble]\nbackend = "bumble"\nhci = "{hci}"\n' + (CALL if call else "")
        home.start_hub()
        edge = home.edge(plan).start()
        with home.client("technician") as client:

            def all_up() -> bool:
                (view,) = client.get("/api/v1/edges")
                return sorted(each["link"] for each in view["sensors"]) == ["up"] * 4

            wait_for("all four sensors are up", all_up, 60, 0.5)
        time.sleep(5)
        process = psutil.Process(edge.pid)
        times = process.cpu_times()
        before, peak = times.user + times.system, 0
        for _ in range(int(SECONDS)):
            time.sleep(1)
            peak = max(peak, process.memory_info().rss)
        times = process.cpu_times()
        return peak / 1e6, 100 * (times.user + times.system - before) / SECONDS


def run() -> list[Figure]:
    """Measure."""
    figures = []
    for call in (False, True):
        memory, processor = measure(call=call)
        label = "[call] configured, idle" if call else "no [call]"
        note = f"2 wired, 2 radio sensors that all speak, {SECONDS:.0f} s; bumble's radio stack in the same process"
        figures += [
            Figure(f"edge memory, {label}", memory, "MB", aim="under 90 MB", met=memory < 90, note=note),
            Figure(f"edge processor, {label}", processor, "% of a core", aim="under 5 %", met=processor < 5),
        ]
    return figures
