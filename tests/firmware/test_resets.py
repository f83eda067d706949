"""What a node keeps when it starts anew, and what it must not do twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.messages import Reset
from tests.firmware.board import CALL, MS, Board, S, lockstep, symbols
from tests.firmware.conftest import Built
from tests.firmware.host import Host

pytestmark = pytest.mark.firmware


def press(host: Host) -> None:
    host.board.pin(CALL, high=False)
    host.run(50 * MS)
    host.board.pin(CALL, high=True)
    host.run(50 * MS)


def hang(board: Board, built: Built) -> None:
    """Let the program run wild: interrupts off, an endless loop, as behind a damaged pointer."""
    board.command(f"jump {symbols(built.node)['__stop_program']:#x}")


@pytest.mark.parametrize("cause", ["external", "brownout", "watchdog"])
def test_a_call_that_nobody_acknowledged_survives_a_reset(built: Built, cause: str) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        host = Host(board)
        host.run(3 * S)
        press(host)
        assert len(host.calls()) == 1
        host.keeping = False  # from here on nothing reaches the disk, so nothing is acknowledged
        press(host)
        delivered = len(host.events)
        if cause == "watchdog":
            hang(board, built)
        else:
            board.command(f"reset {cause}")
        host.run(2 * S)
        # The edge was restarted too, and its disk works again: whatever it had not kept comes again.
        host.keeping = True
        del host.events[delivered - 1 :]
        host.connect()
        host.run(3 * S)
        session = host.driver.session
        assert session.beat is not None
        assert session.beat.boot == 2
        assert Reset(session.beat.reset).name.lower() == cause
        assert session.beat.waiting == 0
        assert len(host.calls()) == 2
        assert len({event.identity for event in host.calls()}) == 2
        # It is still the call of the first run, under its old name, and is not dated by a clock that is gone.
        assert host.calls()[1].identity.split(".")[1] == "1"
        press(host)
        assert len({event.identity for event in host.calls()}) == len(host.calls()) == 3


def test_what_was_acknowledged_never_comes_again(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        host = Host(board)
        host.run(3 * S)
        for cause in ("external", "watchdog", "power", "brownout", "external"):
            press(host)
            host.run(200 * MS)
            if cause == "watchdog":
                hang(board, built)
            else:
                board.command(f"reset {cause}")
            host.run(3 * S)
        assert len(host.calls()) == 5
        assert len({event.identity for event in host.calls()}) == 5
        assert host.driver.session.beat is not None
        assert host.driver.session.beat.boot == 6


def test_a_reset_while_pressed_is_one_press_more_at_most(built: Built) -> None:
    """A button held through a reset: the node cannot know for how long, and says it rather than not."""
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        host = Host(board)
        host.run(3 * S)
        board.pin(CALL, high=False)
        host.run(100 * MS)
        board.command("reset external")
        host.run(3 * S)
        board.pin(CALL, high=True)
        host.run(1 * S)
        assert 1 <= len(host.calls()) <= 2
        assert len({event.identity for event in host.calls()}) == len(host.calls())


def test_a_reset_presses_no_button(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        host = Host(board)
        for cause in ("external", "power", "brownout"):
            host.run(2 * S)
            board.command(f"reset {cause}")
        host.run(2 * S)
        assert host.events == []


def test_the_watchdog_ends_a_hang_within_a_second(built: Built) -> None:
    with lockstep(built.simhost, built.node) as board:
        board.idle_inputs()
        host = Host(board)
        host.run(3 * S)
        hang(board, built)
        host.run(1 * S)
        assert board.stats()["resets"] == 1
        host.run(1500 * MS)
        assert host.driver.session.beat is not None
        assert host.driver.session.beat.reset == Reset.WATCHDOG


def test_name_and_boot_number_survive_power_loss(built: Built, tmp_path: Path) -> None:
    memory = tmp_path / "eeprom"
    runs: list[tuple[int, int] | None] = []
    identities: set[str] = set()
    for _ in range(3):
        with lockstep(built.simhost, built.node, "--eeprom", str(memory)) as board:
            board.idle_inputs()
            host = Host(board, name=0xCAFE + len(runs))  # a name is given once: later offers are not needed
            host.run(3 * S)
            press(host)
            host.run(500 * MS)
            runs.append(host.driver.session.run)
            identities |= {event.identity for event in host.calls()}
    assert runs == [(0xCAFE, 1), (0xCAFE, 2), (0xCAFE, 3)]
    assert len(identities) == 3


def test_a_torn_write_of_the_memory_costs_no_name(built: Built, tmp_path: Path) -> None:
    """Power goes at any byte of the record that a start writes: the other record still stands."""
    memory = tmp_path / "eeprom"
    with lockstep(built.simhost, built.node, "--eeprom", str(memory)) as board:
        board.idle_inputs()
        Host(board, name=0xCAFE).run(3 * S)
    whole = memory.read_bytes()
    newest = max(
        (0, 16), key=lambda at: int.from_bytes(whole[at + 4 : at + 8], "little") * (whole[at] != 0xFF)
    )
    other = 16 - newest
    for length in (0, 1, 5, 11, 15):
        torn = bytearray(whole)
        torn[other + length : other + 16] = b"\xff" * (16 - length)
        memory.write_bytes(bytes(torn))
        with lockstep(built.simhost, built.node, "--eeprom", str(memory)) as board:
            board.idle_inputs()
            host = Host(board, name=0xDEAD)
            host.run(3 * S)
            assert host.driver.session.run == (0xCAFE, 2)
