"""`veilleuse sensors`: run virtual sensors, and make something happen to them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from devices.clock import SystemClock
from devices.errors import ConfigError
from devices.simulators.config import load
from devices.simulators.control import Answer, Request
from devices.simulators.control import command as ask_home
from devices.simulators.home import VirtualHome

app = typer.Typer(help="Virtual sensors with real bytes, on ptys and a virtual radio.", no_args_is_help=True)
_HELP = {"why": "Say why a sensor of a home is silent, and what to do."}
"One line for each command of another room, so that `--help` needs to import none of them."
_EVERYTHING = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}

Control = Annotated[str, typer.Option(help="HOST:PORT or socket that `run` printed as control.")]


@app.command()
def run(
    config: Annotated[Path, typer.Option(help="TOML file; its keys are in devices/simulators/config.py.")],
) -> None:
    """Run virtual sensors until interrupted; prints one JSON line when all are up."""
    try:
        asyncio.run(_run(config))
    except ConfigError as error:
        typer.echo(f"veilleuse sensors: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def scenario(
    target: Annotated[str, typer.Argument(help="A sensor, or a patient.")],
    name: Annotated[
        str, typer.Argument(help="well, hypoxia, sepsis, fall, arrhythmia, probe_off, motion, unplug, plug.")
    ],
    control: Control,
) -> None:
    """Make something happen."""
    _ask(control, Request(target=target, scenario=name))


@app.command("list")
def list_sensors(control: Control) -> None:
    """Tell which virtual sensors there are, one JSON line each."""
    for state in _ask(control, Request(list=True)).sensors:
        print(msgspec.json.encode(state).decode())


def _forwarder(entry: EntryPoint) -> Callable[[typer.Context], None]:
    def forward(context: typer.Context) -> None:
        single = typer.Typer(add_completion=False)
        single.command()(entry.load())
        command = typer.main.get_command(single)
        command.main(args=list(context.args), prog_name=f"veilleuse sensors {entry.name}")

    return forward


# Commands about sensors of the rooms above this one (docs/decisions/0002); loaded when they are asked for.
for _entry in entry_points(group="veilleuse.sensors"):
    app.command(_entry.name, help=_HELP.get(_entry.name), context_settings=_EVERYTHING)(_forwarder(_entry))


def _ask(control: str, request: Request) -> Answer:
    try:
        answer = ask_home(control, request)
    except ConfigError as error:
        typer.echo(f"veilleuse sensors: {error}", err=True)
        raise typer.Exit(2) from None
    if not answer.ok:
        typer.echo(f"veilleuse sensors: {answer.error}", err=True)
        raise typer.Exit(1)
    return answer


async def _run(path: Path) -> None:
    home = VirtualHome(load(path), path.parent, SystemClock())
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    await home.start()
    try:
        ready = {
            "ready": True,
            "control": home.control,
            "hci": home.hci or None,
            "sensors": [
                {"name": state.name, "protocol": state.protocol, "place": state.place}
                for state in home.states()
            ],
        }
        print(msgspec.json.encode(ready).decode(), flush=True)
        living = asyncio.ensure_future(home.wait())
        waiting = asyncio.ensure_future(ending.wait())
        await asyncio.wait({living, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if living.done():
            await living
        living.cancel()
    finally:
        await home.stop()
