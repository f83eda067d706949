"""`veilleuse node`: a room node's firmware, for the technician."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from devices.clock import SystemClock
from devices.errors import ConfigError, VeilleuseError
from edge.config import load
from firmware_bridge.claims import ClaimedError, Claims, claims_folder
from firmware_bridge.flash import FlashError, LastGood, Line, Outcome, ask, examine, update
from firmware_bridge.image import Image, ImageError, load_image
from firmware_bridge.interview import Facts

app = typer.Typer(help="A room node: who it is, and new firmware for it.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", help="The room's edge.toml.", dir_okay=False)]
SensorName = Annotated[str, typer.Option("--sensor", help="The node's name in it.")]

REFUSED, FAILED = 2, 1
"Exit codes: nothing was changed; the node may not work."


@app.command("ask")
def ask_node(config: Config, sensor: SensorName) -> None:
    """Ask a node who it is. Its edge lets go of the line meanwhile."""
    with _told():
        line, claims, _ = _line(config, sensor, "")
        with claims.hold(line.url):
            _print(asyncio.run(ask(line)))


@app.command("update")
def update_node(
    image: Annotated[Path, typer.Argument(help="The image's manifest, node.json.", dir_okay=False)],
    config: Config,
    sensor: SensorName,
    reset_command: Annotated[
        str, typer.Option(help="Resets the node where its RESET is not wired to the line's DTR.")
    ] = "",
    *,
    trust_image: Annotated[
        bool, typer.Option("--trust-image", help="The node is blank or broken and cannot say what it is.")
    ] = False,
) -> None:
    """Write new firmware into a node. Until it has said that it runs it, the edge shows the node as being updated."""
    with _told():
        checked = load_image(image)
        line, claims, spool = _line(config, sensor, reset_command)
        good = LastGood(spool.with_name(spool.name + "-firmware"))
        with claims.hold(line.url):
            outcome = asyncio.run(_update(line, checked, good, trust_image=trust_image))
        _print(outcome.facts)


async def _update(line: Line, image: Image, good: LastGood, *, trust_image: bool) -> Outcome:
    before = await examine(line, image, trust_image=trust_image)
    if before is not None:
        _print(before)
    return await update(line, image, good, tell=typer.echo)


def _line(config: Path, sensor: str, reset_command: str) -> tuple[Line, Claims, Path]:
    room = load(config)
    found = next((each for each in room.sensor if each.id == sensor), None)
    if found is None or found.link is None:
        raise ConfigError(f"{config}: names no sensor {sensor!r} on a serial line")
    reset = _reset(shlex.split(reset_command)) if reset_command else None
    spool = Path(room.spool)
    return Line(found.link, SystemClock(), reset), Claims(claims_folder(spool)), spool


def _reset(command: list[str]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            process = await asyncio.create_subprocess_exec(*command)
        except OSError as error:
            raise FlashError(f"reset command {command[0]!r} cannot be started: {error.strerror}") from None
        if code := await process.wait():
            raise FlashError(f"reset command {command[0]!r} failed with {code}")

    return run


def _print(facts: Facts) -> None:
    described, beat = facts.descriptor, facts.heartbeat
    typer.echo(
        f"node {facts.hello.node:08x}: {described.board} revision {described.hardware}, "
        f"firmware {described.firmware}, start {facts.hello.boot}, up {beat.uptime} s, "
        f"{beat.free_stack} bytes of stack to spare"
    )


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn refusals and failures into words and exit codes."""
    try:
        yield
    except (ConfigError, ImageError, ClaimedError) as error:
        typer.echo(f"veilleuse node: {error}", err=True)
        raise typer.Exit(REFUSED) from None
    except VeilleuseError as error:
        typer.echo(f"veilleuse node: {error}", err=True)
        raise typer.Exit(FAILED) from None
