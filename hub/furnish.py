"""A home's rooms, residents and edges from one list, in one transaction: a hundred rooms are not typed one by one.

The list is JSON lines, one room each:
    {"room": "12", "name": "Chambre 12", "resident": "r12", "family_name": "Martin", "given_name": "Jeanne",
     "birth_year": 1932, "edge": "room-12"}
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from devices.clock import SystemClock
from devices.errors import ConfigError
from hub import config as configuration
from hub import provisioning
from hub.provisioning import Secrets
from hub.secret_file import write_secret
from hub.store.records import Resident, Room

_ACTOR = "command line"


class RoomLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the list: a room, who lives there, and its device."""

    room: str
    name: str
    resident: str
    family_name: str
    given_name: str
    birth_year: int
    edge: str


_decoder = msgspec.json.Decoder(RoomLine)


def read_list(path: Path) -> list[RoomLine]:
    """Read a list.

    Raises:
        ConfigError: it cannot be read, or a line is wrong; the text names the line and the violation.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} line {number}: {error}") from None
    return rows


def furnish(connection: Connection, keys: Secrets, rows: list[RoomLine], now: int) -> dict[str, str]:
    """Add every room of a list, and return the texts of the edges' key files.

    Raises:
        ConfigError: an id is no identifier.
        StoreError: an id is taken; nothing of the list is kept.
    """
    found = {}
    for row in rows:
        provisioning.add_room(connection, Room(row.room, row.name), _ACTOR, now)
        person = Resident(row.resident, row.family_name, row.given_name, row.birth_year, now)
        provisioning.add_resident(connection, person, row.room, _ACTOR, now)
        found[row.edge] = provisioning.enrol_edge(connection, keys, row.edge, row.room, _ACTOR, now)
    return found


def furnish_home(config: Path, rooms: Path, out: Path) -> int:
    """Furnish the hub of a configuration from a list, and write `<edge>.key` files into `out`; return how many.

    Raises:
        ConfigError: see `read_list` and `furnish`.
        StoreError: see `furnish`.
    """
    data = provisioning.DataDirectory(configuration.load(config).data)
    secrets, rows = provisioning.read_secrets(data), read_list(rooms)
    database = provisioning.open_database(data)
    try:
        with database.write() as connection:
            keys = furnish(connection, secrets, rows, SystemClock().utc())
    finally:
        database.close()
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for edge, text in keys.items():
        write_secret(out / f"{edge}.key", text.encode())
    return len(keys)
