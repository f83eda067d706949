"""New firmware over the wire: Debian's optiboot in the emulator, Debian's avrdude, our decisions."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.clock import SystemClock
from firmware_bridge.flash import (
    EventsWaitError,
    LastGood,
    Line,
    LoaderError,
    NodeSilentError,
    UpdateFailedError,
    ask,
    examine,
    update,
    write,
)
from firmware_bridge.image import Image, ImageError, load_image, parse_hex
from tests.firmware.board import CALL, Simulation, on_pty
from tests.firmware.conftest import OPTIBOOT, OUT, TARGET, Built
from tests.firmware.faults import FaultyLine, Rates
from tests.firmware.proxy import faulty_pty

pytestmark = pytest.mark.firmware


@pytest.fixture(scope="module")
def images(built: Built) -> tuple[Image, Image]:
    """Two versions of the firmware, made from the same source."""
    folder = OUT / "other"
    command = ["make", "-C", str(TARGET / "avr"), f"BUILD={folder}", "VERSION=1.0.1"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return load_image(built.node.with_suffix(".json")), load_image(folder / "avr" / "node.json")


class Node:
    """A node with a loader, and how an update reaches it."""

    def __init__(self, simulation: Simulation, url: str) -> None:
        self.simulation = simulation
        self.resets = 0
        self.line = Line(url, SystemClock(), self._reset, listening=6.0, writing=40.0)

    async def _reset(self) -> None:
        self.resets += 1
        self.simulation.command("reset external")


@contextmanager
def blank_node(built: Built) -> Iterator[Node]:
    with on_pty(built.simhost, None, "--boot", str(OPTIBOOT)) as simulation:
        simulation.idle_inputs()
        yield Node(simulation, simulation.uart)


async def test_a_blank_node_gets_its_firmware(
    built: Built, images: tuple[Image, Image], tmp_path: Path
) -> None:
    with blank_node(built) as node:
        good = LastGood(tmp_path)
        with pytest.raises(NodeSilentError):
            await examine(Line(node.line.url, node.line.clock, listening=1.5), images[0])
        outcome = await update(node.line, images[0], good)
        assert outcome.attempts == 1
        assert outcome.facts.descriptor.board == "m328p"
        assert outcome.facts.descriptor.firmware == images[0].manifest.version
        assert good.find("m328p") == images[0]
        # It is a node like any other now, and takes the next version after saying who it is.
        facts = await examine(node.line, images[1])
        assert facts is not None
        assert facts.hello.boot >= 1
        assert (await update(node.line, images[1], good)).facts.descriptor.firmware == images[
            1
        ].manifest.version
        assert good.find("m328p") == images[1]


async def test_an_interrupted_update_is_repeated(
    built: Built, images: tuple[Image, Image], tmp_path: Path
) -> None:
    with blank_node(built) as node:
        good = LastGood(tmp_path)
        await update(node.line, images[0], good)
        sent = node.simulation.stats()["received"]
        interrupted = asyncio.create_task(write(node.line, images[1]))
        while node.simulation.stats()["received"] < sent + 4000:
            assert not interrupted.done(), interrupted
            await asyncio.sleep(0.02)
        interrupted.cancel()  # kills avrdude where it stands: some pages are new, some old
        with pytest.raises(asyncio.CancelledError):
            await interrupted
        assert node.simulation.stats()["received"] < sent + 2 * images[1].size
        outcome = await update(node.line, images[1], good)
        assert outcome.facts.descriptor.firmware == images[1].manifest.version


async def test_avrdude_that_hangs_is_ended(built: Built, images: tuple[Image, Image]) -> None:
    with blank_node(built) as node:
        deaf = Line(node.line.url, node.line.clock, node.line.reset, writing=0.3)
        with pytest.raises(LoaderError, match="longer than"):
            await write(deaf, images[0])


@pytest.mark.parametrize("rates", [Rates(flip=1e-4), Rates(flip=4e-5, drop=2e-5, insert=2e-5)], ids=str)
async def test_a_faulty_line_never_leaves_bad_firmware_unnoticed(
    built: Built, images: tuple[Image, Image], tmp_path: Path, rates: Rates
) -> None:
    """Either the node runs the image, byte for byte, or the update says that it failed; then a good line heals it."""
    up, down = FaultyLine(rates, 11), FaultyLine(rates, 12)
    with blank_node(built) as node:
        said: list[str] = []
        with faulty_pty(node.simulation.uart, up, down) as url:
            faulty = Line(url, node.line.clock, node.line.reset, listening=6.0, writing=12.0)
            try:
                await update(faulty, images[0], LastGood(tmp_path), attempts=3, tell=said.append)
            except UpdateFailedError:
                said.append("failed")
        print(*said, up.counts, down.counts, sep="\n")
        assert up.counts.total() > up.counts["bytes"]  # there were faults
        if said[-1] == "failed":
            await update(node.line, images[0], LastGood(tmp_path))
        assert _holds(_flash(node, tmp_path), images[0])


async def test_what_does_not_start_is_replaced_by_the_last_good_image(
    built: Built, images: tuple[Image, Image], tmp_path: Path
) -> None:
    """The new image is written without a fault, and says nothing: its first instruction jumps to itself."""
    with blank_node(built) as node:
        good = LastGood(tmp_path / "good")
        await update(node.line, images[0], good)
        lines = images[1].hex.split()
        body = bytearray.fromhex(lines[0][1:-2].decode())
        body[4:6] = bytes((0xFF, 0xCF))  # rjmp .-2
        lines[0] = b":" + (bytes(body) + bytes([-sum(body) & 0xFF])).hex().upper().encode()
        broken = Image(images[1].manifest, b"\n".join(lines) + b"\n", images[1].size)
        with pytest.raises(UpdateFailedError) as failure:
            await update(node.line, broken, good, attempts=1)
        assert failure.value.restored
        assert (await ask(node.line)).descriptor.firmware == images[0].manifest.version
        assert good.find("m328p") == images[0]


async def test_a_wrong_image_is_refused_before_the_wire_is_touched(
    built: Built, images: tuple[Image, Image], tmp_path: Path
) -> None:
    with blank_node(built) as node:
        await update(node.line, images[0], LastGood(tmp_path))
        resets = node.resets
        shutil.copy(built.node.with_suffix(".hex"), tmp_path / "node.hex")
        text = built.node.with_suffix(".json").read_text()
        (tmp_path / "node.json").write_text(text.replace('"hw_rev": 1', '"hw_rev": 2'))
        with pytest.raises(ImageError, match="hardware revision 2, the node has revision 1"):
            await examine(node.line, load_image(tmp_path / "node.json"))
        assert node.resets == resets
        assert (await ask(node.line)).descriptor.firmware == images[0].manifest.version


async def test_a_call_that_waits_goes_before_an_update(
    built: Built, images: tuple[Image, Image], tmp_path: Path
) -> None:
    with blank_node(built) as node:
        await update(node.line, images[0], LastGood(tmp_path))
        node.simulation.pin(CALL, high=False)
        await asyncio.sleep(0.1)
        node.simulation.pin(CALL, high=True)
        with pytest.raises(EventsWaitError, match="1 events"):
            await examine(node.line, images[1])


def _flash(node: Node, folder: Path) -> bytes:
    """What the chip holds, past every line and loader."""
    path = folder / "flash.bin"
    node.simulation.command(f"flash {path}")
    return path.read_bytes()


def _holds(flash: bytes, image: Image) -> bool:
    return all(flash[address] == byte for address, byte in parse_hex(image.hex).items())
