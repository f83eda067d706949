"""Limit crossing to sound on a tablet, absence alarms, and the steps of escalation, with 75 residents at 1 Hz.

One resident is measured by a virtual oximeter through a real edge; 74 more are played by `veilleuse simulate` over the real wire.
The limit has a delay of 2 s. From the instant at which the oximeter writes the first packet outside to the instant at which an
analyser on the way to the loudspeaker of the ward's page in Chromium sees the burst, less that delay: so it is the chain that is
measured. The edge is then stopped where it stands (SIGSTOP) to see how far from its due time its absence rings. Nobody answers for
some seconds, so every alert climbs its ladder; how late each step was is read from the hub's own log of what it told whom.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random

from playwright.sync_api import Page

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from tests.benchmarks.alert import is_over, watched
from tests.benchmarks.chromium import chromium, sign_in
from tests.benchmarks.figures import Figure, percentile
from tests.integration.client import HubClient
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import VEILLEUSE, Process, wait_for
from tests.integration.sensors import Oximeter

RESIDENTS = 75
ALERTS = 24
ABSENCES = 4
DELAY = 2.0
"Seconds of the limit."
SILENT = 15.0
"Seconds after which an edge that says nothing rings: the hub's default."
UNANSWERED = 4.0
"Seconds for which each alert climbs."
STEPS = "".join(
    f'[[ladder.{priority}]]\nafter = {after}\ntell = ["device:screens"]\nchannels = ["screen"]\n'
    for priority in ("high", "medium")
    for after in range(6)
)
HUB = f'[alerting]\nedge_silent = {SILENT}\n[escalation]\npolicy = "escalation.toml"\n'
LOUD = 0.02
"Of full scale: well above the hardly audible probe by which the page proves its sound."
LISTEN = """
// Note each instant at which the way to the loudspeaker turns from quiet to loud.
window.loudAt = [];
const make = AudioContext.prototype.createAnalyser;
AudioContext.prototype.createAnalyser = function () {
  const analyser = make.call(this);
  const samples = new Float32Array(256);
  let last = 0;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    if (!samples.some((sample) => Math.abs(sample) > LOUD)) return;
    const now = Date.now();
    if (now - last > 300) window.loudAt.push(now);
    last = now;
  }, 4);
  return analyser;
};
""".replace("LOUD", str(LOUD))


def run() -> list[Figure]:
    """Measure."""
    limit = Limit("bench-spo2", "spo2", Priority.HIGH, low=88.0, delay=DELAY)
    plans = [RoomPlan(1, [{"id": "ox", "protocol": "contec", "link": "ox"}], [limit])]
    plans += [RoomPlan(number) for number in range(2, RESIDENTS + 1)]
    with (
        tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder,
        Home(Path(folder), plans, hub_toml=HUB) as home,
    ):
        (home.folder / "escalation.toml").write_text(STEPS + "[repeat]\nhigh = 0\nmedium = 0\n")
        home.start_hub()
        others(home).start()
        edge = home.edge(plans[0])
        link = home.edge_folder(plans[0]) / "ox"
        with Oximeter(link) as oximeter, chromium() as browser, home.client() as client:
            edge.start()
            context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 800})
            context.add_init_script(LISTEN)
            page = context.new_page()
            sign_in(page, home, "nurse")
            page.locator("[data-resident=r1]").wait_for(timeout=30_000)
            page.mouse.click(640, 20)
            wait_for("the sensor is watched", lambda: watched(client), 60)
            page.get_by_text("Son prêt").first.wait_for(timeout=30_000)
            delays = [one_alert(page, oximeter, client, Random(number)) for number in range(ALERTS)]
            errors = [one_absence(edge, client) for _ in range(ABSENCES)]
        late = steps_late(home.data.database)
    return figures(delays, errors, late)


def others(home: Home) -> Process:
    """Return the process that plays everybody but the resident who is measured, for longer than it takes."""
    keys = home.folder / "keys"
    keys.mkdir()
    for room in home.rooms[1:]:
        key = keys / f"{room.edge}.key"
        key.touch(0o600)
        key.write_text(home.keys[room.edge])
    options = [
        "--keys",
        str(keys),
        "--broker",
        f"127.0.0.1:{home.mqtt_port}",
        "--rate",
        "1",
        "--seconds",
        "3600",
    ]
    return home.process("others", [VEILLEUSE, "simulate", *options, "--processes", "1"])


def one_alert(page: Page, oximeter: Oximeter, client: HubClient, random: Random) -> float:
    """Let one limit be crossed; return milliseconds until it sounded, less the limit's delay; end it."""
    # Any phase against the oximeter's pace, the edge's batches and the page's own clock.
    time.sleep(random.uniform(0.5, 1.5))
    written = oximeter.set(spo2=random.randrange(76, 87)) / SECOND * 1e3

    def sounded() -> float | None:
        return next((at for at in page.evaluate("window.loudAt") if at > written), None)

    at = wait_for("the tablet sounds", sounded, 30, 0.05)
    time.sleep(UNANSWERED)
    oximeter.set(spo2=random.randrange(92, 99))
    found = [
        each.id
        for each in client.alerts(resident="r1")
        if each.code == "limit_low" and each.response == "unacknowledged"
    ]
    for alert in found:
        client.act(alert, "acknowledge")
        wait_for("the alert is over", partial(is_over, client, alert), 20)
    return at - written - DELAY * 1e3


def one_absence(edge: Process, client: HubClient) -> float:
    """Stop the edge where it stands; return how many seconds from its due time its absence rang."""
    clock = SystemClock()
    with stopped(edge.pid):
        began = clock.utc()
        time.sleep(3)
        heard = int(
            next(each["last_seen"] for each in client.get("/api/v1/edges") if each["edge"] == "room-1")
        )

        def rang() -> int | None:
            return next(
                (
                    each.raised
                    for each in client.alerts()
                    if each.code == "edge_silent" and each.raised > began
                ),
                None,
            )

        raised = wait_for("its absence rings", rang, SILENT + 20, 0.2)
    wait_for("the edge is back", lambda: watched(client), 30)
    return (raised - heard) / SECOND - SILENT


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def steps_late(path: Path) -> list[float]:
    """Return by how many milliseconds each step of the log was later than it was due."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT created - due FROM notifications WHERE step > 0").fetchall()
    return [row[0] / 1e3 for row in rows]


def figures(delays: list[float], errors: list[float], late: list[float]) -> list[Figure]:
    """Return the table."""
    worst, step = percentile(delays, 0.99), percentile(late, 0.99)
    off = max(map(abs, errors))
    note = f"{len(delays)} alerts, {RESIDENTS} residents; less the limit's {DELAY:g} s; min {min(delays):.0f}, max {max(delays):.0f}"
    return [
        Figure(
            "limit crossing to sound on the tablet, p50",
            percentile(delays, 0.5),
            "ms",
            note=note,
            rounds=delays,
        ),
        Figure(
            "limit crossing to sound on the tablet, p99",
            worst,
            "ms",
            aim="under 2 s",
            met=worst < 2000,
            note=f"of {len(delays)} alerts the p99 is the worst",
        ),
        Figure(
            "absence alarm, error against its due time",
            off,
            "s",
            aim="within 5 s",
            met=off <= 5,
            note=f"the worst of {len(errors)}",
            rounds=errors,
        ),
        Figure(
            "step of escalation, late by, p99",
            step,
            "ms",
            aim="under 1 s",
            met=step < 1000,
            note=f"{len(late)} steps, worst {max(late):.0f}; from the log",
            rounds=late,
        ),
    ]
