"""Ten thousand presses of the button through a line that loses, changes and invents bytes."""

from __future__ import annotations

import random
import re

import pytest

from devices.clock import BUILD_FLOOR
from tests.firmware.board import CALL, MS, S, lockstep
from tests.firmware.conftest import Built
from tests.firmware.faults import Rates
from tests.firmware.host import Host

pytestmark = pytest.mark.firmware

PRESSES = 10_000


@pytest.mark.timeout(1800)
def test_ten_thousand_presses_under_faults_come_once_each(built: Built) -> None:
    rates = Rates(flip=1e-3, drop=1e-3, insert=1e-3, burst=2e-4)
    chance = random.Random(2026)
    with lockstep(built.simhost, built.node, "--ppm", "60") as board:
        board.idle_inputs()
        host = Host(board, rates, seed=7)
        host.run(3 * S)
        pressed: list[int] = []
        for _ in range(PRESSES):
            host.run(chance.randrange(15 * MS, 80 * MS))
            pressed.append(BUILD_FLOOR + board.now)
            board.pin(CALL, high=False)
            host.run(chance.randrange(15 * MS, 50 * MS))
            board.pin(CALL, high=True)
        host.run(5 * S)
        session = host.driver.session
        events = sorted(host.calls(), key=lambda event: event.time)
        print(f"{len(events)} events for {PRESSES} presses in {board.now / S:.0f} s")
        print(f"up {dict(host.up.counts)} down {dict(host.down.counts)}")
        print(f"frames {session.counts} refused {session.refused} repeated {session.repeated}")
        print(f"board {board.stats()}")
        assert session.beat is not None
        assert session.beat.waiting == 0
        # Faults there were, of every sort and in both directions, and they cost frames.
        assert all(
            line.counts[kind] > 50 for line in (host.up, host.down) for kind in ("flip", "drop", "insert")
        )
        assert session.repeated > 500
        assert len({event.identity for event in events}) == len(events)
        assert sum(_presses(event.detail) for event in events) == PRESSES
        # Where no two presses were joined, each event is that press.
        assert len(events) > 0.99 * PRESSES
        if len(events) == PRESSES:
            wrong = [event.time - time for event, time in zip(events, pressed, strict=True)]
            print(f"time of an event: {min(wrong) / MS:.2f} to {max(wrong) / MS:.2f} ms wrong")
            assert max(map(abs, wrong)) < 10 * MS


def _presses(detail: str) -> int:
    match = re.search(r"(\d+) presses", detail)
    return int(match[1]) if match else 1
