"""From readings to sealed batches. Pure: time (monotonic, microseconds) is an argument.

- An implausible value (`devices.nomenclature`) is kept and flagged; one that is no number, or of an unknown metric, is
  refused and counted.
- Times increase strictly within (sensor, metric): a tie, or a time that went back, becomes the last one + 1 us. Records
  that a sensor had stored keep their own time: it is part of their identity.
- A batch is due 1 s after its first reading, and at once when a value is outside a limit in force or a sensor's state
  changed. What is urgent never waits for the second to be over.
- An event (a nurse call, a rhythm) is urgent, and kept whatever has to go: the spool drops a second copy by its identity.
- A batch is bounded, so that its envelope stays below the wire's largest message whatever a sensor pours out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from devices.clock import SECOND
from devices.limits import Limit
from devices.measurement import Event, Measurement, Reading, Waveform
from devices.nomenclature import METRICS
from devices.quality import UNFIT, Quality
from devices.wire.messages import (
    EventNote,
    Loss,
    Observation,
    StatusChange,
    Verdict,
    WaveformBlock,
    event_note,
    observation,
    status_change,
    waveform_block,
)
from edge.counters import Counters

INTERVAL = SECOND
"Age at which a batch is sealed: one message a second carries about nine times what single ones do."

MAX_OBSERVATIONS = 600
MAX_STATUSES = 50
MAX_EVENTS = 50
MAX_VERDICTS = 50
MAX_SAMPLES = 32_768
"""Bounds of one batch. 600 observations (at most 170 octets each) + 50 statuses (820) + 50 events (900) + 50 verdicts (600) + the samples in
base64 (2.7 each) make 308 kB, below `devices.wire.seal.MAX_MESSAGE`."""

BLOCK_SAMPLES = 4_096
"A longer waveform is cut into blocks, so that what has to go when the disk is full goes in small pieces."

MAX_DETAIL = 120
"Characters of a status' detail: a driver's text may quote what a sensor sent."

MAX_IDENTITY = 64
"Characters of an event's identity."

_INT16 = range(-32_768, 32_768)


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of a batch is never dropped; the form in which it lies on disk."""

    observations: tuple[Observation, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    losses: tuple[Loss, ...] = ()
    events: tuple[EventNote, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """About one second of readings."""

    content: Content
    waveforms: tuple[WaveformBlock, ...] = ()
    alarms: bytes = b""
    "Where the room's own judgement stands after it (`edge.alarms`), if that changed; written in the same transaction."


class Pipeline:
    """Collects readings and says when a batch is due."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._limits: dict[str, list[Limit]] = {}
        self._last: dict[tuple[str, str], int] = {}
        self._observations: list[Observation] = []
        self._waveforms: list[Waveform] = []
        self._statuses: list[StatusChange] = []
        self._events: list[EventNote] = []
        self._verdicts: dict[tuple[str, str, int | str], Verdict] = {}
        self._since: int | None = None
        self.urgent = False
        "Something collected must not wait."

    def set_limits(self, limits: Iterable[Limit]) -> None:
        """Replace the limits in force."""
        self._limits = {}
        for limit in limits:
            self._limits.setdefault(limit.metric, []).append(limit)

    def add(self, reading: Reading, now: int) -> tuple[Reading, ...]:
        """Collect one reading; return it as it was kept, in pieces if it was long, or nothing if it was refused."""
        kept: tuple[Reading, ...]
        match reading:
            case Measurement():
                kept = self._measurement(reading)
            case Waveform():
                kept = self._waveform(reading)
            case Event():
                kept = self._event(reading)
            case _:
                bounded = replace(reading, detail=reading.detail[:MAX_DETAIL])
                self._statuses.append(status_change(bounded))
                self.urgent = True
                kept = (bounded,)
        if kept and self._since is None:
            self._since = now
        return kept

    def tell(self, verdict: Verdict, now: int) -> None:
        """Collect a verdict; of one occurrence the newest is told, which says everything that the earlier ones did."""
        occurrence = verdict.event or verdict.onset
        self._verdicts[(verdict.limit, verdict.sensor if verdict.event else "", occurrence)] = verdict
        self.urgent = True
        if self._since is None:
            self._since = now

    def due(self) -> int | None:
        """Return the monotonic time at which a batch is due, `None` while nothing was collected."""
        if self._since is None:
            return None
        return self._since if self.urgent or self._full() else self._since + INTERVAL

    def take(self, now: int) -> Batch | None:
        """Return a batch of the oldest that was collected; what exceeds its bounds stays and is due at once."""
        if self._since is None:
            return None
        observations = tuple(self._observations[:MAX_OBSERVATIONS])
        statuses = tuple(self._statuses[:MAX_STATUSES])
        events = tuple(self._events[:MAX_EVENTS])
        count, samples = 0, 0
        for waveform in self._waveforms:
            samples += len(waveform.samples)
            if samples > MAX_SAMPLES:
                break
            count += 1
        waveforms = tuple(waveform_block(waveform) for waveform in self._waveforms[:count])
        del self._observations[:MAX_OBSERVATIONS], self._statuses[:MAX_STATUSES], self._waveforms[:count]
        del self._events[:MAX_EVENTS]
        verdicts = tuple(self._verdicts.pop(key) for key in list(self._verdicts)[:MAX_VERDICTS])
        self.urgent = bool(
            self._observations or self._statuses or self._waveforms or self._events or self._verdicts
        )
        self._since = now if self.urgent else None
        return Batch(Content(observations, statuses, events=events, verdicts=verdicts), waveforms)

    def _full(self) -> bool:
        return (
            len(self._observations) >= MAX_OBSERVATIONS
            or len(self._statuses) >= MAX_STATUSES
            or len(self._events) >= MAX_EVENTS
            or len(self._verdicts) >= MAX_VERDICTS
            or sum(len(waveform.samples) for waveform in self._waveforms) >= MAX_SAMPLES - BLOCK_SAMPLES
        )

    def _measurement(self, reading: Measurement) -> tuple[Measurement, ...]:
        row = METRICS.get(reading.metric)
        if row is None or not math.isfinite(reading.value):
            self._counters.add("reading_unknown_metric" if row is None else "reading_not_a_number")
            return ()
        low, high = row.plausible
        if not low <= reading.value <= high:
            self._counters.add("reading_implausible")
            reading = replace(reading, flags=reading.flags | Quality.IMPLAUSIBLE)
        if not reading.stored:
            reading = replace(reading, time=self._after(reading.sensor, reading.metric, reading.time))
        self._observations.append(observation(reading))
        if not reading.flags & UNFIT:
            limits = self._limits.get(reading.metric, ())
            self.urgent = self.urgent or any(limit.outside(reading.value) for limit in limits)
        return (reading,)

    def _event(self, reading: Event) -> tuple[Event, ...]:
        if not 0 < len(reading.identity) <= MAX_IDENTITY:
            self._counters.add("event_malformed")
            return ()
        bounded = replace(reading, detail=reading.detail[:MAX_DETAIL])
        if bounded.value is not None and not math.isfinite(bounded.value):
            self._counters.add("event_malformed")
            bounded = replace(bounded, value=None)
        self._events.append(event_note(bounded))
        self.urgent = True
        return (bounded,)

    def _waveform(self, reading: Waveform) -> tuple[Waveform, ...]:
        if reading.metric not in METRICS or not math.isfinite(reading.rate) or reading.rate <= 0:
            self._counters.add("waveform_malformed")
            return ()
        if any(sample not in _INT16 for sample in reading.samples) or not math.isfinite(reading.scale):
            self._counters.add("waveform_malformed")
            return ()
        pieces = []
        for start in range(0, len(reading.samples), BLOCK_SAMPLES):
            time = reading.time + round(start * SECOND / reading.rate)
            time = self._after(reading.sensor, reading.metric, time)
            samples = reading.samples[start : start + BLOCK_SAMPLES]
            pieces.append(replace(reading, time=time, samples=samples))
        self._waveforms.extend(pieces)
        return tuple(pieces)

    def _after(self, sensor: str, metric: str, time: int) -> int:
        key = (sensor, metric)
        last = self._last.get(key)
        if last is not None and time <= last:
            time = last + 1
        self._last[key] = time
        return time
