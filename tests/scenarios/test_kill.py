"""`kill -9` the edge, the broker and the hub in turn, 20 times each, under load: everything once, in order.

What is sent and when kills are due follow from one seed (VEILLEUSE_KILL_SEED; printed). Three kinds of load:

- spot-check meters keep a record until the edge has it on disk, so **every** record must be in the store exactly once;
- oximeters stream whether anybody listens or not: what no process could hear is lost and nothing else is;
- virtual edges on the wire (`veilleuse simulate`): every observation exactly once.

The alerts that must be there are computed from what was stored, by the same pure rule, without the hub.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.quality import Quality
from tests.integration.home import Home, RoomPlan
from tests.integration.processes import VEILLEUSE, Process, wait_for
from tests.integration.sensors import Check, Meter, Oximeter
from tests.scenarios.oracle import (
    Series,
    Stored,
    alerts,
    duplicates,
    expected,
    in_order,
    pairings,
    stored,
    unowed,
    untold,
)

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

SEED = int(os.environ.get("VEILLEUSE_KILL_SEED", "20261121"))
ROUNDS = int(os.environ.get("VEILLEUSE_KILL_ROUNDS", "20"))
"Kills of each of the three."
GAPS = (1.0, 4.0)
"Seconds between two kills."
METERS, OXIMETERS, ON_THE_WIRE = 4, 2, 10
LOW = 88.0
LONGEST_PAUSE = 3 * SECOND
"An unchanged value is told once a second; three seconds of nothing are a gap."
SETTLE = 90.0
"Seconds after the last kill until everything must be acknowledged."


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, due `at` seconds after the load began."""

    at: float
    victim: str


@dataclass
class Log:
    """When what was killed, microseconds UTC."""

    kills: list[tuple[int, str]] = field(default_factory=list)

    def of(self, victim: str) -> list[int]:
        return [time for time, what in self.kills if what == victim]


def schedule(seed: int, rounds: int) -> list[Kill]:
    """Return the kills: edge, broker, hub, edge ... at random instants."""
    random, at, kills = Random(seed), 3.0, []
    for _ in range(rounds):
        for victim in ("edge", "broker", "hub"):
            at += random.uniform(*GAPS)
            kills.append(Kill(at, victim))
    return kills


def spot_checks(seed: int) -> Iterator[tuple[int, int]]:
    """Yield (SpO2, pulse rate): some seconds of health, some seconds of hypoxia, without end."""
    random = Random(seed)
    while True:
        for _ in range(random.randrange(2, 6)):
            yield random.randrange(92, 99), random.randrange(60, 90)
        for _ in range(random.randrange(1, 4)):
            yield random.randrange(76, 88), random.randrange(80, 110)


class Supervisor:
    """Starts the edge and the hub again when they have ended, as systemd does."""

    def __init__(self, processes: list[Process]) -> None:
        self._processes = processes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            for process in self._processes:
                if not process.alive and not self._stop.wait(0.2):
                    process.start()


def limit(number: int) -> Limit:
    return Limit(f"spo2-{number}", "spo2", Priority.HIGH, low=LOW, hysteresis=1.0)


def rooms() -> list[RoomPlan]:
    plans = []
    for number in range(1, METERS + OXIMETERS + ON_THE_WIRE + 1):
        protocol = "nonin-df13" if number <= METERS else "contec"
        wired = number <= METERS + OXIMETERS
        sensors = [{"id": "ox", "protocol": protocol, "link": f"ox-{number}"}] if wired else []
        plans.append(RoomPlan(number, sensors, [limit(number)] if wired else []))
    return plans


def kill(home: Home, edge: Process, victim: str) -> bool:
    """Kill one process; tell whether it lived."""
    if victim == "broker":
        pid = home.broker_pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        return True
    process = edge if victim == "edge" else home.hub
    if not process.alive:
        return False
    process.kill()
    return True


def strike(home: Home, edge: Process, log: Log, started: float) -> None:
    """Carry out the schedule; a victim that is not up yet is waited for, so that every kill counts."""
    for each in schedule(SEED, ROUNDS):
        time.sleep(max(0.0, started + each.at - time.monotonic()))

        def struck(victim: str = each.victim) -> bool:
            return kill(home, edge, victim)

        wait_for(f"the {each.victim} is up to be killed", struck, 120, 0.02)
        log.kills.append((SystemClock().utc(), each.victim))


class Stirrer:
    """Moves the oximeters' values by seed, some of them below the limit."""

    def __init__(self, oximeters: list[Oximeter], seed: int) -> None:
        self._oximeters, self._random = oximeters, Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stirrer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(self._random.uniform(0.7, 2.0)):
            for oximeter in self._oximeters:
                low = self._random.random() < 0.3
                oximeter.set(spo2=self._random.randrange(78, 88) if low else self._random.randrange(90, 99))


def wire_load(home: Home, plans: list[RoomPlan], seconds: float, report: Path) -> list[str]:
    """Return the command of the load on the wire; it waits for acknowledgements longer than the kills can take."""
    keys = home.folder / "keys"
    keys.mkdir()
    for plan in plans:
        (keys / f"{plan.edge}.key").touch(0o600)
        (keys / f"{plan.edge}.key").write_text(home.keys[plan.edge])
    return [
        VEILLEUSE,
        "simulate",
        *("--keys", str(keys), "--broker", f"127.0.0.1:{home.mqtt_port}"),
        *(
            "--rate",
            "1",
            "--seconds",
            f"{seconds:.0f}",
            "--drain",
            "600",
            "--processes",
            "1",
            "--json",
            str(report),
        ),
    ]


def spools_empty(home: Home, plans: list[RoomPlan], since: int) -> bool:
    """Tell whether every edge has said, since the load ended, that nothing waits on its disk."""
    with home.client("technician") as client:
        views = {view["edge"]: view for view in client.get("/api/v1/edges")}
    return all(
        views[plan.edge]["pending"] == 0 and (views[plan.edge]["last_seen"] or 0) > since for plan in plans
    )


def check_meters(found: dict[Series, list[Stored]], made: dict[str, list[Check]]) -> int:
    """Every record of every meter is there exactly once, in order."""
    count = 0
    for edge, checks in made.items():
        for metric in ("spo2", "pulse_rate"):
            rows = found[edge, "ox", metric]
            assert duplicates(rows) == [], f"{edge} {metric} has records twice"
            assert in_order(rows), f"{edge} {metric} is out of order"
            sent = [(check.time, float(getattr(check, metric))) for check in checks]
            there = sorted((row.time, row.value) for row in rows)
            missing = sorted(set(sent) - set(there))
            assert there == sent, f"{edge} {metric}: {len(missing)} of {len(sent)} missing: {missing[:5]}"
            count += len(sent)
    return count


def check_streams(found: dict[Series, list[Stored]], plans: list[RoomPlan], deaths: list[int]) -> int:
    """What streams is there once and in order, and missing only where no edge process could hear it."""
    count = 0
    for plan in plans:
        for metric in ("spo2", "pulse_rate", "perfusion_index"):
            rows = found[plan.edge, "ox", metric]
            assert duplicates(rows) == [], f"{plan.edge} {metric} is there twice"
            assert in_order(rows), f"{plan.edge} {metric} is out of order"
            times = sorted(row.time for row in rows)
            for earlier, later in itertools.pairwise(times):
                if later - earlier > LONGEST_PAUSE:
                    heard = [death for death in deaths if earlier <= death <= later]
                    assert heard, (
                        f"{plan.edge} {metric}: nothing from {earlier} to {later}, though the edge lived"
                    )
            count += len(rows)
    return count


def check_wire(found: dict[Series, list[Stored]], plans: list[RoomPlan], report: dict[str, Any]) -> int:
    """Everything that the virtual edges sent is there exactly once."""
    assert report["unacknowledged"] == 0
    edges = {plan.edge for plan in plans}
    rows = {series: theirs for series, theirs in found.items() if series[0] in edges}
    for series, theirs in rows.items():
        assert duplicates(theirs) == [], f"{series} is there twice"
        assert in_order(theirs), f"{series} is out of order"
    count = sum(len(theirs) for theirs in rows.values())
    assert count == report["observations_sent"] == report["observations_acknowledged"]
    return count


def check_alerts(database: Path, found: dict[Series, list[Stored]], plans: list[RoomPlan]) -> tuple[int, int]:
    """Every alert that the stored values owe is there exactly once, and no other; its steps have no gap.

    Return how many there are, and how many of them were found by looking back.
    """
    every = alerts(database)
    for alert in every:
        assert alert.events.count("raised") == 1, f"{alert} was raised {alert.events.count('raised')} times"
        assert alert.events[0] == "raised"
        assert alert.numbers == tuple(range(1, len(alert.numbers) + 1)), f"{alert} lacks a step"
    paired = pairings(database)
    owed = [
        each
        for plan in plans
        for each in expected(
            plan.resident,
            limit(plan.number),
            [
                row
                for row in found[plan.edge, "ox", "spo2"]
                if not row.flags & Quality.DEVICE_TIME or row.time >= paired[plan.edge, "ox"]
            ],
        )
    ]
    of_limits = [alert for alert in every if alert.limit_id]
    told = [alert for alert in of_limits if not alert.history]
    names = Counter((alert.resident, alert.limit_id, alert.onset) for alert in of_limits)
    assert max(names.values()) == 1, "an alert was raised twice under two names"
    missing = untold(owed, of_limits)
    assert not missing, f"missing {missing[:5]}; of history are {[a for a in every if a.history][:5]}"
    assert not unowed(told, owed), f"never owed {unowed(told, owed)[:5]}"
    return len(told), len(of_limits) - len(told)


def test_the_schedule_follows_from_the_seed() -> None:
    first, again = schedule(7, 20), schedule(7, 20)
    assert first == again != schedule(8, 20)
    assert [kill.victim for kill in first] == ["edge", "broker", "hub"] * 20
    assert [list(itertools.islice(spot_checks(7), 50))] == [list(itertools.islice(spot_checks(7), 50))]


def test_everything_once_and_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans, log = rooms(), Log()
    metered, streaming = plans[:METERS], plans[METERS : METERS + OXIMETERS]
    wired = plans[METERS + OXIMETERS :]
    report = tmp_path / "simulate.json"
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(Home(tmp_path, plans))
        meters = {}
        for plan in metered:
            link = home.edge_folder(plan) / f"ox-{plan.number}"
            meters[plan.edge] = Meter(link, spot_checks(SEED + plan.number))
            stack.callback(meters[plan.edge].close)
        oximeters = [
            stack.enter_context(Oximeter(home.edge_folder(plan) / f"ox-{plan.number}")) for plan in streaming
        ]
        home.start_hub()
        edge = home.edge(*metered, *streaming).start()
        wait_for("the first records are taken", lambda: all(m.answered for m in meters.values()), 40)
        stirrer, started = Stirrer(oximeters, SEED), time.monotonic()
        stack.callback(stirrer.close)
        wire = home.process("simulate", wire_load(home, wired, schedule(SEED, ROUNDS)[-1].at, report)).start()
        supervisor = Supervisor([home.hub, edge])
        stack.callback(supervisor.close)
        strike(home, edge, log, started)
        struck = time.monotonic() - started
        stirrer.close()
        for meter in meters.values():
            meter.finish()
        wait_for("the meters are empty", lambda: not any(m.waiting for m in meters.values()), SETTLE)
        wait_for("the load on the wire is acknowledged", lambda: not wire.alive, SETTLE)
        assert wire.code == 0, wire.tail()
        for oximeter in oximeters:
            oximeter.quiet()
        since = SystemClock().utc() + 2 * SECOND
        wait_for(
            "every spool is empty", lambda: spools_empty(home, [*metered, *streaming], since), SETTLE, 0.5
        )
        supervisor.close()
    assert Counter(victim for _, victim in log.kills) == dict.fromkeys(("edge", "broker", "hub"), ROUNDS)
    found = stored(home.data.database)
    counts = (
        check_meters(found, {edge: meter.made for edge, meter in meters.items()}),
        check_streams(found, streaming, log.of("edge")),
        check_wire(found, wired, json.loads(report.read_text())),
        *check_alerts(home.data.database, found, [*metered, *streaming]),
    )
    assert min(counts[:4]) > 0
    with capsys.disabled():
        print(
            f"\nkill test: seed {SEED}, {len(log.kills)} kills in {struck:.0f} s, settled after "
            f"{time.monotonic() - started:.0f} s; hub started {home.hub.starts} times, edge {edge.starts} times; "
            "observations of meters {}, streams {}, wire {}; alerts {}, and {} of history".format(*counts)
        )
