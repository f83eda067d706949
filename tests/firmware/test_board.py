"""What the chip leaves to spare: memory, time, and bits on the line."""

from __future__ import annotations

import random
import re

import pytest

from tests.firmware.board import CALL, MS, S, lockstep
from tests.firmware.conftest import TARGET, Built
from tests.firmware.host import Host

pytestmark = pytest.mark.firmware

CRYSTAL = 16_000_000
BYTE_CYCLES = CRYSTAL * 10 // 115_200


def test_the_line_is_within_what_a_receiver_takes() -> None:
    """8N1 in double speed: 2.5 % in all is usual, 3.9 % the most (from memory of the ATmega328P's data sheet)."""
    header = (TARGET / "avr" / "board.h").read_text()
    assert re.search(r"#define BAUD 115200ul", header)
    divider = (CRYSTAL + 115_200 * 4) // (115_200 * 8) - 1
    assert divider == 16
    error = CRYSTAL / (8 * (divider + 1)) / 115_200 - 1
    assert error == pytest.approx(0.0212, abs=1e-4)
    assert abs(error) < 0.025


def test_it_fits(built: Built) -> None:
    match = re.search(r"m328p: flash (\d+) of (\d+) bytes, RAM (\d+) of 2048 bytes, (\d+) left", built.said)
    assert match, built.said
    flash, limit, ram, stack = map(int, match.groups())
    assert flash <= limit == 30_720
    assert ram + stack == 2048
    print(match[0])


def test_stack_and_interrupts_under_load(built: Built) -> None:
    """Everything at once, looked at after every instruction.

    The stack never comes near the variables, and no byte of the line can be missed, because nothing keeps interrupts
    off for as long as two of them take.
    """
    chance = random.Random(3)
    with lockstep(built.simhost, built.node, "--watch") as board:
        board.idle_inputs()
        host = Host(board)
        for _ in range(40):
            board.pin(CALL, high=chance.random() < 0.5)
            board.command(f"oximeter absent {int(chance.random() < 0.1)}")
            host.run(250 * MS)
            board.step(0, chance.randbytes(200))  # a line gone mad
        board.command("oximeter absent 0")
        board.pin(CALL, high=True)
        host.run(5 * S)
        stats, beat = board.stats(), host.driver.session.beat
        assert beat is not None
        match = re.search(r"(\d+) left for the stack", built.said)
        assert match
        room = int(match[1])
        used = 2303 - stats["lowest_stack"]
        print(f"stack: {used} of {room} bytes used, the node says {beat.free_stack} never used")
        print(f"interrupts off for {stats['longest_masked'] / 16:.1f} us at most; a byte takes 86.8 us")
        print(f"asleep {stats['slept'] / stats['cycles']:.1%} of the time")
        assert used < room / 2
        assert beat.free_stack == pytest.approx(room - used, abs=8)
        assert stats["longest_masked"] < 2 * BYTE_CYCLES
        assert stats["resets"] == 0
        assert host.driver.session.counts.missing == 0


def test_it_sleeps(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        Host(board).run(20 * S)
        stats = board.stats()
        assert stats["slept"] / stats["cycles"] > 0.8


@pytest.mark.parametrize("ppm", [-95, 95])
def test_a_crystal_at_its_limit(built: Built, ppm: int) -> None:
    with lockstep(built.simhost, built.node, "--ppm", str(ppm)) as board:
        board.idle_inputs()
        host = Host(board)
        host.run(30 * S)
        pressed = host.utc
        board.pin(CALL, high=False)
        host.run(1 * S)
        assert abs(host.calls()[0].time - pressed) < 3 * MS


def test_the_same_simulation_twice_is_the_same(built: Built) -> None:
    """Lockstep is deterministic, so a failure can be repeated."""
    runs = []
    for _ in range(2):
        with lockstep(built.simhost, built.node) as board:
            board.idle_inputs()
            runs.append([board.step(20 * MS, b"\0") for _ in range(200)])
    assert runs[0] == runs[1]
