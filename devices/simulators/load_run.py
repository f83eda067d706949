"""A whole load: edges shared among worker processes, their reports put together."""

from __future__ import annotations

import asyncio
import multiprocessing
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import msgspec

from devices.clock import SECOND, SystemClock
from devices.errors import VeilleuseError
from devices.simulators.load_worker import EdgeSpec, Worker, WorkerReport, WorkerSpec
from devices.simulators.physiology import Patient
from devices.wire.messages import MAX_OBSERVATIONS, Observation

METRICS = ("heart_rate", "spo2", "perfusion_index", "respiration_rate", "systolic", "diastolic")
"What every virtual resident is measured for."

WINDOW = 16
"Unacknowledged envelopes of one lane at a normal pace."

FLOOD_WINDOW = 64
"The same in a flood."

DRAIN = 60.0
"Seconds that a run waits for the last acknowledgements, if nothing else is said."


class LoadError(VeilleuseError):
    """A load could not be run to its end."""


@dataclass(frozen=True, slots=True)
class Target:
    """A hub that knows these edges."""

    host: str
    port: int
    edges: tuple[EdgeSpec, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What to send."""

    rate: float
    "Observations per metric, resident and second."
    seconds: float
    processes: int = 2
    flood: bool = False
    drain: float = DRAIN
    "Seconds to wait for the last acknowledgements."

    @property
    def period(self) -> float:
        """Seconds between two envelopes of one edge: one, or as long as one observation takes."""
        return max(1.0, 1.0 / self.rate)

    @property
    def samples(self) -> int:
        """Observations of each metric in one envelope."""
        return max(1, min(round(self.rate * self.period), MAX_OBSERVATIONS // len(METRICS)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all workers saw together."""

    edges: int
    sent: int
    acknowledged: int
    resent: int
    refused: int
    unacknowledged: int
    observations_sent: int
    observations_acknowledged: int
    connections: int
    refused_connections: int
    seconds: float
    "From the first envelope to the last acknowledgement, the slowest worker's."
    worst_lag: float
    "Seconds by which the generator itself was late at worst."
    latencies: tuple[float, ...]
    "Seconds, sorted; thinned evenly when there are many."

    @property
    def rate(self) -> float:
        """Observations made durable per second."""
        return self.observations_acknowledged / self.seconds if self.seconds else 0.0

    def latency(self, fraction: float) -> float | None:
        """Return the latency that `fraction` of the envelopes did not exceed, seconds."""
        if not self.latencies:
            return None
        return self.latencies[min(len(self.latencies) - 1, int(fraction * len(self.latencies)))]


def source(edge: EdgeSpec) -> Callable[[int, int], tuple[Observation, ...]]:
    """Return the readings of one edge: a seeded patient, asked at the time of each sample."""
    patient = Patient(edge.seed)

    def readings(time: int, samples: int) -> tuple[Observation, ...]:
        found: list[Observation] = []
        for number in range(samples):
            at = time + number * SECOND // samples
            vitals = patient.vitals(at / SECOND)
            values = (
                round(vitals.heart_rate),
                round(vitals.spo2),
                round(vitals.perfusion, 2),
                round(vitals.respiration_rate),
                round(vitals.systolic),
                round(vitals.diastolic),
            )
            found += [
                Observation("load", metric, at, float(value))
                for metric, value in zip(METRICS, values, strict=True)
            ]
        return tuple(found)

    return readings


def specs(target: Target, load: Load) -> list[WorkerSpec]:
    """Share the edges among the processes."""
    count = max(1, min(load.processes, len(target.edges)))
    spool = uuid.uuid4().hex
    return [
        WorkerSpec(
            host=target.host,
            port=target.port,
            edges=target.edges[number::count],
            seconds=load.seconds,
            period=load.period,
            samples=load.samples,
            window=FLOOD_WINDOW if load.flood else WINDOW,
            flood=load.flood,
            drain=load.drain,
            spool=spool,
        )
        for number in range(count)
    ]


def work(spec: bytes, results: Connection) -> None:
    """Run one worker in its own process."""
    worker = Worker(msgspec.json.decode(spec, type=WorkerSpec), SystemClock(), source)
    report = asyncio.run(worker.run())
    results.send_bytes(msgspec.json.encode(report))
    results.close()


def run(target: Target, load: Load) -> Outcome:
    """Send a load and wait until the hub has it.

    Raises:
        LoadError: a worker process ended early.
    """
    # A fresh interpreter for each: a fork would copy whatever threads this process has.
    context = multiprocessing.get_context("spawn")
    running = []
    for spec in specs(target, load):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(msgspec.json.encode(spec), sender), daemon=True)
        process.start()
        sender.close()
        running.append((process, receiver))
    reports = []
    for process, receiver in running:
        try:
            reports.append(msgspec.json.decode(receiver.recv_bytes(), type=WorkerReport))
        except EOFError:
            raise LoadError(f"load worker {process.name} ended without a report") from None
        process.join()
    return outcome(reports, len(target.edges))


def outcome(reports: Sequence[WorkerReport], edges: int) -> Outcome:
    """Put reports together."""
    return Outcome(
        edges=edges,
        sent=sum(report.sent for report in reports),
        acknowledged=sum(report.acknowledged for report in reports),
        resent=sum(report.resent for report in reports),
        refused=sum(report.refused for report in reports),
        unacknowledged=sum(report.unacknowledged for report in reports),
        observations_sent=sum(report.observations_sent for report in reports),
        observations_acknowledged=sum(report.observations_acknowledged for report in reports),
        connections=sum(report.connections for report in reports),
        refused_connections=sum(report.refused_connections for report in reports),
        seconds=max((report.sending + report.draining for report in reports), default=0) / SECOND,
        worst_lag=max((report.worst_lag for report in reports), default=0) / SECOND,
        latencies=tuple(sorted(value / SECOND for report in reports for value in report.latencies)),
    )
