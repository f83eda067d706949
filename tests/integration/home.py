"""A whole home in a temporary directory, as real processes: hub (which starts its broker), edges, virtual sensors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from devices.clock import SECOND, SystemClock
from devices.limits import Limit
from hub import provisioning
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.provisioning import DataDirectory
from hub.store import records
from hub.store.accounts import Accounts
from hub.store.records import Prescription, Resident, Room
from tests.integration.client import HubClient
from tests.integration.processes import VEILLEUSE, Process, free_port, wait_for

PASSWORD = "un mot de passe pour les essais"
USERS = (("infirmiere", "nurse"), ("medecin", "physician"), ("technicien", "technician"))
BEFORE = 3_600 * SECOND
"Everybody has lived there for an hour: what a test measures in its own past is somebody's."


@dataclass
class RoomPlan:
    """One room with one resident, one edge and their sensors."""

    number: int
    sensors: list[dict[str, Any]] = field(default_factory=list)
    "Tables of `edge.toml`."
    limits: list[Limit] = field(default_factory=list)
    extra: str = ""
    "More of `edge.toml`, tables."
    family_name: str = ""
    "The resident's; one with the room's number when it is empty."

    @property
    def edge(self) -> str:
        return f"room-{self.number}"

    @property
    def resident(self) -> str:
        return f"r{self.number}"


class Home:
    """The processes of one home; `stop` ends them all."""

    def __init__(
        self, folder: Path, rooms: list[RoomPlan], *, hub_toml: str = "", broker_port: int | None = None
    ) -> None:
        """Furnish a home; nothing runs yet. With `broker_port` the broker there is used, somebody else's."""
        self.folder = folder
        self.rooms = rooms
        self.data = DataDirectory(folder / "hub")
        self.http_port = free_port()
        self.mqtt_port = free_port() if broker_port is None else broker_port
        self._foreign_broker = broker_port is not None
        self.keys: dict[str, str] = {}
        self.processes: list[Process] = []
        self._sessions: dict[str, httpx.Cookies] = {}
        self._hub_toml = hub_toml
        self._furnish()
        self.hub = self.process("hub", [VEILLEUSE, "hub", "serve", "--config", str(self._write_hub_toml())])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def process(self, name: str, argv: list[str]) -> Process:
        """Make a process of this home; it is not started."""
        process = Process(name, argv, self.folder / f"{name}.log", cwd=self.folder)
        self.processes.append(process)
        return process

    def start_hub(self) -> Process:
        """Start the hub and wait until it answers."""
        self.hub.start()
        wait_for(f"the hub answers; it said: {self.hub.tail()}", self.hub_answers, 40)
        return self.hub

    def hub_answers(self) -> bool:
        if not self.hub.alive:
            raise AssertionError(f"the hub ended with {self.hub.code}: {self.hub.tail()}")
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def broker_pid(self) -> int | None:
        """Return the id of the broker that the hub started, if it runs now."""
        if not self.hub.alive:
            return None
        try:
            children = psutil.Process(self.hub.pid).children(recursive=True)
            return next((child.pid for child in children if "mosquitto" in child.name()), None)
        except psutil.NoSuchProcess:
            return None

    def edge(self, *rooms: RoomPlan, name: str = "edge") -> Process:
        """Make one edge process for these rooms; it is not started."""
        arguments = [item for room in rooms for item in ("--config", str(self.write_edge_toml(room)))]
        return self.process(name, [VEILLEUSE, "edge", "run", *arguments])

    def client(self, role: str = "nurse") -> HubClient:
        """Return a signed-in client; the hub slows down who signs in again and again, so a session is kept."""
        client = HubClient(self.url, self._sessions.get(role))
        if role not in self._sessions:
            client.sign_in(next(name for name, its in USERS if its == role), PASSWORD)
            self._sessions[role] = client.http.cookies
        return client

    def edge_folder(self, room: RoomPlan) -> Path:
        folder = self.folder / room.edge
        folder.mkdir(exist_ok=True)
        return folder

    def write_edge_toml(self, room: RoomPlan) -> Path:
        """Write a room's edge.toml and edge.key."""
        folder = self.edge_folder(room)
        key = folder / "edge.key"
        key.touch(0o600)
        key.write_text(self.keys[room.edge])
        lines = [
            f'edge = "{room.edge}"',
            'key_file = "edge.key"',
            'spool = "spool.db"',
            f'room = "{room.number}"',
            "[broker]",
            f"port = {self.mqtt_port}",
        ]
        for sensor in room.sensors:
            lines.append("[[sensor]]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in sensor.items()]
        path = folder / "edge.toml"
        path.write_text("\n".join(lines) + "\n" + room.extra)
        return path

    def stop(self) -> None:
        """End every process, the hub last."""
        for process in reversed(self.processes):
            if process.starts:
                process.stop()

    def logs(self) -> str:
        """Return the end of everything that was said."""
        return "\n".join(f"--- {process.name}\n{process.tail()}" for process in self.processes)

    def _furnish(self) -> None:
        now = SystemClock().utc() - BEFORE
        provisioning.initialise(self.data.path, "Les Tilleuls")
        keys = provisioning.read_secrets(self.data)
        database = provisioning.open_database(self.data)
        accounts, passwords = Accounts(database), Passwords()
        hashed = passwords.hash(PASSWORD)
        for username, role in USERS:
            accounts.add_user(
                User(username, username.capitalize(), role, hashed, disabled=False, created=now)
            )
        with database.write() as connection:
            for room in self.rooms:
                provisioning.add_room(connection, Room(str(room.number), str(room.number)), "test", now)
                name = room.family_name or f"Martin {room.number}"
                resident = Resident(room.resident, name, "Jeanne", 1932, now)
                provisioning.add_resident(connection, resident, str(room.number), "test", now)
                self.keys[room.edge] = provisioning.enrol_edge(
                    connection, keys, room.edge, str(room.number), "test", now
                )
                for limit in room.limits:
                    records.prescribe(connection, Prescription(limit, room.resident, "medecin", "essai", now))
        database.close()

    def _write_hub_toml(self) -> Path:
        path = self.folder / "hub.toml"
        broker = f"port = {self.mqtt_port}"
        if self._foreign_broker:
            broker = f'url = "mqtt://127.0.0.1:{self.mqtt_port}"'
        path.write_text(
            f'data = "hub"\n[http]\nport = {self.http_port}\n[broker]\n{broker}\n{self._hub_toml}'
        )
        return path
