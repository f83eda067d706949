"""Observations/s made durable by one hub process, beside a bare paho subscriber that throws everything away.

Both consume the same pre-sealed envelopes, of the same sizes, published at QoS 1, from the same broker, in alternating rounds
of one run. The bare subscriber runs twice: subscribed at QoS 0, as the hub is (its edges' own acknowledgement stands above the
broker's), and at QoS 1, as a subscriber must be that has nothing else to keep it from losing messages. A round is: the publisher sends everything as fast as the broker takes it; the clock stops when the consumer has had the
last message - for the hub, when its acknowledgement of the last envelope has come back, which it sends after the commit. The
bare subscriber's rounds use a branch of topics to which the hub does not listen.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

from devices.clock import SystemClock
from hub import provisioning
from tests.benchmarks.bare import Report
from tests.benchmarks.figures import Figure, median, spread
from tests.benchmarks.flood import FloodEdge, FloodReport, FloodSpec
from tests.benchmarks.memory import Memory
from tests.integration.broker import TestBroker
from tests.integration.home import Home, RoomPlan

EDGES = 8
ENVELOPES = 2_000
"Of each edge and round."
ROUNDS = 5
SIZES = (6, 20)
"Observations in an envelope: one resident's six metrics; and what a room with many sensors sends."
HEADROOM = 1.5
"How much faster than its consumer the publisher must be; otherwise it, not the consumer, was measured."
BENCH = "bench"
"The bare subscriber's MQTT user."


@dataclass
class Rounds:
    """What one consumer did."""

    rates: list[float] = field(default_factory=list)
    "Envelopes a second."
    published: list[float] = field(default_factory=list)
    "Envelopes a second that the publisher managed in the same rounds."
    cpu: list[float] = field(default_factory=list)
    "CPU microseconds of the consumer for each envelope."
    broker_cpu: list[float] = field(default_factory=list)
    resent: int = 0
    message_bytes: int = 0


class Consumer:
    """Runs rounds against one broker."""

    def __init__(self, home: Home, broker: TestBroker, observations: int) -> None:
        self.home, self.broker, self.observations = home, broker, observations
        self.hub = Rounds()
        self.bare = {qos: Rounds() for qos in (0, 1)}

    def spec(self, version: str, spool: str, *, acknowledged: bool) -> FloodSpec:
        edges = []
        for room in self.home.rooms:
            secret, password = self.home.keys[room.edge].split()
            edges.append(FloodEdge(room.edge, secret, password))
        return FloodSpec(
            host="127.0.0.1",
            port=self.broker.port,
            edges=tuple(edges),
            envelopes=ENVELOPES,
            observations=self.observations,
            spool=spool,
            newest=SystemClock().utc(),
            version=version,
            acknowledged=acknowledged,
        )

    def round_of_hub(self, number: int) -> None:
        process = psutil.Process(self.home.hub.pid)
        flood = Publisher(self.spec("1", f"flood-{self.observations}-{number}", acknowledged=True))
        before, broker = cpu(process), self.broker.cpu()
        report = flood.run()
        if report.acknowledged != report.envelopes:
            raise RuntimeError(f"the hub acknowledged {report.acknowledged} of {report.envelopes} envelopes")
        self.hub.cpu.append((cpu(process) - before) / report.envelopes * 1e6)
        self._keep(self.hub, report, report.finished, self.broker.cpu() - broker)

    def round_of_bare(self, number: int, qos: int) -> None:
        count = len(self.home.rooms) * ENVELOPES
        arguments = [
            "127.0.0.1",
            str(self.broker.port),
            BENCH,
            BENCH,
            "veilleuse/0/+/up/#",
            str(count),
            str(qos),
        ]
        with subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.bare", *arguments], stdout=subprocess.PIPE, text=True
        ) as bare:
            assert bare.stdout is not None
            if bare.stdout.readline() != "ready\n":
                raise RuntimeError("the bare subscriber did not start")
            flood = Publisher(self.spec("0", f"bare-{qos}-{number}", acknowledged=False))
            broker = self.broker.cpu()
            published = flood.run()
            report = msgspec.json.decode(bare.stdout.readline(), type=Report)
        self.bare[qos].cpu.append(report.cpu / count * 1e6)
        self._keep(self.bare[qos], published, report.last, self.broker.cpu() - broker)

    def _keep(self, rounds: Rounds, report: FloodReport, finished: float, broker: float) -> None:
        rounds.rates.append(report.envelopes / (finished - report.started))
        rounds.published.append(report.envelopes / (report.published - report.started))
        rounds.broker_cpu.append(broker / report.envelopes * 1e6)
        rounds.resent += report.resent
        rounds.message_bytes = report.message_bytes


class Publisher:
    """The flood in a process of its own; everything is sealed before `run`."""

    def __init__(self, spec: FloodSpec) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.flood"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(msgspec.json.encode(spec).decode())
        if self._hear() != "ready":
            raise RuntimeError("the publisher did not start")

    def run(self) -> FloodReport:
        self._say("go")
        report = msgspec.json.decode(self._hear(), type=FloodReport)
        self._process.communicate(timeout=10)
        return report

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def cpu(process: psutil.Process) -> float:
    """Return CPU seconds so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def run() -> list[Figure]:
    """Measure."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="veilleuse-bench-") as folder:
        broker = TestBroker(Path(folder) / "broker", bare=True)
        with Home(
            Path(folder), [RoomPlan(number) for number in range(1, EDGES + 1)], broker_port=broker.port
        ) as home:
            keys = provisioning.read_secrets(home.data)
            users = {room.edge: home.keys[room.edge].split()[1] for room in home.rooms}
            broker.start(users | {"hub": keys.mqtt_password, BENCH: BENCH})
            try:
                home.start_hub()
                for size in SIZES:
                    figures += compare(home, broker, size)
            finally:
                home.stop()
                broker.stop()
    return figures


def compare(home: Home, broker: TestBroker, observations: int) -> list[Figure]:
    """Run alternating rounds for one size of envelope."""
    consumer, memory = Consumer(home, broker, observations), Memory(home.hub.pid)
    for number in range(ROUNDS):
        consumer.round_of_hub(number)
        time.sleep(0.5)
        for qos in consumer.bare:
            consumer.round_of_bare(number, qos)
            time.sleep(0.5)
    peak = memory.stop()
    return figures_of(consumer, peak)


def figures_of(consumer: Consumer, peak: float) -> list[Figure]:
    """Put the rounds into figures."""
    hub, size = consumer.hub, consumer.observations
    label = f"{size} obs/envelope"
    durable = [rate * size for rate in hub.rates]
    figures = [
        Figure(
            f"made durable, {label}",
            median(durable),
            "observations/s",
            note=f"{spread(durable)}; {hub.message_bytes} B; hub {median(hub.cpu):.0f} us CPU each, {peak:.0f} MB at most, "
            f"broker {median(hub.broker_cpu):.0f} us; {hub.resent} re-sent",
            rounds=durable,
        ),
        Figure(
            f"hub, {label}",
            median(hub.rates),
            "messages/s",
            note=f"{spread(hub.rates)}; publisher {median(hub.published):,.0f}",
            rounds=hub.rates,
        ),
    ]
    for qos, bare in consumer.bare.items():
        figures += compared(hub, bare, f"QoS {qos}, {label}", aimed=size == SIZES[0])
    return figures


def compared(hub: Rounds, bare: Rounds, label: str, *, aimed: bool) -> list[Figure]:
    """Put the hub beside one bare subscriber; without a ratio where the publisher was the bottleneck."""
    slow = [
        name
        for name, rounds in (("hub", hub), ("bare subscriber", bare))
        if median(rounds.published) < HEADROOM * median(rounds.rates)
    ]
    ratio = None if slow else median(hub.rates) / median(bare.rates)
    note = f"ratio of medians of {ROUNDS} alternating rounds; by processor time "
    note += f"{100 * median(bare.cpu) / median(hub.cpu):.0f} %"
    if slow:
        note = (
            f"not given: the publisher was less than {HEADROOM} times as fast as the {' and the '.join(slow)}"
        )
    return [
        Figure(
            f"bare subscriber, {label}",
            median(bare.rates),
            "messages/s",
            note=f"{spread(bare.rates)}; {median(bare.cpu):.0f} us CPU each, broker {median(bare.broker_cpu):.0f} us; "
            f"publisher {median(bare.published):,.0f}",
            rounds=bare.rates,
        ),
        Figure(
            f"hub beside bare, {label}",
            None if ratio is None else 100 * ratio,
            "%",
            aim="at least 50 %" if aimed else "",
            met=None if ratio is None or not aimed else ratio >= 0.5,
            note=note,
        ),
    ]
