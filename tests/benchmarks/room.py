"""Memory and processor of an edge with ten sensors that all speak: six on the radio, two wired, two room nodes.

The radio sensors and the wired ones are `veilleuse sensors run` in a process of its own; the nodes are real firmware, each in
an emulated ATmega328P on a pty. Curves are analysed (ECG, pleth), everything is delivered to a hub. The edge's resident set
and processor time are read from the kernel, over 60 s after everything is up.

The edge carries bumble's radio stack in its own process here; with BlueZ that work is the kernel's and bluetoothd's.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.figures import Figure
from tests.firmware.board import on_pty
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import VEILLEUSE, wait_for

SECONDS = 60.0
WIRED = (("ox", "nonin-df2"), ("ox2", "contec"))
RADIO = (
    ("strap", "polar-h10"),
    ("strap2", "heart-rate"),
    ("clip", "pulse-oximeter"),
    ("ear", "thermometer"),
    ("cuff", "blood-pressure"),
    ("meter", "glucose"),
)
NODES = ("node-a", "node-b")
CONTINUOUS = len(WIRED) + len(NODES) + 3
"Of the ten; the meters speak every ten seconds, and are away in between."

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "firmware"


def build_firmware() -> None:
    """Build emulator and firmware with their Makefiles.

    Raises:
        CalledProcessError: a compiler is missing (`.ci/tools` installs them), or refuses.
    """
    for folder in ("simhost", "avr"):
        where = ROOT / "firmware_bridge" / "target" / folder
        command = ["make", "--no-print-directory", "-C", str(where), f"BUILD={BUILD}"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)


def address(number: int) -> str:
    return f"F1:00:00:00:00:{number:02X}"


def virtual_sensors(home: Home, plan: RoomPlan) -> str:
    """Start the sensors; return the virtual adapter's name."""
    tables: list[dict[str, Any]] = [
        {"name": name, "protocol": protocol, "link": str(home.edge_folder(plan) / name), "patient": "p"}
        for name, protocol in WIRED
    ]
    for number, (name, protocol) in enumerate(RADIO, 1):
        tables.append(
            {"name": name, "protocol": protocol, "address": address(number), "patient": "p", "every": 10.0}
        )
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


def measure() -> tuple[float, float, int]:
    """Return megabytes, percent of a core, and observations that reached the hub meanwhile."""
    sensors: list[dict[str, Any]] = [
        {"id": name, "protocol": protocol, "link": name} for name, protocol in WIRED
    ]
    sensors += [
        {"id": name, "protocol": protocol, "address": address(number)}
        for number, (name, protocol) in enumerate(RADIO, 1)
    ]
    sensors += [{"id": name, "protocol": "node", "link": name} for name in NODES]
    plan = RoomPlan(1, sensors)
    with (
        tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder,
        Home(Path(folder), [plan]) as home,
        ExitStack() as nodes,
    ):
        for name in NODES:
            link = str(home.edge_folder(plan) / name)
            nodes.enter_context(on_pty(BUILD / "simhost", BUILD / "avr" / "node.elf", "--link", link))
        return _measured(home, plan, len(sensors))


def _measured(home: Home, plan: RoomPlan, sensors: int) -> tuple[float, float, int]:
    hci = virtual_sensors(home, plan)
    plan.extra = f'[ble]\nbackend = "bumble"\nhci = "{hci}"\n'
    home.start_hub()
    edge = home.edge(plan).start()
    with home.client("technician") as client:

        def all_heard() -> bool:
            (view,) = client.get("/api/v1/edges")
            heard = [each for each in view["sensors"] if each["last"] is not None]
            up = [each for each in view["sensors"] if each["link"] == "up"]
            return len(heard) == sensors and len(up) >= CONTINUOUS

        wait_for("every sensor was heard", all_heard, 120, 0.5)
    time.sleep(5)
    process = psutil.Process(edge.pid)
    times = process.cpu_times()
    before, peak = times.user + times.system, 0
    for _ in range(int(SECONDS)):
        time.sleep(1)
        peak = max(peak, process.memory_info().rss)
    times = process.cpu_times()
    return peak / 1e6, 100 * (times.user + times.system - before) / SECONDS, sensors


def run() -> list[Figure]:
    """Measure."""
    build_firmware()
    memory, processor, sensors = measure()
    note = f"{sensors} sensors: 6 radio (bumble in the edge's process), 2 wired, 2 emulated nodes; {SECONDS:.0f} s"
    return [
        Figure("edge memory, ten sensors", memory, "MB", aim="under 120 MB", met=memory < 120, note=note),
        Figure("edge processor, ten sensors", processor, "% of a core", aim="under 15 %", met=processor < 15),
    ]
