"""`veilleuse demo --region`: two homes with three months behind them, each with a hub of its own, on loopback."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import typer

from devices.clock import SECOND, Clock
from hub.demo.children import ChildError, Children
from hub.demo.home import free_ports, read_accounts
from hub.demo.region import Made, prepare, read_region, write_config
from hub.demo.visitor import Visitor

READY_SECONDS: Final = 180
"How long a hub may take to answer before the demo gives up."


def run_region(data: Path, port: int, children: Children, stop: threading.Event, clock: Clock) -> None:
    """Make the homes, start their hubs on two ports and say how to open them, until told to stop.

    Args:
        data: directory of both homes.
        port: of the first home; the second has the next one.
        children: where the hubs become processes.
        stop: set when everything ends.
        clock: real time.

    Raises:
        ChildError: a hub ended, or never became ready.
    """
    typer.echo("veilleuse: two homes, three months of acts; the first start makes them, in half a minute")
    homes = prepare(data, read_region(), clock.utc())
    brokers = free_ports(len(homes))
    ports = range(port, port + len(homes))
    for home, http, broker in zip(homes, ports, brokers, strict=True):
        config = write_config(home.folder, http, broker)
        children.start(f"hub-{home.folder.name}", ["hub", "serve", "--config", str(config)])
    urls = [f"http://127.0.0.1:{each}" for each in ports]
    for home, url in zip(homes, urls, strict=True):
        if not _ready(home, url, children, stop, clock):
            return
    _tell(homes, urls)
    while not stop.wait(0.5):
        children.check()


def _ready(home: Made, url: str, children: Children, stop: threading.Event, clock: Clock) -> bool:
    visitor = Visitor(url, read_accounts(home.folder)[0])
    deadline = clock.monotonic() + READY_SECONDS * SECOND
    # Nobody is watched here: it is ready as soon as it answers and its pages are built.
    while missing := visitor.missing(0):
        children.check()
        if clock.monotonic() > deadline:
            raise ChildError(f"{home.name} is not ready after {READY_SECONDS} s: {missing}")
        if stop.wait(0.2):
            return False
    return True


def _tell(homes: list[Made], urls: list[str]) -> None:
    typer.echo(f"veilleuse: ready {' '.join(urls)}")
    typer.echo("  Invented people, this machine only. Ctrl-C stops everything.")
    for home, url in zip(homes, urls, strict=True):
        typer.echo(f"  {home.name}: {url}/activite")
        for account in read_accounts(home.folder):
            typer.echo(f"    {account.role.value:12} {account.username:12} {account.password}")
    typer.echo(
        "  both together: « Fichier pour l'agence » in one home, « Ajouter d'autres établissements » in the other"
    )
