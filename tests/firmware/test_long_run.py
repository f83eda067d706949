"""Forty minutes of a node's life in lockstep, across the wrap of its clock: everything it measures, and presses."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR
from devices.measurement import EventKind, Waveform
from tests.firmware.board import CALL, ECG, MAT, MINUTE, MS, Board, S, lockstep, symbols
from tests.firmware.conftest import Built
from tests.firmware.host import Host

pytestmark = pytest.mark.firmware

MINUTES = 40
PPM = 80
"The node's crystal is fast by this much, within the 100 ppm that its descriptor promises."

OVERFLOW = 32_768
"Microseconds between two overflows of timer 1."

WRAP = 1 << 32

# A triangle: so steep that the value of a sample tells when it was taken, to a third of a millisecond.
LOW, HIGH, HALF = 300.0, 3000.0, 250
"Millivolts, millivolts, milliseconds from one to the other."

COUNT = 3300 / 1024
"Millivolts of one count of the converter."


def wind(board: Board, built: Built, before_wrap: int) -> None:
    """Let the node start with its clock so long before it wraps."""
    at = symbols(built.node)
    board.command(f"run-to {at['node_init']:#x}")
    overflows = (WRAP - before_wrap) // OVERFLOW
    board.command(f"poke {at['time']:#x} {overflows.to_bytes(4, 'little').hex()}")
    board.step(0)


class Ruler:
    """Compares every ECG sample with the triangle at the time that it claims for itself."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.samples = 0
        self.worst = 0.0
        self.end: float | None = None
        self.gaps: list[float] = []

    def __call__(self, wave: Waveform) -> None:
        if wave.metric != "ecg":
            return
        period = S / wave.rate
        if self.end is not None:
            self.gaps.append(abs(wave.time - self.end))
        self.end = wave.time + len(wave.samples) * period
        for number in (0, len(wave.samples) - 1):
            # The sample keeps its value through zero and scale: counts from half the reference.
            millivolts = (wave.samples[number] + 512) * COUNT
            error = self._error((wave.time + number * period - self.start) / MS, millivolts)
            self.worst = max(self.worst, error)
        self.samples += len(wave.samples)

    def _error(self, milliseconds: float, millivolts: float) -> float:
        """Milliseconds between a sample's time and the nearest one at which the triangle has its value."""
        phase = milliseconds % (2 * HALF)
        rising = (millivolts - LOW) / (HIGH - LOW) * HALF
        falling = 2 * HALF - rising
        return min(
            abs(phase - moment + shift) for moment in (rising, falling) for shift in (-2 * HALF, 0, 2 * HALF)
        )


@pytest.fixture
def triangle(tmp_path: Path) -> Path:
    up = [LOW + (HIGH - LOW) * number / HALF for number in range(HALF)]
    down = [HIGH - (HIGH - LOW) * number / HALF for number in range(HALF)]
    path = tmp_path / "triangle"
    path.write_text("\n".join(map(str, up + down)))
    return path


class Night:
    """What was done to the node, and what came of it."""

    def __init__(self, host: Host, ruler: Ruler) -> None:
        self.host, self.ruler = host, ruler
        self.pressed: list[int] = []
        self.left: list[int] = []
        host.run(20 * S)  # the model of the clock settles, the descriptor is fetched
        self.begun = host.board.now
        self.before = dict(host.waveforms)
        host.on_waveform = ruler

    @property
    def seconds(self) -> float:
        return (self.host.board.now - self.begun) / S

    def samples(self, metric: str) -> int:
        return self.host.waveforms[metric] - self.before[metric]

    def spend(self, minutes: int) -> None:
        host, chance = self.host, random.Random(40)
        while host.board.now < minutes * MINUTE:
            host.run(chance.randrange(1 * S, 60 * S))
            self.pressed.append(host.utc)
            host.board.pin(CALL, high=False)
            host.run(chance.randrange(100 * MS, 2 * S))
            host.board.pin(CALL, high=True)
            if chance.random() < 0.2:
                self.left.append(host.utc)
                host.board.pin(MAT, high=True)
                host.run(chance.randrange(1 * S, 30 * S))
                host.board.pin(MAT, high=False)
        host.run(2 * S)


@pytest.mark.timeout(1800)
def test_forty_minutes_lose_nothing_and_keep_time(built: Built, triangle: Path) -> None:
    with lockstep(built.simhost, built.node, "--ppm", str(PPM)) as board:
        wind(board, built, before_wrap=20 * MINUTE)
        board.idle_inputs()
        board.command("oximeter ppm -500")
        board.command(f"wave {ECG} 1000 {triangle}")
        night = Night(Host(board), Ruler(BUILD_FLOOR))
        night.spend(MINUTES)
        _tell(night)
        _no_sample_is_missing(night)
        _everything_has_its_time(night)
        _the_room_is_warm(night)


def _tell(night: Night) -> None:
    host, ruler = night.host, night.ruler
    session = host.driver.session
    print(f"{host.board.now / MINUTE:.1f} simulated minutes; board {host.board.stats()}")
    print(f"samples {dict(host.waveforms)}; {session.counts}; {session.beat}")
    print(
        f"{len(host.calls())} calls; ECG {ruler.worst:.2f} ms wrong at worst, seams {max(ruler.gaps) / MS:.2f} ms"
    )
    print(f"drift {session.timing.drift:.1f} ppm")


def _no_sample_is_missing(night: Night) -> None:
    session, stats = night.host.driver.session, night.host.board.stats()
    assert session.counts.missing == night.host.driver.rejected == 0
    assert all(stream.lost == stream.repeated == 0 for stream in session.streams.values())
    assert stats["oximeter_lost"] == stats["resets"] == 0
    assert 0 <= stats["oximeter_made"] - session.streams[2].received < 21
    # As many as were due: 250 a second of a fast crystal, 100 a second of a slow oximeter.
    assert night.samples("ecg") == pytest.approx(night.seconds * 250 * (1 + PPM / 1e6), abs=26)
    for metric in ("ppg_red", "ppg_infrared"):
        assert night.samples(metric) == pytest.approx(night.seconds * 100 * (1 - 500 / 1e6), abs=21)


def _everything_has_its_time(night: Night) -> None:
    host, ruler, timing = night.host, night.ruler, night.host.driver.session.timing
    wrong = [call.time - time for call, time in zip(host.calls(), night.pressed, strict=True)]
    exits = [event.time for event in host.events if event.kind is EventKind.BED_EXIT]
    returns = [event for event in host.events if event.kind is EventKind.BED_RETURN]
    print(f"calls {min(wrong) / MS:.2f} to {max(wrong) / MS:.2f} ms wrong; {len(exits)} exits")
    assert ruler.worst < 5.0
    assert max(ruler.gaps) < 2 * MS
    assert max(map(abs, wrong)) < 5 * MS
    assert all(abs(seen - true) < 5 * MS for seen, true in zip(exits, night.left, strict=True))
    assert len(returns) >= len(exits)
    assert len({event.identity for event in host.events}) == len(host.events)
    # The model leans towards 0: it trusts few exchanges less than the crystal.
    assert -1.1 * PPM < timing.drift < -0.5 * PPM


def _the_room_is_warm(night: Night) -> None:
    values = [each.value for each in night.host.measurements if each.metric == "room_temperature"]
    assert len(values) == pytest.approx(night.host.board.now / (5 * S), abs=2)
    assert all(value == pytest.approx(22.0, abs=0.4) for value in values)
