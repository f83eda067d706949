"""R-peaks and fibrillation on the MIT-BIH records beside the checkout, with neurokit2 on the same records in the same run.

Beats: every beat annotation of every record, matched within 150 ms, one to one, nearest first; from the first second on, and once more as EC57
scores (without the first five minutes and the paced records). Ours is streamed in blocks of one second through everything that an edge does with an
ECG; neurokit2 gets each record whole. Fibrillation: 60 s windows of one annotated rhythm, each analysed alone, beats found by the
detector under test. No program fitted our numbers, but the scales of the fibrillation verdict were chosen after
seeing where these windows lie. For neurokit2, which has no such verdict, windows are ranked by its RMSSD over mean interval.

`python -m tests.benchmarks.signal --plateau` moves each number of the detector by about a fifth and prints what that does.
"""

from __future__ import annotations

import dataclasses
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import neurokit2
import numpy as np
from rich.console import Console
from rich.table import Table

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Waveform
from devices.signal import recordings
from devices.signal.ecg import EcgMonitor
from devices.signal.peaks import QRS, PeakDetector, Tuning
from edge.analysis import Analysis
from edge.counters import Counters
from tests.benchmarks.figures import Figure, at_least
from tests.devices.signal.hearts import ecg, pleth, regular
from tests.devices.signal.records import LEARNING, PACED, Record, Score, area, gross, index, records, score

CASES = Path(__file__).parents[3] / "shared" / "cases"

AIM = 99.5
AIM_AREA = 0.97
AIM_SPEED = 500.0

LOAD = 600
"Simulated seconds of the edge's load."


def run() -> list[Figure]:
    if not CASES.is_dir():
        raise FileNotFoundError(f"{CASES} is missing")
    every = list(records(CASES))
    ours, our_speed = _detected(every, _ours)
    theirs, their_speed = _detected(every, _neurokit)
    _print(every, ours, theirs)
    late, load = _latency(every), _edge()
    return [
        *_beats(every, "", ours, aim=True),
        *_beats(every, "neurokit2: ", theirs, aim=False),
        Figure("latency, worst", late, "s", "<= 1", late <= 1.0, "blocks of one sample"),
        *_fibrillation(every),
        Figure(
            "speed",
            our_speed,
            "times real time",
            f">= {AIM_SPEED:.0f}",
            at_least(our_speed, AIM_SPEED),
            "one core, processor time, blocks of 1 s, quality, rhythm and breathing included",
        ),
        Figure("neurokit2: speed", their_speed, "times real time", note="R-peaks alone, whole records"),
        Figure("speed over neurokit2", our_speed / their_speed, "times"),
        Figure("an edge's curves", load, "% of a core", "< 15", load < 15, "2 ECG, 2 pleth, 1 node's lights"),
    ]


def _ours(each: Record) -> list[int]:
    monitor, block = EcgMonitor(each.rate), each.rate
    beats = []
    for start in range(0, each.signal.size, block):
        for verdict in monitor.feed(each.signal[start : start + block]):
            beats += verdict.beats
    return [beat.sample for beat in (*beats, *monitor.finish())]


def _neurokit(each: Record) -> list[int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clean = neurokit2.ecg_clean(each.signal, sampling_rate=each.rate)
        _, found = neurokit2.ecg_peaks(clean, sampling_rate=each.rate)
    return [int(peak) for peak in found["ECG_R_Peaks"]]


def _detected(every: list[Record], detect: Callable[[Record], list[int]]) -> tuple[list[list[int]], float]:
    began = time.process_time()
    peaks = [detect(each) for each in every]
    spent = time.process_time() - began
    return peaks, sum(each.signal.size / each.rate for each in every) / spent


def _beats(every: list[Record], prefix: str, peaks: list[list[int]], *, aim: bool) -> list[Figure]:
    pairs = list(zip(every, peaks, strict=True))
    whole = gross([score(each.beats, found, each.rate) for each, found in pairs])
    later = gross(
        [score(each.beats, found, each.rate, LEARNING) for each, found in pairs if each.id not in PACED]
    )
    out = []
    for name, value in (("sensitivity", whole.sensitivity), ("positive predictivity", whole.predictivity)):
        met = at_least(value, AIM) if aim else None
        note = f"{whole.hit} hit, {whole.missed} missed, {whole.false} false; 150 ms, all {len(pairs)} records, whole"
        out.append(Figure(f"{prefix}{name}", value, "%", f">= {AIM}" if aim else "", met, note))
    out.append(
        Figure(f"{prefix}sensitivity, as EC57", later.sensitivity, "%", note="after 5 min, none paced")
    )
    out.append(
        Figure(f"{prefix}predictivity, as EC57", later.predictivity, "%", note="after 5 min, none paced")
    )
    out.append(
        Figure(f"{prefix}distance from annotation", 1000 * whole.jitter, "ms", note="mean of the hits")
    )
    return out


def _print(every: list[Record], ours: list[list[int]], theirs: list[list[int]]) -> None:
    table = Table(title="record by record, 150 ms, whole records", title_justify="left")
    for heading in ("record", "beats", "missed", "false", "Se %", "PPV %", "neurokit2 Se %", "PPV %"):
        table.add_column(heading, justify="right")
    for each, mine, other in zip(every, ours, theirs, strict=True):
        a, b = score(each.beats, mine, each.rate), score(each.beats, other, each.rate)
        table.add_row(
            each.id, str(each.beats.size), *_cells(a), f"{b.sensitivity:.2f}", f"{b.predictivity:.2f}"
        )
    Console(width=120).print(table)


def _cells(a: Score) -> tuple[str, ...]:
    return str(a.missed), str(a.false), f"{a.sensitivity:.2f}", f"{a.predictivity:.2f}"


def _latency(every: list[Record]) -> float:
    """Return the most seconds between an R-peak and the sample with which it was told, over a minute of each record."""
    worst = 0.0
    for each in every:
        detector = PeakDetector(each.rate)
        for place in range(60 * each.rate):
            for beat in detector.feed(each.signal[place : place + 1]):
                worst = max(worst, (place + 1 - beat.sample) / each.rate)
    return worst


def _fibrillation(every: list[Record]) -> list[Figure]:
    by_name = {each.id: each for each in every}
    windows = index(CASES, "index_rhythm60.json")
    truth, flutter, ours, theirs = [], [], [], []
    for window in windows:
        whole = by_name[f"mitdb_{window['record']}"]
        part = whole.signal[window["start"] : window["start"] + window["len"]]
        probability = recordings.ecg(part, whole.rate).fibrillation
        ours.append(-1.0 if probability is None else probability)
        theirs.append(_irregular(Record(whole.id, whole.rate, part, whole.beats)))
        truth.append(bool(window["af"]))
        flutter.append(window["rhythm"] == "AFL")
    value = area(ours, truth)
    people = len({w["record"] for w in windows if w["af"]})
    note = f"{sum(truth)} of {len(windows)} windows, all from {people} record; {sum(v < 0 for v in ours)} withheld, ranked lowest"
    kept = [place for place, is_flutter in enumerate(flutter) if not is_flutter]
    without = area([ours[place] for place in kept], [truth[place] for place in kept])
    return [
        Figure(
            "fibrillation: area under the curve", value, "", f">= {AIM_AREA}", at_least(value, AIM_AREA), note
        ),
        Figure(
            "the same without flutter",
            without,
            "",
            note=f"{sum(flutter)} windows of flutter count as none above",
        ),
        Figure(
            "neurokit2: area under the curve",
            area(theirs, truth),
            "",
            note="its R-peaks, RMSSD over mean interval",
        ),
    ]


def _irregular(part: Record) -> float:
    intervals = np.diff(_neurokit(part)) / part.rate
    if intervals.size < 2:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(intervals) ** 2)) / intervals.mean())


def _edge() -> float:
    """Return the share of a core that the analysis of a busy room's curves takes."""
    curves = [
        ("ecg-1", "ecg", 250.0),
        ("ecg-2", "ecg", 130.0),
        ("oxi-1", "pleth", 75.0),
        ("oxi-2", "pleth", 60.0),
    ]
    curves += [("node", "ppg_red", 100.0), ("node", "ppg_infrared", 100.0)]
    beats = regular(LOAD, 0.8)
    blocks: list[Waveform] = []
    for sensor, metric, rate in curves:
        wave = (
            ecg(beats, LOAD, rate, noise=0.02)
            if metric == "ecg"
            else pleth(beats[:60], 60, rate, noise=0.005)
        )
        signal = np.resize(wave, round(LOAD * rate))
        counts = (20_000 - 100 * signal if metric.startswith("ppg") else 1000 * signal).astype(int).tolist()
        size = round(rate)
        for start in range(0, len(counts), size):
            at = BUILD_FLOOR + round(start * SECOND / rate)
            blocks.append(Waveform(sensor, metric, at, rate, tuple(counts[start : start + size])))
    blocks.sort(key=lambda block: block.time)
    analysis = Analysis(Counters(), "bench")
    began = time.process_time()
    for block in blocks:
        analysis.take(block)
    return 100 * (time.process_time() - began) / LOAD


def plateau() -> None:
    """Print the gross figures with each number of the detector a fifth lower and higher."""
    every = list(records(CASES))
    console = Console(width=100)
    for field in dataclasses.fields(Tuning):
        usual = getattr(QRS, field.name)
        if field.name in {"rates", "latency", "rising", "step", "lag"}:
            continue
        for factor in (0.8, 1.0, 1.2):
            moved = round(usual * factor) if isinstance(usual, int) else usual * factor
            scores = []
            for each in every:
                detector = PeakDetector(each.rate, dataclasses.replace(QRS, **{field.name: moved}))
                beats = [*detector.feed(each.signal), *detector.finish()]
                scores.append(score(each.beats, [beat.sample for beat in beats], each.rate))
            whole = gross(scores)
            console.print(
                f"{field.name:12} {moved:6.3g}  Se {whole.sensitivity:.3f}  PPV {whole.predictivity:.3f}"
            )


if __name__ == "__main__" and "--plateau" in sys.argv:
    plateau()
