"""A node in a room, in real time: the edge's own line, sensor and spool on one side, real firmware on the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shlex
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from devices.measurement import Cause, Link
from devices.wire.messages import SensorFact
from edge.app import Edge
from edge.config import load
from firmware_bridge.frames import Deframer
from firmware_bridge.messages import Ack, from_host
from tests.edge.support import EDGE, free_port, until, write_keys
from tests.firmware.board import CALL, Simulation, on_pty
from tests.firmware.conftest import OPTIBOOT, Built
from tests.firmware.faults import FaultyLine, Rates
from tests.firmware.proxy import faulty_pty

pytestmark = pytest.mark.firmware

CRYSTAL = 16_000_000
"Cycles of the node's processor in one of its seconds."


def configure(folder: Path, link: str) -> Path:
    """A room whose hub is away: what is said stays in the spool."""
    write_keys(folder / "edge.key")
    path = folder / "edge.toml"
    path.write_text(
        f'edge = "{EDGE}"\nkey_file = "edge.key"\nspool = "spool.db"\n[broker]\nport = {free_port()}\n'
        f'[[sensor]]\nid = "bed-1"\nprotocol = "node"\nlink = "{link}"\n'
    )
    return path


@contextlib.asynccontextmanager
async def room(config: Path) -> AsyncIterator[Edge]:
    edge = Edge(load(config))
    await edge.start()
    try:
        yield edge
    finally:
        await edge.stop()


def fact(edge: Edge) -> SensorFact:
    return edge.roster.sensors[0].fact()


def on_disk(folder: Path) -> str:
    """What the spool's files hold, read past the edge, which has them locked: from a copy, as after a power cut."""
    with tempfile.TemporaryDirectory() as copy:
        for name in ("spool.db", "spool.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(folder / name, copy)
        with contextlib.closing(sqlite3.connect(Path(copy) / "spool.db")) as database:
            return " ".join(str(content) for (content,) in database.execute("SELECT content FROM batch"))


def calls(kept: str) -> dict[str, int]:
    """Return how many presses each nurse call stands for, by its identity."""
    events = re.findall(r'\{[^{}]*"kind":"nurse_call"[^{}]*\}', kept)
    counts = {
        str(event["identity"]): re.search(r"(\d+) presses", event.get("detail", ""))
        for event in map(json.loads, events)
    }
    return {identity: int(count[1]) if count else 1 for identity, count in counts.items()}


class Witness(FaultyLine):
    """Hears what the edge sends: at the moment of an acknowledgement its event must be on the disk.

    The first of them it holds up as long as a slow disk might, until the node has no room for another press.
    """

    def __init__(self, folder: Path, rates: Rates, seed: int, slow: float) -> None:
        super().__init__(rates, seed)
        self._folder = folder
        self._slow = slow
        self._deframer = Deframer()
        self.acknowledged: set[str] = set()
        self.early: list[str] = []

    def __call__(self, data: bytes) -> bytes:
        for frame in self._deframer.feed(data):
            message = from_host(frame)
            if isinstance(message, Ack):
                self._look(message)
                time.sleep(self._slow)
                self._slow = 0.0
        return super().__call__(data)

    def _look(self, message: Ack) -> None:
        kept = on_disk(self._folder)
        for event in message.events:
            identity = f"{message.node:08x}.{message.boot:x}.{event:x}"
            self.acknowledged.add(identity)
            if identity not in kept:
                self.early.append(identity)


async def passed(simulation: Simulation, seconds: float) -> None:
    """Wait until time has passed for the node: on a busy machine its seconds are longer than ours."""
    end = simulation.stats()["cycles"] + round(seconds * CRYSTAL)
    await until(f"{seconds} s of the node", lambda: simulation.stats()["cycles"] >= end)


async def press(simulation: Simulation) -> None:
    simulation.pin(CALL, high=False)
    await passed(simulation, 0.08)
    simulation.pin(CALL, high=True)
    await passed(simulation, 0.12)


@pytest.mark.parametrize("slow", [0.0, 4.0], ids=["at once", "late"])
async def test_calls_are_on_the_disk_before_they_are_acknowledged(
    built: Built, tmp_path: Path, slow: float
) -> None:
    """Through a bad line: twenty presses, each on the disk once, none acknowledged before it was there."""
    rates = Rates(flip=1e-3, drop=1e-3, insert=5e-4)
    up, witness = FaultyLine(rates, 3), Witness(tmp_path, rates, 4, slow)
    with on_pty(built.simhost, built.node) as simulation:
        simulation.idle_inputs()
        with faulty_pty(simulation.uart, up, witness) as url:
            async with room(configure(tmp_path, url)) as edge:
                await until("the node is up", lambda: fact(edge).link is Link.UP)
                for _ in range(20):
                    await press(simulation)
                await until(
                    "every press is on the disk", lambda: sum(calls(on_disk(tmp_path)).values()) >= 20
                )
                await until(
                    "all are acknowledged", lambda: witness.acknowledged >= calls(on_disk(tmp_path)).keys()
                )
                await until("the room is measured", lambda: "room_temperature" in on_disk(tmp_path))
            kept = on_disk(tmp_path)
        assert witness.early == []
        assert up.counts.total() > up.counts["bytes"]
        # Where the disk keeps the edge waiting, the node's queue is full and presses share an event: none is lost.
        assert sum(calls(kept).values()) == 20
        assert max(calls(kept).values()) > 1 or not slow
        # The calls themselves; the room's own judgement of each lies beside them and names it too.
        assert kept.count('"kind":"nurse_call"') == len(calls(kept))
        assert all(kept.count(f'"identity":"{identity}"') == 1 for identity in witness.acknowledged)


async def test_an_update_is_not_silence(built: Built, tmp_path: Path) -> None:
    """The technician's command beside a running edge: the line changes hands, and the sensor says why it is down."""
    with on_pty(built.simhost, None, "--boot", str(OPTIBOOT)) as simulation:
        simulation.idle_inputs()
        config = configure(tmp_path, simulation.uart)
        button = tmp_path / "reset"
        async with room(config) as edge, pressing(button, lambda: simulation.command("reset external")):
            # A blank node says nothing; the update takes the line away from an edge that tries to hear it.
            await until("the line is open", lambda: fact(edge).link in {Link.CONNECTING, Link.SILENT})
            seen: list[SensorFact] = []
            watching = asyncio.create_task(watch(edge, seen))
            code, said = await veilleuse(
                *("node", "update", str(built.node.with_suffix(".json")), "--config", str(config)),
                *("--sensor", "bed-1", "--trust-image"),
                *("--reset-command", f"touch {shlex.quote(str(button))}"),
            )
            assert code == 0, said
            assert "attempt 1 of 3" in said
            assert "m328p revision 1" in said
            causes = [each.cause for each in seen]
            assert Cause.UPDATING in causes
            first = causes.index(Cause.UPDATING)
            assert Link.SILENT not in [each.link for each in seen[first:]]
            await until("the node is up", lambda: fact(edge).link is Link.UP, 60)
            assert Link.SILENT not in [each.link for each in seen[first:]]
            watching.cancel()
            await press(simulation)
            await until("a call is kept", lambda: "nurse_call" in on_disk(tmp_path))


async def test_an_image_that_does_not_fit_is_refused_by_the_command(built: Built, tmp_path: Path) -> None:
    config = configure(tmp_path, "/dev/null")
    text = built.node.with_suffix(".json").read_text()
    (tmp_path / "node.hex").write_bytes(built.node.with_suffix(".hex").read_bytes() + b"\n:00000001FF\n")
    (tmp_path / "node.json").write_text(text)
    code, said = await veilleuse(
        "node", "update", str(tmp_path / "node.json"), "--config", str(config), "--sensor", "bed-1"
    )
    assert code == 2
    assert "sha256" in said


async def watch(edge: Edge, seen: list[SensorFact]) -> None:
    while True:
        seen.append(fact(edge))
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def pressing(button: Path, reset: Callable[[], object]) -> AsyncIterator[None]:
    """The wire from a pin of the edge's machine to the node's RESET: a file that appears."""

    def pressed() -> bool:
        found = button.exists()
        button.unlink(missing_ok=True)
        return found

    async def look() -> None:
        while True:
            if pressed():
                reset()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def veilleuse(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("veilleuse")),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
