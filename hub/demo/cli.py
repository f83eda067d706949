"""`veilleuse demo`: virtual sensors, rooms, hub and broker of an invented home, on loopback."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from devices.clock import SECOND, Clock, SystemClock
from devices.errors import VeilleuseError
from devices.simulators.control import Request, command
from hub.demo.children import ChildError, Children
from hub.demo.home import (
    Account,
    Home,
    Ports,
    free_ports,
    prepare,
    read_accounts,
    read_home,
    write_edge_configs,
    write_hub_config,
    write_sensors_config,
)
from hub.demo.region_cli import run_region
from hub.demo.visitor import Visitor

READY_SECONDS = 180
"How long the home may take to be alive before the demo says what is missing and gives up."

STORY = (
    (30, "p12", "hypoxia", "Jeanne Martin's saturation falls (room 12)"),
    (120, "ch8-oxymetre", "probe_off", "Roger Laurent's probe comes off (room 8)"),
    (300, "p12", "well", "Jeanne Martin recovers"),
    (330, "ch8-oxymetre", "well", "Roger Laurent's probe is put back"),
)
"Seconds after the home is ready, who, what happens, in words."

ALONE = "ch12"
"This room's agent has a process of its own, as in a real home; the other rooms share one."


def demo(
    data: Annotated[Path, typer.Option(help="Directory of the demo home; made at the first start.")] = Path(
        ".demo"
    ),
    port: Annotated[int, typer.Option(help="Port of the screens on 127.0.0.1.", min=1, max=65535)] = 8080,
    *,
    story: Annotated[
        bool, typer.Option(help="Let a resident's state worsen half a minute after the start.")
    ] = True,
    region: Annotated[
        bool,
        typer.Option("--region", help="Two homes with three months of acts behind them, without sensors."),
    ] = False,
) -> None:
    """Run a whole demo home on this machine until Ctrl-C."""
    stop = _stop_on_signals()
    children = Children(data / "logs")
    try:
        if region:
            run_region(data, port, children, stop, SystemClock())
        else:
            _run(data, port, children, stop, SystemClock(), story=story)
    except (ChildError, VeilleuseError) as error:
        typer.echo(f"veilleuse: {error}", err=True)
        raise typer.Exit(1) from None
    finally:
        children.stop()


def _run(
    data: Path, port: int, children: Children, stop: threading.Event, clock: Clock, *, story: bool
) -> None:
    home = read_home()
    prepare(data, home, clock)
    ports, screens = Ports(*free_ports(4)), _screens(home)
    url = f"http://127.0.0.1:{port}"
    _start(data, home, children, ports, screens, port)
    accounts = read_accounts(data)
    if _until_alive(Visitor(url, accounts[0]), len(home.equipped), children, stop, clock):
        _tell(url, accounts, screens, ports)
        _watch(children, stop, clock, f"127.0.0.1:{ports.control}", story=story)


def _start(
    data: Path, home: Home, children: Children, ports: Ports, screens: dict[str, int], port: int
) -> None:
    sensors = write_sensors_config(data, home, ports)
    hub = write_hub_config(data, ports, port)
    edges = write_edge_configs(data, home, ports, screens)
    children.start("hub", ["hub", "serve", "--config", str(hub)])
    children.start("sensors", ["sensors", "run", "--config", str(sensors)])
    children.start(f"edge-{ALONE}", ["edge", "run", "--config", str(edges.pop(ALONE))])
    children.start(
        "edges", ["edge", "run", *(part for path in edges.values() for part in ("--config", str(path)))]
    )


def _screens(home: Home) -> dict[str, int]:
    """Ports of the rooms' own screens, by edge."""
    rooms = [person.edge for person in home.equipped if len(person.sensors) > 1]
    return dict(zip(rooms, free_ports(len(rooms)), strict=True))


def _until_alive(
    visitor: Visitor, rooms: int, children: Children, stop: threading.Event, clock: Clock
) -> bool:
    deadline = clock.monotonic() + READY_SECONDS * SECOND
    while missing := visitor.missing(rooms):
        children.check()
        if clock.monotonic() > deadline:
            raise ChildError(f"not ready after {READY_SECONDS} s: {missing}; see {children.folder}")
        if stop.wait(0.2):
            return False
    return True


def _tell(url: str, accounts: list[Account], screens: dict[str, int], ports: Ports) -> None:
    typer.echo(f"veilleuse: ready {url}")
    typer.echo("  Demo home, invented people, this machine only. Ctrl-C stops everything.")
    for account in accounts:
        typer.echo(f"  {account.role.value:10}  {account.username:11}  {account.password}")
    for edge, screen in screens.items():
        typer.echo(f"  screen of room {edge.removeprefix('ch'):3} http://127.0.0.1:{screen}/")
    typer.echo(
        f"  make something happen: veilleuse sensors scenario --control 127.0.0.1:{ports.control} p12 hypoxia"
    )


def _watch(children: Children, stop: threading.Event, clock: Clock, control: str, *, story: bool) -> None:
    """Let the story happen, and watch the processes, until told to stop."""
    start = clock.monotonic()
    chapters = list(STORY) if story else []
    while not stop.wait(0.5):
        children.check()
        if chapters and clock.monotonic() - start >= chapters[0][0] * SECOND:
            _, target, scenario, words = chapters.pop(0)
            answer = command(control, Request(target=target, scenario=scenario))
            typer.echo(f"  story: {words}" if answer.ok else f"  story: {target} {scenario}: {answer.error}")


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # only the main thread may
            signal.signal(number, ask)
    return stop
