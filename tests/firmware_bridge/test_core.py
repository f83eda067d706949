"""The C core under the address and undefined-behaviour sanitizers, and for the targets that it must fit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.firmware_bridge.host_board import CORE, SANITIZED, STRICT, TARGET, compile_c

AVR_FLASH = 12 * 1024
AVR_RAM = 700
"Bytes of the core's two structures; the rings, the stack and the board's own state share the other 1.3 KB."


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    host = TARGET / "host"
    product = tmp_path_factory.mktemp("core") / "test_core"
    return compile_c([*CORE, host / "board.c", host / "test_core.c"], product, "-O1", *SANITIZED)


@pytest.mark.parametrize("seed", range(5))
def test_core_under_sanitizers(program: Path, seed: int) -> None:
    done = subprocess.run([program, str(2 * seed + 1), "20000"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("well") == 3


def test_a_seeded_defect_is_found(program: Path, tmp_path: Path) -> None:
    """The tests can fail: a deframer that takes one byte too many is caught."""
    source = (TARGET / "core" / "node_frame.c").read_text()
    worse = source.replace("if (deframer->encoded > deframer->limit)\n        return NODE_NOTHING;", "")
    assert worse != source
    broken = tmp_path / "node_frame.c"
    broken.write_text(worse)
    others = [path for path in CORE if path.name != "node_frame.c"]
    host = TARGET / "host"
    worse_program = compile_c(
        [broken, *others, host / "board.c", host / "test_core.c"], tmp_path / "worse", "-O1", *SANITIZED
    )
    done = subprocess.run([worse_program, "1", "20000"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "AddressSanitizer" in done.stderr or "runtime error" in done.stderr


def test_no_state_outside_the_context(tmp_path: Path) -> None:
    for source in CORE:
        product = tmp_path / f"{source.stem}.o"
        subprocess.run(["gcc", *STRICT, "-O2", "-c", str(source), "-o", str(product)], check=True)
        symbols = subprocess.run(["nm", str(product)], capture_output=True, text=True, check=True).stdout
        kinds = {line.split()[-2] for line in symbols.splitlines()}
        assert kinds <= {"T", "t", "U", "r"}, f"{source.name}: {symbols}"


def test_the_core_uses_no_library_but_for_memory(tmp_path: Path) -> None:
    product = tmp_path / "core.o"
    objects = []
    for source in CORE:
        objects.append(str(tmp_path / f"{source.stem}.o"))
        subprocess.run(["gcc", "-std=c99", "-Os", "-c", str(source), "-o", objects[-1]], check=True)
    subprocess.run(["ld", "-r", *objects, "-o", str(product)], check=True)
    symbols = subprocess.run(["nm", "-u", str(product)], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-1] for line in symbols.splitlines()} <= {"memset", "memcpy", "__stack_chk_fail"}


def sizes(tool: str, files: list[str]) -> tuple[int, int]:
    printed = subprocess.run([tool, *files], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in printed.splitlines()[1:]]
    return sum(int(row[0]) + int(row[1]) for row in rows), sum(int(row[1]) + int(row[2]) for row in rows)


@pytest.mark.parametrize(
    ("compiler", "options"),
    [
        ("avr-gcc", ["-mmcu=atmega328p"]),
        ("arm-none-eabi-gcc", ["-mcpu=cortex-m0", "-mthumb"]),
    ],
)
def test_the_core_fits_the_targets(compiler: str, options: list[str], tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.fail(f"{compiler} is missing; make tools installs it")
    holder = tmp_path / "holder.c"
    holder.write_text('#include "node.h"\nstruct node a_node; struct node_events a_queue;\n')
    objects = []
    for source in [*CORE, holder]:
        objects.append(str(tmp_path / f"{source.stem}.o"))
        command = [
            compiler,
            *options,
            *STRICT,
            "-Os",
            f"-I{TARGET / 'core'}",
            "-fno-common",
            "-c",
            str(source),
        ]
        done = subprocess.run([*command, "-o", objects[-1]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    flash, ram = sizes(compiler.replace("gcc", "size"), objects)
    print(f"{compiler}: {flash} bytes of flash, {ram} of RAM")
    assert flash <= AVR_FLASH
    assert ram <= AVR_RAM
