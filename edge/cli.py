"""`veilleuse edge`: run rooms, or check their configuration."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devices.clock import SystemClock
from devices.errors import ConfigError, VeilleuseError
from edge.config import EdgeConfig, load_all, read_carer_code, read_credentials

if TYPE_CHECKING:
    from devices.wire.enrolment import Invitation

app = typer.Typer(help="A room's agent: reads its sensors and keeps what they say until the hub has it.")

Configs = Annotated[
    list[Path],
    typer.Option("--config", help="Configuration of a room; may be given several times.", dir_okay=False),
]


@app.command()
def run(config: Configs) -> None:
    """Run one room, or several in one process, until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        configs = load_all(config)
        asyncio.run(_run(configs))
    except VeilleuseError as error:
        typer.echo(f"veilleuse edge: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def check(config: Configs) -> None:
    """Check configurations and print what `run` would do."""
    try:
        for each in load_all(config):
            _describe(each)
    except ConfigError as error:
        typer.echo(f"veilleuse edge: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def kiosk(
    config: Annotated[Path, typer.Option(help="Configuration of the room.", dir_okay=False)],
    browser: Annotated[str, typer.Option(help="The browser's program.")] = "chromium",
    flag: Annotated[list[str] | None, typer.Option(help="Another flag for the browser.")] = None,
) -> None:
    """Show the room's page in a browser, and start that again when it ends or its page hangs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        [found] = load_all([config])
        if found.call is None or not found.call.screen_port:
            raise ConfigError(f"{config}: [call] needs a screen_port for a kiosk")
        asyncio.run(_keep(browser, flag or [], found.call.screen_port))
    except (VeilleuseError, OSError) as error:
        typer.echo(f"veilleuse edge: {error}", err=True)
        raise typer.Exit(2) from None


async def _keep(browser: str, more: list[str], port: int) -> None:
    from edge.kiosk.keeper import FLAGS, Keeper  # noqa: PLC0415 - nothing else needs it

    stop = _stopped()
    await Keeper([browser, *FLAGS, *more], port, SystemClock()).run(stop)


def _stopped() -> asyncio.Event:
    """Return what is set by the signals that end a program."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@app.command("enrol")
def enrol_device(
    config: Annotated[Path, typer.Option(help="Where edge.toml is written, with edge.key beside it.")],
    code: Annotated[
        str,
        typer.Argument(
            help="What the QR code says, or the typed code; without it, or with -, it is read from standard input.",
            metavar="[veilleuse-enrol:...]",
        ),
    ] = "-",
    hub: Annotated[str, typer.Option(help="The hub's address, for a typed code.")] = "",
    *,
    replace: Annotated[bool, typer.Option(help="Keep sensors and calls, fetch new keys.")] = False,
) -> None:
    """Fetch this device's keys with a one-time code from the technician's page."""
    from edge.enrol import enrol  # noqa: PLC0415 - brings encryption

    try:
        given = sys.stdin.readline() if code == "-" else code
        credentials = enrol(_invitation(given, hub), config, replace=replace)
    except VeilleuseError as error:
        typer.echo(f"veilleuse edge: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"enrolled as {credentials.edge} in room {credentials.room}; wrote {config}")
    typer.echo(f"start it: veilleuse edge run --config {config}")


def _invitation(text: str, hub: str) -> Invitation:
    from devices.wire.enrolment import SCHEME, Code, Invitation, hub_address  # noqa: PLC0415 - the same

    if text.strip().lower().startswith(SCHEME):
        return Invitation.parse(text)
    if not hub:
        raise ConfigError("a typed code needs the hub's address: --hub http://...")
    return Invitation(hub_address(hub), Code.parse(text))


def _describe(config: EdgeConfig) -> None:
    from edge.sensor import place  # noqa: PLC0415 - loads every driver

    read_credentials(Path(config.key_file))
    if config.call is not None and config.call.carer_code_file is not None:
        read_carer_code(Path(config.call.carer_code_file))
    broker = config.broker
    tls = f"TLS, authority {broker.tls_ca}" if broker.tls_ca else "no TLS"
    typer.echo(f"edge {config.edge}" + (f", room {config.room}" if config.room else ""))
    typer.echo(f"  broker   {broker.host}:{broker.port}, MQTT {broker.protocol}, {tls}")
    limits = config.spool_limits
    typer.echo(f"  spool    {config.spool}, {limits.max_mb:g} MB, backlog at {limits.late_rate:g} batches/s")
    typer.echo(f"  clock    {config.clock.source}")
    for sensor in config.sensor:
        typer.echo(f"  sensor   {sensor.id}: {sensor.protocol} at {place(sensor)}")
    call = config.call
    typer.echo("  call     " + (f"{call.consent}, camera {call.camera}" if call else "none"))


async def _run(configs: list[EdgeConfig]) -> None:
    from edge.process import run_rooms  # noqa: PLC0415 - `check` and `--help` need nothing of this

    stop = _stopped()
    await run_rooms(configs, stop, os.environ.get("NOTIFY_SOCKET"), os.environ.get("WATCHDOG_USEC"))
