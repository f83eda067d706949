"""The `veilleuse` command: finds the sub-command that is asked for and loads that one alone.

Sub-commands are entry points of the group `veilleuse.commands` (pyproject.toml), so this package never imports the
rooms above it, and `veilleuse decode` starts without a broker client, a web server or a video stack.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from devices.errors import ConfigError, VeilleuseError

GROUP = "veilleuse.commands"
"Entry-point group; a value is a `typer.Typer` (a group of commands) or a function (one command)."

HELP = {
    "decode": "Decode captured sensor traffic: JSON lines in, JSON lines out.",
    "ecg": "Find R-peaks, heart rate and atrial fibrillation in a recorded ECG.",
    "ppg": "Find pulses, pulse rate and breathing in a recorded pulse wave.",
    "edge": "Run the agent of a room.",
    "node": "Ask a room node who it is, and give it new firmware.",
    "hub": "Run the hub of a home.",
    "sensors": "Run virtual sensors that answer with real bytes.",
    "alerts": "Check a home's rules of alarm.",
    "news2": "Score sets of observations by NEWS2: JSON lines in, JSON lines out.",
    "triage": "Run the questionnaire before a teleconsultation: JSON lines in, JSON lines out.",
    "simulate": "Load a hub with many virtual residents.",
    "demo": "Run a whole demo home on this machine.",
}
"One line for each sub-command, so that `--help` needs to import none of them."

EXIT_ERROR = 2
"Exit status when Veilleuse refuses: a configuration, a file or a command line is wrong."


def _entry_point(name: str) -> EntryPoint:
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise ConfigError(f"command {name!r} is not installed")
    return next(iter(found))


def load(name: str) -> Any:
    """Return the runnable command of that name, importing it and nothing else.

    Raises:
        ConfigError: it is not installed, or a package it needs is not.
    """
    entry = _entry_point(name)
    try:
        target = entry.load()
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"command {name!r} needs the module {error.name!r}, which is not installed"
        ) from error
    if isinstance(target, typer.Typer):
        # get_group, not get_command: a group that has one command so far keeps its name (`hub serve`).
        return typer.main.get_group(target)
    single = typer.Typer(add_completion=False)
    single.command()(target)
    return typer.main.get_command(single)


def _forwarder(name: str) -> Callable[[typer.Context], None]:
    def forward(context: typer.Context) -> None:
        load(name).main(args=list(context.args), prog_name=f"veilleuse {name}")

    return forward


def build() -> typer.Typer:
    """Return the root command."""
    root = typer.Typer(
        name="veilleuse",
        help="From a sensor's bytes to a nurse's alert and a doctor's video call.",
        no_args_is_help=True,
        add_completion=False,
    )

    @root.callback(invoke_without_command=True)
    def veilleuse(
        *, show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
    ) -> None:
        """From a sensor's bytes to a nurse's alert and a doctor's video call."""
        if show_version:
            typer.echo(f"veilleuse {version('veilleuse')}")
            raise typer.Exit

    # The forwarder takes every argument as it is, `--help` too: only the sub-command knows what they mean.
    everything = {
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "help_option_names": [],
    }
    for name, line in HELP.items():
        root.command(name, help=line, context_settings=everything)(_forwarder(name))
    return root


def main() -> None:
    """Run `veilleuse`; an error it raises on purpose is one red line, never a traceback."""
    try:
        typer.main.get_command(build()).main(prog_name="veilleuse")
    except VeilleuseError as error:
        line = " ".join(str(error).split())
        Console(stderr=True, soft_wrap=True).print(Text(f"veilleuse: {line}", style="red"))
        sys.exit(EXIT_ERROR)
