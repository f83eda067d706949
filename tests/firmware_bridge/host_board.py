"""The node's C core on a board in memory, driven from Python in virtual time."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

from devices.clock import BUILD_FLOOR

TARGET = Path(__file__).parents[2] / "firmware_bridge" / "target"
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow"]
UNDEFINED = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

CORE = sorted((TARGET / "core").glob("*.c"))

EVERYTHING = 7
"All three features: ECG, oximeter, temperature."

LOOKS = {
    name: number
    for number, name in enumerate(
        (
            "id",
            "boot",
            "led",
            "waiting",
            "ecg_made",
            "ecg_next",
            "ppg_next",
            "tx_drop",
            "rx_overrun",
            "events_lost",
            "restarts",
            "restart_mode",
            "temperature_next",
            "faults",
            "rx_bad_crc",
            "rx_bad_frame",
            "ppg_made",
            "out_lost",
            "clock",
        )
    )
}


def compile_c(sources: list[Path], product: Path, *options: str) -> Path:
    """Build with the strictest warnings as errors."""
    host = TARGET / "host"
    command = [
        "gcc",
        *STRICT,
        *options,
        f"-I{TARGET / 'core'}",
        f"-I{host}",
        *map(str, sources),
        "-o",
        str(product),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return product


def build_library(folder: Path) -> ctypes.CDLL:
    """Return the core and its board as a library; undefined behaviour ends the process."""
    product = compile_c(
        [*CORE, TARGET / "host" / "board.c"], folder / "board.so", "-O2", "-fPIC", "-shared", *UNDEFINED
    )
    library = ctypes.CDLL(str(product))
    library.board_size.restype = ctypes.c_uint32
    library.board_look.restype = ctypes.c_uint32
    library.board_take.restype = ctypes.c_uint32
    library.board_make.argtypes = [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint32, ctypes.c_int32]
    library.board_start.argtypes = [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_bool]
    library.board_run.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    library.board_give.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32]
    library.board_take.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32]
    library.board_look.argtypes = [ctypes.c_void_p, ctypes.c_uint8]
    library.board_set_inputs.argtypes = [ctypes.c_void_p, ctypes.c_uint8]
    library.board_set_leads.argtypes = [ctypes.c_void_p, ctypes.c_uint8]
    library.board_set_level.argtypes = [ctypes.c_void_p, ctypes.c_uint16]
    library.board_set_oximeter.argtypes = [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_bool]
    library.board_set_memory.argtypes = [ctypes.c_void_p, ctypes.c_bool, ctypes.c_bool]
    library.board_set_stalled.argtypes = [ctypes.c_void_p, ctypes.c_bool]
    return library


class Board:
    """One board; `now` is the world's time in microseconds since 1970."""

    START = BUILD_FLOOR

    def __init__(
        self, library: ctypes.CDLL, features: int = EVERYTHING, clock_start: int = 0, ppm: int = 0
    ) -> None:
        self._library = library
        self._memory = ctypes.create_string_buffer(library.board_size())
        self._at = ctypes.addressof(self._memory)
        self._buffer = ctypes.create_string_buffer(65536)
        self._elapsed = 0
        library.board_make(self._at, features, clock_start, ppm)

    @property
    def now(self) -> int:
        return self.START + self._elapsed * 1000

    def start(self, cause: int = 1, *, wipe: bool = True) -> None:
        self._library.board_start(self._at, cause, wipe)

    def run(self, milliseconds: int) -> bytes:
        """Let time pass; return what left the node meanwhile."""
        self._library.board_run(self._at, milliseconds)
        self._elapsed += milliseconds
        length = self._library.board_take(self._at, self._buffer, len(self._buffer))
        return self._buffer.raw[:length]

    def give(self, data: bytes) -> None:
        self._library.board_give(self._at, data, len(data))

    def look(self, what: str) -> int:
        value: int = self._library.board_look(self._at, LOOKS[what])
        return value

    def press(self, *, button: bool = False, mat: bool = False) -> None:
        self._library.board_set_inputs(self._at, button | mat << 1)

    def leads(self, bits: int) -> None:
        self._library.board_set_leads(self._at, bits)

    def level(self, tenth_millivolts: int) -> None:
        self._library.board_set_level(self._at, tenth_millivolts)

    def oximeter(self, part: int = 0, *, finger: bool = True) -> None:
        """0 well, 1 absent, 2 holds the bus, 3 answers but measures nothing."""
        self._library.board_set_oximeter(self._at, part, finger)

    def memory(self, *, broken: bool = False, erase: bool = False) -> None:
        self._library.board_set_memory(self._at, broken, erase)

    def stall(self, *, on: bool) -> None:
        self._library.board_set_stalled(self._at, on)
