"""Every press arrives once and every sample is counted, whatever the line does."""

from __future__ import annotations

import ctypes
import random

import pytest

from devices.measurement import EventKind
from tests.firmware_bridge.host_board import Board
from tests.firmware_bridge.line import Faults, Line
from tests.firmware_bridge.lockstep import Lockstep

LINES = {
    "clean": Faults(),
    "flips": Faults(flip=1e-3),
    "drops and inserts": Faults(drop=1e-3, insert=1e-3),
    "bursts": Faults(burst=2e-3),
    "all": Faults(flip=5e-3, drop=5e-3, insert=5e-3, burst=1e-3),
}


def press_many(library: ctypes.CDLL, faults: Faults, seed: int, presses: int) -> tuple[Lockstep, list[int]]:
    board = Board(library, ppm=80, clock_start=0xFFF0_0000)
    board.start()
    room = Lockstep(board, faults, seed)
    room.run(3000)
    chance = random.Random(seed)
    begins = [room.press(chance.randrange(20, 120, 5), chance.randrange(20, 250, 5)) for _ in range(presses)]
    # The disturbance ends, so that the very last samples are counted as well.
    room.to_host, room.to_node = Line(Faults(), 0), Line(Faults(), 0)
    room.settle()
    room.run(1050)
    return room, begins


def check(room: Lockstep, begins: list[int]) -> None:
    calls = sorted(room.heard.of(EventKind.NURSE_CALL), key=lambda call: int(call.identity.split(".")[2], 16))
    presses = [int(call.detail.split()[0]) if call.detail else 1 for call in calls]
    assert sum(presses) == len(begins)
    assert room.heard.doubled == 0
    assert room.board.look("waiting") == 0
    assert room.board.look("events_lost") == 0
    streams, look = room.driver.session.streams, room.board.look
    for number, name in ((1, "ecg_next"), (2, "ppg_next"), (3, "temperature_next")):
        samples = streams[number]
        assert samples.received + samples.lost == look(name) - samples.first
        assert samples.expected == look(name)
        assert samples.first < 2 * 250
    # What a block holds was taken by that stamp: a call is placed within the line's and the host's own grain.
    at = 0
    for call, count in zip(calls, presses, strict=True):
        assert abs(call.time - begins[at]) < 60_000
        at += count


def report(name: str, room: Lockstep, begins: list[int]) -> str:
    calls = room.heard.of(EventKind.NURSE_CALL)
    delays = sorted(room.heard.arrivals[call.identity] - call.time for call in calls)
    quantiles = ", ".join(
        f"{label} {delays[min(int(len(delays) * part), len(delays) - 1)] / 1000:.0f}"
        for label, part in (("median", 0.5), ("90 %", 0.9), ("99 %", 0.99), ("99.9 %", 0.999), ("all", 1.0))
    )
    session = room.driver.session
    return (
        f"{name}: {len(begins)} presses, {len(calls)} events, {session.repeated} repetitions dropped, "
        f"{session.counts.missing} frames missing, latency in ms: {quantiles}"
    )


@pytest.mark.parametrize("name", LINES)
def test_every_press_arrives_once(library: ctypes.CDLL, name: str) -> None:
    room, begins = press_many(library, LINES[name], seed=7, presses=250)
    print(report(name, room, begins))
    check(room, begins)
    if LINES[name] == Faults():
        assert room.driver.session.repeated == 0
        assert room.driver.session.streams[1].lost == 0
    else:
        assert room.driver.session.counts.missing > 10
        assert room.driver.session.streams[1].lost > 0


@pytest.mark.firmware
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", LINES)
def test_ten_thousand_presses(library: ctypes.CDLL, name: str) -> None:
    room, begins = press_many(library, LINES[name], seed=11, presses=10_000)
    print(report(name, room, begins))
    check(room, begins)


def test_a_line_that_is_cut_for_minutes(library: ctypes.CDLL) -> None:
    room, begins = press_many(library, Faults(), seed=3, presses=20)
    room.to_host = Line(Faults(drop=1.0), 1)
    room.to_node = Line(Faults(drop=1.0), 2)
    begins += [room.press(50, 20_000) for _ in range(6)]
    room.to_host, room.to_node = Line(Faults(), 0), Line(Faults(), 0)
    room.settle()
    room.run(1050)
    check(room, begins)
    assert room.driver.session.streams[1].lost > 100 * 250


def test_restarts_under_faults_lose_and_double_nothing(library: ctypes.CDLL) -> None:
    """The watchdog bites in the middle of it; only the clock of what waited is lost."""
    board = Board(library)
    board.start()
    room = Lockstep(board, LINES["all"], 5)
    room.run(3000)
    chance = random.Random(5)
    for at in range(120):
        room.press(50, chance.randrange(100, 400, 5))
        if at % 10 == 9:
            board.start(4, wipe=False)
    room.to_host, room.to_node = Line(Faults(), 0), Line(Faults(), 0)
    room.settle()
    room.run(1050)
    calls = room.heard.of(EventKind.NURSE_CALL)
    assert sum(int(call.detail.split()[0]) if call.detail[:1].isdigit() else 1 for call in calls) == 120
    assert len({call.identity for call in calls}) == len(calls)
    streams = room.driver.session.streams
    assert streams[1].expected == board.look("ecg_next")
