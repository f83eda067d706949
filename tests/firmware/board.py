"""An emulated room node: starts `simhost`, talks to it, and stops it. In lockstep nothing happens between two calls."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MS = 1_000
S = 1_000_000
MINUTE = 60 * S

CALL, MAT, LEAD_PLUS, LEAD_MINUS = (4, 5, 6, 7)
"Pins of port D; firmware_bridge/target/avr/board.h."

ECG, TEMPERATURE = (0, 1)
"Channels of the converter."


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that the node sent."""

    time: int
    "True microseconds since power came at which the first of them had arrived."
    data: bytes


class Simulation:
    """A running simhost, however its UART is wired."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.uart = self._until("uart ")

    def command(self, text: str) -> str:
        """Send one command and return its answer, which is not `error`."""
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(text + "\n")
        stdin.flush()
        line = self._line()
        assert not line.startswith("error"), f"{text}: {line}"
        return line

    def pin(self, bit: int, *, high: bool) -> None:
        """Set the level at a pin of port D."""
        self.command(f"pin D {bit} {int(high)}")

    def idle_inputs(self) -> None:
        """Nobody presses, somebody is in bed, both electrodes are on, 22 degrees."""
        self.pin(CALL, high=True)
        self.pin(MAT, high=False)
        self.pin(LEAD_PLUS, high=False)
        self.pin(LEAD_MINUS, high=False)
        self.command(f"adc {ECG} 1650")
        self.room(22.0)

    def room(self, celsius: float) -> None:
        """Set the temperature of the room: TMP36, 500 mV at 0 degrees and 10 mV per degree."""
        self.command(f"adc {TEMPERATURE} {500 + 10 * celsius}")

    def stats(self) -> dict[str, int]:
        """Counters of the board."""
        fields = self.command("stats").split()[1:]
        return {name: int(value) for name, value in (field.split("=") for field in fields)}

    def _line(self) -> str:
        stdout = self.process.stdout
        assert stdout is not None
        line = stdout.readline()
        assert line, f"simhost ended: {self.process.wait()}"
        return line.rstrip("\n")

    def _until(self, start: str) -> str:
        while not (line := self._line()).startswith(start):
            pass  # simavr's own words about what it loaded
        return line.removeprefix(start)


class Board(Simulation):
    """A node whose time passes only in `step`."""

    now = 0
    "True microseconds since power came."

    def step(self, microseconds: int, data: bytes = b"") -> list[Piece]:
        """Let time pass; `data` begins to arrive at the node at once. Return what it sent."""
        fields = self.command(f"step {microseconds} {data.hex()}").split()
        self.now += microseconds
        assert int(fields[1]) == self.now
        return [Piece(int(time), bytes.fromhex(text)) for time, text in (f.split(":") for f in fields[2:])]


def symbols(elf: Path) -> dict[str, int]:
    """Return the addresses of what the firmware is made of; data memory without the linker's offset."""
    said = subprocess.run(["avr-nm", str(elf)], capture_output=True, text=True, check=True).stdout
    found = (line.split() for line in said.splitlines() if len(line.split()) == 3)
    return {name: int(address, 16) & 0x7FFFFF for address, _, name in found}


@contextmanager
def lockstep(simhost: Path, firmware: Path | None, *options: str) -> Iterator[Board]:
    """Run a node in lockstep."""
    with _running(simhost, firmware, "--lockstep", *options) as process:
        board = Board(process)
        yield board
        assert board.stats()["halts"] == 0, "the firmware ran into an instruction that is none"


@contextmanager
def on_pty(simhost: Path, firmware: Path | None, *options: str) -> Iterator[Simulation]:
    """Run a node in real time, its UART on a pty."""
    with _running(simhost, firmware, "--pty", *options) as process:
        yield Simulation(process)


@contextmanager
def _running(simhost: Path, firmware: Path | None, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [str(simhost), *options, *([str(firmware)] if firmware else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
            if process.poll() is None:
                process.communicate("quit\n", timeout=20)
        finally:
            process.kill()
