"""What the curves that pass mean: rate, rhythm, breathing, oxygen and how good the signal is. Pure.

- One processor for each curve (`ecg`, `pleth`, the pair `ppg_red` and `ppg_infrared`) of each sensor. Nothing that was measured is changed;
  what is found is said in the same sensor's name.
- A metric that the sensor itself has ever told is not told a second time.
- Samples lost between two blocks, up to `BRIDGED`, and blocks without contact are missing samples: no interval is taken across them.
  A longer gap, a step of the clock or another rate begins anew, and says nothing before the signal was good for ten seconds again.
- `respiration_rate` and `spo2` found here are flagged questionable: one has limits of agreement of 5 per minute and must not count for
  NEWS2, the other is not calibrated.
- An event is told once, when it is certain, with the time at which it began as its identity.
- What cannot be analysed is counted (`waveform_not_analysed`); recording goes on.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from devices.clock import SECOND
from devices.errors import VeilleuseError
from devices.measurement import Event, EventKind, Measurement, Reading, Waveform
from devices.quality import NO_DOUBT, Quality
from devices.signal.ecg import EcgMonitor, Verdict
from devices.signal.filters import Samples
from devices.signal.oximetry import Oximeter, Oxygen
from devices.signal.ppg import PulseMonitor, PulseVerdict
from devices.signal.quality import GOOD, WINDOW
from devices.signal.respiration import SPREAD
from devices.signal.rhythm import Finding, Kind
from edge.counters import Counters
from edge.timekeeping import is_unplaced

BRIDGED = 5.0
"Seconds of samples that may be lost without beginning anew."

JITTER = 0.25
"Seconds by which a block may be early or late without anything being lost: radio and operating system."

QUALITY_EVERY = 5
"Seconds between two values of the signal's quality; a change between good and not good is told at once."

STREAMS = 64
"Curves that are followed; a room has a few. The bound is against a sensor that changes its name."

_MISSING = Quality.PROBE_OFF | Quality.HELD
_PASSED_ON = Quality.MOTION | Quality.LOW_PERFUSION | Quality.LOW_BATTERY
_DERIVED = frozenset(
    {
        "heart_rate",
        "pulse_rate",
        "respiration_rate",
        "spo2",
        "perfusion_index",
        "af_probability",
        "signal_quality",
    }
)
_EVENTS = {
    Kind.PAUSE: EventKind.PAUSE,
    Kind.ASYSTOLE: EventKind.PAUSE,
    Kind.SLOW: EventKind.BRADYCARDIA,
    Kind.FAST: EventKind.TACHYCARDIA,
    Kind.FIBRILLATION: EventKind.ATRIAL_FIBRILLATION,
}
_SCALES = (1e-9, 1e9)


class Analysis:
    """Looks at every reading that is recorded."""

    def __init__(self, counters: Counters, boot: str) -> None:
        """Begin with nothing known.

        Args:
            counters: for what cannot be analysed.
            boot: identity of the machine's boot, for events whose time is not UTC yet.
        """
        self._counters = counters
        self._boot = boot
        self._streams: dict[tuple[str, str], _Stream] = {}
        self._own: set[tuple[str, str]] = set()
        self._waiting: dict[str, Waveform] = {}
        self._breaths: dict[str, dict[str, tuple[int, float]]] = {}

    def take(self, reading: Reading) -> list[Reading]:
        """Return what follows from a reading, mostly nothing."""
        try:
            match reading:
                case Measurement(metric=metric) if metric in _DERIVED:
                    self._own.add((reading.sensor, metric))
                case Waveform(metric="ecg" | "pleth") if reading.samples:
                    return self._waveform(reading, reading.metric, (reading,))
                case Waveform(metric="ppg_red") if reading.samples:
                    self._waiting[reading.sensor] = reading
                case Waveform(metric="ppg_infrared") if reading.samples:
                    red = self._waiting.pop(reading.sensor, None)
                    if red is not None and _paired(red, reading):
                        return self._waveform(reading, "ppg", (red, reading))
        except VeilleuseError:
            self._counters.add("waveform_not_analysed")
        return []

    def _waveform(self, block: Waveform, kind: str, lights: tuple[Waveform, ...]) -> list[Reading]:
        if not all(_SCALES[0] <= abs(light.scale) <= _SCALES[1] for light in lights):
            self._counters.add("waveform_not_analysed")
            return []
        key = (block.sensor, kind)
        stream = self._streams.get(key)
        if stream is None or not stream.continues(block):
            if stream is None and len(self._streams) >= STREAMS:
                self._counters.add("waveform_not_analysed")
                return []
            stream = self._streams[key] = _Stream(block.rate, _processor(kind, block.rate))
        found = stream.feed(block, tuple(_values(light) for light in lights))
        return [reading for told in found for reading in self._said(block.sensor, kind, told, stream)]

    def _said(self, sensor: str, kind: str, told: _Told, stream: _Stream) -> Iterator[Reading]:
        time = stream.time(told.sample)
        if told.metric == "signal_quality" and kind != self._judged(sensor):
            return
        if told.finding is not None:
            yield self._event(sensor, told.finding, stream.time(told.finding.sample))
        elif (sensor, told.metric) in self._own:
            return
        elif told.metric == "respiration_rate":
            rate = self._breath(sensor, kind, time, told.value)
            if rate is not None:
                yield Measurement(sensor, told.metric, round(rate, 1), time, told.flags)
        else:
            yield Measurement(sensor, told.metric, round(told.value, told.digits), time, told.flags)

    def _judged(self, sensor: str) -> str:
        """Return the curve whose quality is told where a sensor has several."""
        return next(kind for kind in ("ecg", "pleth", "ppg") if (sensor, kind) in self._streams)

    def _breath(self, sensor: str, kind: str, time: int, rate: float) -> float | None:
        """Fuse the breathing found in several curves of one sensor; `None` where they disagree."""
        breaths = self._breaths.setdefault(sensor, {})
        breaths[kind] = (time, rate)
        recent = [each for at, each in breaths.values() if abs(time - at) <= 15 * SECOND]
        return sum(recent) / len(recent) if max(recent) - min(recent) <= SPREAD else None

    def _event(self, sensor: str, finding: Finding, time: int) -> Event:
        began = f"{self._boot}-{time}" if is_unplaced(time) else str(time)
        detail = f"{finding.kind} found in the ecg"
        value = round(finding.value, 2)
        return Event(sensor, _EVENTS[finding.kind], time, f"{finding.kind}-{began}"[-64:], value, detail)


@dataclass(frozen=True, slots=True)
class _Told:
    """Something found, before it has a time."""

    sample: int
    metric: str = ""
    value: float = math.nan
    digits: int = 0
    flags: Quality = NO_DOUBT
    finding: Finding | None = None


@dataclass(slots=True)
class _QualityPace:
    """Tells the quality now and then."""

    told: float | None = None
    since: int = 0

    def due(self, quality: float) -> bool:
        self.since += 1
        if self.told is None and self.since < WINDOW:
            # The ten seconds that are judged are not full yet.
            return False
        changed = self.told is None or (quality >= GOOD) != (self.told >= GOOD)
        if not changed and self.since < QUALITY_EVERY:
            return False
        self.told, self.since = quality, 0
        return True


class _EcgProcessor:
    def __init__(self, rate: float) -> None:
        self._monitor = EcgMonitor(rate)
        self._pace = _QualityPace()

    def feed(self, lights: tuple[Samples, ...]) -> Iterator[_Told]:
        for verdict in self._monitor.feed(lights[0]):
            yield from self._told(verdict)

    def _told(self, verdict: Verdict) -> Iterator[_Told]:
        at = verdict.sample
        if self._pace.due(verdict.quality):
            yield _Told(at, "signal_quality", verdict.quality, 2)
        if verdict.heart_rate is not None:
            yield _Told(at, "heart_rate", verdict.heart_rate)
        if verdict.rhythm is not None:
            yield _Told(at, "af_probability", verdict.rhythm.probability, 3)
        if verdict.respiration is not None:
            yield _Told(at, "respiration_rate", verdict.respiration.rate, 1, Quality.QUESTIONABLE)
        for finding in verdict.findings:
            yield _Told(at, finding=finding)


class _PulseProcessor:
    def __init__(self, rate: float) -> None:
        self._monitor = PulseMonitor(rate)
        self._pace = _QualityPace()
        self.good = False

    def feed(self, lights: tuple[Samples, ...]) -> Iterator[_Told]:
        for verdict in self._monitor.feed(lights[0]):
            self.good = verdict.quality >= GOOD
            yield from self._told(verdict)

    def _told(self, verdict: PulseVerdict) -> Iterator[_Told]:
        at = verdict.sample
        if self._pace.due(verdict.quality):
            yield _Told(at, "signal_quality", verdict.quality, 2)
        if verdict.pulse_rate is not None:
            yield _Told(at, "pulse_rate", verdict.pulse_rate)
        if verdict.respiration is not None:
            yield _Told(at, "respiration_rate", verdict.respiration.rate, 1, Quality.QUESTIONABLE)


class _OximeterProcessor:
    """Red and infra-red light: less light comes back when blood comes in, so the pulse is upside down."""

    def __init__(self, rate: float) -> None:
        self._pulse = _PulseProcessor(rate)
        self._oximeter = Oximeter(rate)

    def feed(self, lights: tuple[Samples, ...]) -> Iterator[_Told]:
        red, infrared = lights
        yield from self._pulse.feed((-infrared,))
        for oxygen in self._oximeter.feed(red, infrared):
            yield from self._told(oxygen)

    def _told(self, oxygen: Oxygen) -> Iterator[_Told]:
        if not self._pulse.good:
            return
        yield _Told(oxygen.sample, "perfusion_index", oxygen.perfusion, 2, Quality.QUESTIONABLE)
        if oxygen.saturation is not None:
            yield _Told(oxygen.sample, "spo2", oxygen.saturation, 0, Quality.QUESTIONABLE)


_Processor = _EcgProcessor | _PulseProcessor | _OximeterProcessor


@dataclass(slots=True)
class _Stream:
    """One curve since it last began anew."""

    rate: float
    processor: _Processor
    fed: int = 0
    due: int | None = None
    "When the next block's first sample is expected."
    anchors: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=2000))
    "First sample and time of the blocks of some minutes."

    def continues(self, block: Waveform) -> bool:
        """Tell whether a block follows the last one, with at most `BRIDGED` lost between them."""
        if block.rate != self.rate:
            return False
        return self.due is None or -JITTER <= (block.time - self.due) / SECOND <= BRIDGED

    def feed(self, block: Waveform, lights: tuple[Samples, ...]) -> list[_Told]:
        """Take a block that continues, return what was found."""
        told: list[_Told] = []
        lost = 0 if self.due is None else (block.time - self.due) / SECOND
        if lost > JITTER:
            gap = np.full(round(lost * self.rate), np.nan)
            told.extend(self.processor.feed(tuple(gap for _ in lights)))
            self.fed += gap.size
        self.anchors.append((self.fed, block.time))
        told.extend(self.processor.feed(lights))
        self.fed += len(block.samples)
        self.due = block.time + round(len(block.samples) * SECOND / self.rate)
        doubts = block.flags & _PASSED_ON
        return [_Told(e.sample, e.metric, e.value, e.digits, e.flags | doubts, e.finding) for e in told]

    def time(self, sample: int) -> int:
        """Return when a sample was measured."""
        place = max(0, bisect_right(self.anchors, sample, key=lambda anchor: anchor[0]) - 1)
        first, time = self.anchors[place]
        return time + round((sample - first) * SECOND / self.rate)


def _processor(kind: str, rate: float) -> _Processor:
    makers: dict[str, type[_Processor]] = {
        "ecg": _EcgProcessor,
        "pleth": _PulseProcessor,
        "ppg": _OximeterProcessor,
    }
    return makers[kind](rate)


def _paired(red: Waveform, infrared: Waveform) -> bool:
    apart = abs(red.time - infrared.time)
    same = (red.rate, len(red.samples)) == (infrared.rate, len(infrared.samples))
    # A tie is moved by a microsecond for each metric on its own.
    return same and apart <= SECOND // 1000


def _values(block: Waveform) -> Samples:
    if block.flags & _MISSING:
        return np.full(len(block.samples), np.nan)
    return np.asarray(block.samples, dtype=np.float64) * block.scale
