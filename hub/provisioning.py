"""A hub's data directory and its secrets, and who is enrolled: the only place that makes keys."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from devices.errors import ConfigError
from devices.identity import identifier
from devices.wire.seal import SECRET_BYTES, edge_secret
from hub.alerting.model import TEST_EDGE
from hub.broker import HUB
from hub.secret_file import write_secret
from hub.store import cares, records, sensors
from hub.store.cares import Care
from hub.store.database import Database
from hub.store.errors import StoreError
from hub.store.records import AuditEntry, EdgeRecord, Resident, Room
from hub.store.sensors import Assignment, SensorKey


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Where a hub keeps everything; the names are those of docs/architecture.md."""

    path: Path

    @property
    def database(self) -> Path:
        """Records and, with the embedded store, time series."""
        return self.path / "hub.db"

    @property
    def broker(self) -> Path:
        """The started broker's configuration."""
        return self.path / "broker"

    @property
    def secrets(self) -> Path:
        """What only the hub may read."""
        return self.path / "secrets"

    @property
    def master_key(self) -> Path:
        """32 random bytes from which every edge's secret is derived."""
        return self.secrets / "master.key"

    @property
    def mqtt_password(self) -> Path:
        """The hub's own MQTT password."""
        return self.secrets / "mqtt-hub"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the hub knows."""

    master: bytes
    mqtt_password: str

    def edge_password(self, edge: EdgeRecord) -> str:
        """Return an edge's MQTT password."""
        text = f"veilleuse/1 mqtt {edge.id} version {edge.key_version}"
        return hmac.digest(self.master, text.encode(), "sha256").hex()

    def edge_key(self, edge: EdgeRecord) -> str:
        """Return the text of `edge.key`: the secret in hexadecimal, and the MQTT password, one line each."""
        secret = edge_secret(self.master, edge.id, edge.key_version).hex()
        return f"{secret}\n{self.edge_password(edge)}\n"


def initialise(path: Path, home: str) -> None:
    """Make a data directory, its secrets and its database.

    Raises:
        ConfigError: the directory holds a hub already: it would lose its keys and its history.
    """
    data = DataDirectory(path)
    for existing in (data.database, data.master_key):
        if existing.exists():
            raise ConfigError(f"{existing} exists: this directory holds a hub already")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    data.master_key.parent.mkdir(mode=0o700, exist_ok=True)
    database = Database(data.database)
    try:
        with database.write() as connection:
            records.save_home(connection, home)
    finally:
        database.close()
    write_secret(data.mqtt_password, secrets.token_urlsafe(24).encode())
    # Last: a directory with a master key is complete.
    write_secret(data.master_key, secrets.token_bytes(SECRET_BYTES))


def read_secrets(data: DataDirectory) -> Secrets:
    """Read the secrets.

    Raises:
        ConfigError: a file is missing, has the wrong size, or others may read it.
    """
    master = _read_secret(data.master_key)
    if len(master) != SECRET_BYTES:
        raise ConfigError(f"{data.master_key} has {len(master)} bytes, expected {SECRET_BYTES}")
    password = _read_secret(data.mqtt_password).decode("ascii", "replace").strip()
    if not password:
        raise ConfigError(f"{data.mqtt_password} is empty")
    return Secrets(master, password)


def open_database(data: DataDirectory) -> Database:
    """Open the hub's database.

    Raises:
        ConfigError: there is none: a hub that lost its history must not start silently empty.
        StoreError: it is damaged or of a newer release.
    """
    if not data.database.exists():
        raise ConfigError(f"{data.database} is missing: `veilleuse hub init` makes a new hub")
    return Database(data.database, create=False)


def accounts(connection: Connection, keys: Secrets) -> dict[str, str]:
    """Return the broker's accounts: passwords by user name."""
    enrolled = (edge for edge in records.edges(connection).values() if edge.revoked is None)
    test = {TEST_EDGE: keys.edge_password(EdgeRecord(TEST_EDGE, 1, 0))}
    return {HUB: keys.mqtt_password} | test | {edge.id: keys.edge_password(edge) for edge in enrolled}


def add_room(connection: Connection, room: Room, actor: str, now: int) -> None:
    """Add a room.

    Raises:
        ConfigError: its id is not an identifier.
        StoreError: its id is taken.
    """
    identifier(room.id, "room")
    records.add_room(connection, room)
    records.audit(connection, AuditEntry(now, actor, "add room", room.id, room.name))


def add_resident(connection: Connection, resident: Resident, room: str | None, actor: str, now: int) -> None:
    """Add a resident, living in a room from now on.

    Raises:
        ConfigError: the id is not an identifier, or the year of birth is not one.
        StoreError: the id is taken, the room is unknown or somebody else's.
    """
    identifier(resident.id, "resident")
    if not 1890 <= resident.birth_year <= 2100:
        raise ConfigError(f"birth year {resident.birth_year} of resident {resident.id!r} is not 1890 to 2100")
    records.add_resident(connection, resident)
    records.audit(connection, AuditEntry(now, actor, "add resident", resident.id))
    if room is not None:
        move_resident(connection, resident.id, room, actor, now)


def move_resident(connection: Connection, resident: str, room: str | None, actor: str, now: int) -> None:
    """Let a resident live in another room from now on, or nowhere.

    Raises:
        StoreError: unknown, or the room is somebody else's.
    """
    records.move_resident(connection, resident, room, now, actor)
    records.audit(connection, AuditEntry(now, actor, "move resident", resident, room or ""))


def assign_sensor(
    connection: Connection, key: SensorKey, resident: str, actor: str, reason: str, now: int
) -> Assignment:
    """Give a personal sensor, (edge, sensor), to who lives in its edge's room, from now on.

    Raises:
        StoreError: it was never heard, or the resident does not live there.
    """
    if key not in sensors.sensors(connection, key[0]):
        raise StoreError(f"sensor {key[1]!r} of edge {key[0]!r} was never heard")
    made = sensors.assign(connection, key, resident, author=actor, reason=reason, now=now)
    records.audit(connection, AuditEntry(now, actor, "assign sensor", "/".join(key), f"{resident}: {reason}"))
    return made


def unlink_sensor(connection: Connection, key: SensorKey, actor: str, reason: str, now: int) -> None:
    """Let a sensor belong to nobody from now on.

    Raises:
        StoreError: it belongs to nobody.
    """
    sensors.unlink(connection, key, author=actor, reason=reason, now=now)
    records.audit(connection, AuditEntry(now, actor, "unlink sensor", "/".join(key), reason))


def add_care(connection: Connection, username: str, resident: str, actor: str, now: int) -> bool:
    """Let a physician care for a resident from now on; false when they do already.

    Raises:
        StoreError: account or resident is unknown, or the account is no physician's.
    """
    added = cares.add(connection, Care(username, resident, now, None, actor))
    if added:
        records.audit(connection, AuditEntry(now, actor, "care_added", resident, username))
    return added


def end_care(connection: Connection, username: str, resident: str, actor: str, now: int) -> None:
    """Let a physician care for a resident no more.

    Raises:
        StoreError: they do not.
    """
    if not cares.end(connection, username, resident, actor, now):
        raise StoreError(f"{username!r} does not care for resident {resident!r}")
    records.audit(connection, AuditEntry(now, actor, "care_ended", resident, username))


def enrol_edge(
    connection: Connection, keys: Secrets, edge: str, room: str | None, actor: str, now: int
) -> str:
    """Enrol an edge in a room, or enrol it anew with a new secret, and return the text of its `edge.key`.

    Raises:
        ConfigError: the id is not an identifier, or the hub's own.
        StoreError: the room is unknown.
    """
    identifier(edge, "edge")
    if edge in {HUB, TEST_EDGE}:
        raise ConfigError(f"edge {edge!r} has the hub's own name")
    known = records.edges(connection).get(edge)
    version = 1 if known is None else known.key_version + 1
    enrolled = EdgeRecord(edge, version, now)
    records.save_edge(connection, enrolled)
    if room is not None:
        records.place_edge(connection, edge, room, now, actor)
    records.audit(
        connection, AuditEntry(now, actor, "enrol edge", edge, f"room {room}, key version {version}")
    )
    return keys.edge_key(enrolled)


def revoke_edge(connection: Connection, edge: str, actor: str, now: int) -> None:
    """Let an edge in no more: neither the broker nor the hub takes its word.

    Raises:
        StoreError: it is unknown or revoked already.
    """
    known = records.edges(connection).get(edge)
    if known is None or known.revoked is not None:
        raise StoreError(f"edge {edge!r} is {'unknown' if known is None else 'revoked already'}")
    records.save_edge(connection, replace(known, revoked=now))
    records.place_edge(connection, edge, None, now, actor)
    records.audit(connection, AuditEntry(now, actor, "revoke edge", edge))


def _read_secret(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigError(f"{path} has mode {mode & 0o777:o}: others may read it, expected 600")
    return content
