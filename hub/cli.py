"""`veilleuse hub ...`."""

from __future__ import annotations

import asyncio
import gc
import getpass
import json
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy import Connection

from devices.clock import SystemClock
from devices.errors import ConfigError
from hub import config as configuration
from hub import provisioning, relay
from hub.activity_cli import add_files
from hub.acts.directory import Entry
from hub.alerting.model import TEST_EDGE
from hub.api.app import openapi_document
from hub.api.models import Role
from hub.app import Hub
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.directory_cli import import_directory, told
from hub.furnish import furnish_home
from hub.secret_file import write_secret
from hub.store import professionals
from hub.store.accounts import Accounts
from hub.store.records import EdgeRecord, Resident, Room

app = typer.Typer(help="Run the hub of a home.")

_T = TypeVar("_T")
_ACTOR = "command line"
_MIN_PASSWORD = 12

Config = Annotated[Path, typer.Option("--config", "-c", help="hub.toml")]


@app.command()
def serve(config: Config) -> None:
    """Run the hub until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if not asyncio.run(_serve(configuration.load(config))):
        raise typer.Exit(1)


@app.command()
def init(config: Config, home: Annotated[str, typer.Option(help="The home's name.")]) -> None:
    """Make the data directory, its secrets and its database."""
    data = configuration.load(config).data
    provisioning.initialise(data, home)
    print(f"made {data} for {home}")


@app.command("add-user")
def add_user(
    config: Config,
    username: str,
    role: Role,
    name: Annotated[str, typer.Option(help="Name and title that others see.")],
) -> None:
    """Add an account; the password is asked for, or read from standard input."""
    data = provisioning.DataDirectory(configuration.load(config).data)
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < _MIN_PASSWORD:
        raise ConfigError(f"the password has {len(password)} characters, expected {_MIN_PASSWORD} or more")
    now = SystemClock().utc()
    database = provisioning.open_database(data)
    try:
        accounts = Accounts(database)
        accounts.add_user(
            User(username, name, role.value, Passwords().hash(password), disabled=False, created=now)
        )
        accounts.audit(now, _ACTOR, "add user", username, role.value)
    finally:
        database.close()
    print(f"added {role.value} {username}")


@app.command("add-room")
def add_room(
    config: Config, room: str, name: Annotated[str, typer.Option(help="What screens show.")]
) -> None:
    """Add a room."""
    _change(config, lambda c, _keys, now: provisioning.add_room(c, Room(room, name), _ACTOR, now))
    print(f"added room {room}")


@app.command("add-resident")
def add_resident(
    config: Config,
    resident: str,
    family_name: Annotated[str, typer.Option()],
    given_name: Annotated[str, typer.Option()],
    birth_year: Annotated[int, typer.Option()],
    room: Annotated[str | None, typer.Option()] = None,
) -> None:
    """Add a resident, living in a room from now on."""

    def work(connection: Connection, _keys: provisioning.Secrets, now: int) -> None:
        person = Resident(resident, family_name, given_name, birth_year, now)
        provisioning.add_resident(connection, person, room, _ACTOR, now)

    _change(config, work)
    print(f"added resident {resident}")


@app.command("move-resident")
def move_resident(
    config: Config, resident: str, room: Annotated[str | None, typer.Argument()] = None
) -> None:
    """Let a resident live in another room from now on; without a room they have left the home."""
    _change(config, lambda c, _keys, now: provisioning.move_resident(c, resident, room, _ACTOR, now))
    print(f"resident {resident} lives in {room or 'no room'}")


@app.command("add-care")
def add_care(
    config: Config,
    username: str,
    residents: Annotated[list[str], typer.Argument(help="Whom the physician cares for from now on.")],
) -> None:
    """Let a physician care for residents; from the first relation on, physicians see only those they care for."""

    def work(connection: Connection, _keys: provisioning.Secrets, now: int) -> None:
        for resident in residents:
            provisioning.add_care(connection, username, resident, _ACTOR, now)

    _change(config, work)
    print(f"{username} cares for {', '.join(residents)}")


@app.command("end-care")
def end_care(config: Config, username: str, resident: str) -> None:
    """Let a physician care for a resident no more."""
    _change(config, lambda c, _keys, now: provisioning.end_care(c, username, resident, _ACTOR, now))
    print(f"{username} no longer cares for {resident}")


@app.command("add-edge")
def add_edge(
    config: Config,
    edge: str,
    room: Annotated[str, typer.Option()],
    out: Annotated[Path, typer.Option(help="Directory in which edge.key is written.")],
) -> None:
    """Enrol a room's device, or give an enrolled one a new secret, and write its edge.key."""
    key = _change(config, lambda c, keys, now: provisioning.enrol_edge(c, keys, edge, room, _ACTOR, now))
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_secret(out / "edge.key", key.encode())
    print(f"wrote {out / 'edge.key'}")


@app.command("test-account")
def test_account(config: Config) -> None:
    """Print name and password of the test alarm's account, for a broker of your own."""
    keys = provisioning.read_secrets(provisioning.DataDirectory(configuration.load(config).data))
    print(f"{TEST_EDGE}\n{keys.edge_password(EdgeRecord(TEST_EDGE, 1, 0))}")


@app.command("assign-sensor")
def assign_sensor(
    config: Config,
    edge: str,
    sensor: str,
    resident: str,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Give a personal sensor to who lives in its edge's room, from now on."""
    key = (edge, sensor)
    _change(config, lambda c, _keys, now: provisioning.assign_sensor(c, key, resident, _ACTOR, reason, now))
    print(f"sensor {sensor} of {edge} belongs to {resident}")


@app.command("unlink-sensor")
def unlink_sensor(
    config: Config,
    edge: str,
    sensor: str,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Let a personal sensor belong to nobody from now on."""
    key = (edge, sensor)
    _change(config, lambda c, _keys, now: provisioning.unlink_sensor(c, key, _ACTOR, reason, now))
    print(f"sensor {sensor} of {edge} belongs to nobody")


@app.command("professionals")
def import_professionals(
    config: Config,
    file: Annotated[Path, typer.Argument(help="CSV extract of the public directory (docs/dossier.md).")],
    department: Annotated[
        list[str] | None, typer.Option(help="Keep only these departments; may be given several times.")
    ] = None,
) -> None:
    """Add the professionals of the public directory, or renew them; a row that cannot be read is told."""

    def write(entries: list[Entry]) -> int:
        return _change(config, lambda c, _keys, now: professionals.save(c, entries, now))

    for line in told(import_directory(file, frozenset(department or ()), write)):
        print(line)


@app.command("activity")
def activity(
    files: Annotated[
        list[Path], typer.Argument(help="What each home handed out as `/api/v1/activity/file`.")
    ],
    out: Annotated[Path, typer.Option(help="The report, PDF/A.")] = Path("activite-region.pdf"),
) -> None:
    """Add the activity of several homes up: print the sums, and write two pages. No hub is asked, nothing is kept."""
    for line in add_files(files, out, SystemClock().utc()):
        print(line)


@app.command("furnish")
def furnish(
    config: Config,
    rooms: Annotated[Path, typer.Argument(help="JSON lines; the form is in hub/furnish.py.")],
    out: Annotated[Path, typer.Option(help="Directory in which EDGE.key files are written.")],
) -> None:
    """Add a whole list of rooms with their residents and devices."""
    print(f"added {furnish_home(config, rooms, out)} rooms")


@app.command("revoke-edge")
def revoke_edge(config: Config, edge: str) -> None:
    """Let an edge in no more."""
    _change(config, lambda c, _keys, now: provisioning.revoke_edge(c, edge, _ACTOR, now))
    print(f"revoked {edge}")


@app.command("relay-config")
def relay_config(
    config: Config,
    folder: Annotated[Path, typer.Option(help="Where the relay may write.")] = Path("/var/lib/turn"),
) -> None:
    """Print coturn's configuration for a relay of its own (docs/deploy-relay.md); it holds the shared secret."""
    settings = configuration.load(config).relay
    if settings.server is None:
        raise ConfigError(f"{config} has no [relay.server]")
    print(relay.configuration(settings.server, relay.secret(settings), folder), end="")


@app.command()
def openapi() -> None:
    """Print the interface's OpenAPI document."""
    print(json.dumps(openapi_document(), indent=1, sort_keys=True))


def _change(config: Path, work: Callable[[Connection, provisioning.Secrets, int], _T]) -> _T:
    """Run one change; a hub that is running notices it within seconds."""
    data = provisioning.DataDirectory(configuration.load(config).data)
    keys = provisioning.read_secrets(data)
    database = provisioning.open_database(data)
    try:
        with database.write() as connection:
            return work(connection, keys, SystemClock().utc())
    finally:
        database.close()


def _calm_collector() -> None:
    """Spare what was imported from the garbage collector, and let it look at the young less often.

    A turn of the writer makes thousands of objects without cycles; with Python's own thresholds the collector runs
    through all of them many times a second, and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _serve(config: configuration.HubConfig) -> bool:
    hub = Hub(config)
    _calm_collector()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await hub.start()
        print(f"veilleuse: hub ready {hub.url}", flush=True)
        return await hub.run(stop)
    finally:
        await hub.stop()
