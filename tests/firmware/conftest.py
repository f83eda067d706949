"""Builds simulator and firmware once, with the Makefiles that anybody uses."""

from __future__ import annotations

import fcntl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "firmware_bridge" / "target"
OUT = ROOT / "build" / "firmware"
OPTIBOOT = Path("/usr/share/arduino/hardware/arduino/avr/bootloaders/optiboot/optiboot_atmega328.hex")


@dataclass(frozen=True, slots=True)
class Built:
    """What the Makefiles made."""

    simhost: Path
    node: Path
    "The ATmega328P's ELF file; `.hex` and `.json` lie beside it."
    microbit: Path
    said: str
    "What was printed: sizes."


@pytest.fixture(scope="session")
def built() -> Built:
    """Simulator and firmware. Without the compilers a test here fails: .ci/tools installs them."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "lock").open("w") as lock:  # `make test-firmware` runs two of us at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = "".join(_make(folder) for folder in ("simhost", "avr", "microbit"))
    return Built(OUT / "simhost", OUT / "avr" / "node.elf", OUT / "microbit" / "node.elf", said)


def _make(folder: str) -> str:
    command = ["make", "--no-print-directory", "-C", str(TARGET / folder), f"BUILD={OUT}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
