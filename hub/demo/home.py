"""Who lives in the demo home, and the files its processes read.

The people are invented (`home.toml`). The hub's data and the accounts are made once and kept; the configuration files are
written at every start, with ports that are free then.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from devices.clock import Clock
from devices.limits import Limit, Priority
from hub import provisioning, relay
from hub.alerting.prescriptions import DAY, Paper, Status
from hub.api.models import Role
from hub.auth.passwords import Passwords
from hub.auth.sessions import User
from hub.demo import calls
from hub.demo.dossiers import furnish_dossiers
from hub.secret_file import write_secret
from hub.store import prescribing
from hub.store.accounts import Accounts
from hub.store.prescribing import Prescribed, Setting, Settings
from hub.store.records import Resident, Room

_ACTOR = "demo"
_PHYSICIAN, _COORDINATOR = "medecin", "cadre"
_NURSE = ("infirmiere", "Inès Carvalho, infirmière")
_RELAY_HOST = "127.0.0.77"
"An address of this machine on which nobody else listens, so that the relay carries to nobody else."
_WORDS = ("tilleul", "glycine", "mesange", "ruisseau", "noisette", "lavande", "hirondelle", "verger")

RADIO = frozenset({"heart-rate", "pulse-oximeter", "thermometer", "blood-pressure"})
"Protocols whose virtual sensors are on the virtual radio; the others are on a port."


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One limit of a profile."""

    priority: Priority
    low: float | None = None
    high: float | None = None
    delay: float = 0.0
    hysteresis: float = 0.0


class Sensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sensor of a room."""

    name: str
    protocol: str


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One invented resident."""

    room: str
    family_name: str
    given_name: str
    birth_year: int
    limits: str
    profile: str = ""
    "What holds beside the limits; empty for the rules' standard one."
    ends_in: int = 180
    "Days that are left of the limits."
    waiting: float | None = None
    "A lower bound of SpO2 that awaits its second signature."
    sensors: tuple[Sensor, ...] = ()
    usual: dict[str, float] = {}
    "What is usual for this person, where it is not the patient model's."

    @property
    def id(self) -> str:
        """The resident's id."""
        return f"r{self.room}"

    @property
    def edge(self) -> str:
        """The room's device."""
        return f"ch{self.room}"


class Home(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`home.toml`."""

    name: str
    limits: dict[str, dict[str, Bounds]]
    resident: tuple[Person, ...]

    @property
    def equipped(self) -> tuple[Person, ...]:
        """Residents whose room has a device."""
        return tuple(person for person in self.resident if person.sensors)


@dataclass(frozen=True, slots=True)
class Account:
    """One way to sign in."""

    username: str
    role: Role
    name: str
    password: str = field(repr=False)


_ACCOUNTS = (
    (_NURSE[0], Role.NURSE, _NURSE[1]),
    ("medecin", Role.PHYSICIAN, "Dr Samir Benali"),
    ("cadre", Role.COORDINATOR, "Claire Morin, cadre de santé"),
    ("technicien", Role.TECHNICIAN, "Luc Perrin, technicien"),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports that were free a moment ago."""

    broker: int
    radio: int
    control: int
    relay: int


def read_home() -> Home:
    """Read who lives in the demo home."""
    return msgspec.toml.decode(Path(__file__).with_name("home.toml").read_bytes(), type=Home)


def free_ports(count: int) -> list[int]:
    """Find ports on loopback, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def write_hub_config(folder: Path, ports: Ports, port: int) -> Path:
    """Write `hub.toml` and return its path."""
    path = folder / "hub.toml"
    text = (
        f'data = "hub"\n\n[http]\nhost = "127.0.0.1"\nport = {port}\n\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {ports.broker}\n\n'
        '[papers]\naddress = "12 rue des Lilas, 21000 Dijon"\nphone = "03 80 00 00 12"\n\n'
        f'[billing.people.{_PHYSICIAN}]\nstatus = "liberal"\nconsultation = "TCG"\n\n'
        f'[billing.people.{_NURSE[0]}]\nstatus = "salaried"\n'
    )
    if relay.program() is not None:
        # Without coturn the demo's calls go directly, as they do anyway: browser and rooms are on one machine.
        text += (
            '\n[relay]\nsecret_file = "hub/secrets/relay"\n'
            f'\n[relay.server]\nhost = "{_RELAY_HOST}"\nport = {ports.relay}\n'
        )
    path.write_text(text, "utf-8")
    return path


def populate(folder: Path, home: Home, clock: Clock) -> None:
    """Make the hub's data with its residents, limits, rooms, devices and accounts."""
    data = provisioning.DataDirectory(folder / "hub")
    provisioning.initialise(data.path, home.name)
    keys = provisioning.read_secrets(data)
    database = provisioning.open_database(data)
    now = clock.utc()
    try:
        with database.write() as connection:
            for person in home.resident:
                provisioning.add_room(connection, Room(person.room, person.room), _ACTOR, now)
                resident = Resident(person.id, person.family_name, person.given_name, person.birth_year, now)
                provisioning.add_resident(connection, resident, person.room, _ACTOR, now)
                prescribe(connection, home, person, now)
            furnish_dossiers(connection, now)
            for person in home.equipped:
                place = folder / "edges" / person.edge
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                key = provisioning.enrol_edge(connection, keys, person.edge, person.room, _ACTOR, now)
                write_secret(place / "edge.key", key.encode())
        with database.write() as connection:
            calls.furnish(connection, _NURSE, _PHYSICIAN, now)
        # Last of all: `prepare` takes them for the sign that the home is whole.
        add_accounts(folder, Accounts(database), now, _ACCOUNTS)
        with database.write() as connection:
            for person in cared_for(home):
                provisioning.add_care(connection, _PHYSICIAN, person.id, _ACTOR, now)
    finally:
        database.close()


def cared_for(home: Home) -> list[Person]:
    """Return whom the demo's physician cares for: all but two, so that opening a record without that can be tried."""
    others = [person for person in home.resident if not person.sensors][-2:]
    return [person for person in home.resident if person not in others]


def prescribe(connection: Connection, home: Home, person: Person, now: int) -> None:
    """Write a person's limits and settings: some long in force, one about to end, one that awaits a signature."""
    loose = person.profile == "respiratory"
    reason = "insuffisance respiratoire chronique, cible 88 à 92 %" if loose else "limites usuelles"
    begun, end = now - 20 * DAY, now + person.ends_in * DAY
    signed = Paper(
        Status.IN_FORCE,
        reason,
        _PHYSICIAN,
        begun,
        end,
        now + person.ends_in * DAY // 2,
        _PHYSICIAN,
        begun,
        _COORDINATOR if loose else None,
        begun if loose else None,
        # Only now: before, nobody was there to be watched.
        now,
        end,
    )
    for metric, bounds in home.limits[person.limits].items():
        limit = Limit(f"{person.id}-{metric}", metric, *_values(bounds))
        prescribing.add_limit(connection, Prescribed(limit, person.id, signed))
    if loose:
        chosen = Settings(person.profile, 2)
        paper = replace(signed, end=None, review=None, until=None)
        prescribing.add_setting(connection, Setting(f"s-{person.id}", person.id, chosen, paper))
    if person.waiting is not None:
        lower = msgspec.structs.replace(home.limits[person.limits]["spo2"], low=person.waiting)
        asked = Paper(
            Status.AWAITING,
            "alarmes répétées la nuit sans gravité",
            _PHYSICIAN,
            now,
            now + 90 * DAY,
            now + 30 * DAY,
            _PHYSICIAN,
            now,
        )
        limit = Limit(f"p-{person.id}", "spo2", *_values(lower))
        prescribing.add_limit(connection, Prescribed(limit, person.id, asked))


def _values(bounds: Bounds) -> tuple[Priority, float | None, float | None, float, float]:
    return bounds.priority, bounds.low, bounds.high, bounds.delay, bounds.hysteresis


def add_accounts(folder: Path, accounts: Accounts, now: int, people: Iterable[tuple[str, Role, str]]) -> None:
    """Make accounts with passwords of their own, and write them down beside the hub: user, role and name of each."""
    passwords = Passwords()
    made = []
    for username, role, name in people:
        word, other = secrets.choice(_WORDS), secrets.choice(_WORDS)
        password = f"{word}-{secrets.randbelow(9000) + 1000}-{other}"
        user = User(username, name, role.value, passwords.hash(password), disabled=False, created=now)
        accounts.add_user(user)
        made.append({"username": username, "role": role.value, "name": name, "password": password})
    write_secret(folder / "accounts.json", json.dumps(made, indent=1).encode())


def read_accounts(folder: Path) -> list[Account]:
    """Read the accounts that `populate` made."""
    rows = json.loads((folder / "accounts.json").read_bytes())
    return [Account(row["username"], Role(row["role"]), row["name"], row["password"]) for row in rows]


def write_sensors_config(folder: Path, home: Home, ports: Ports) -> Path:
    """Write `sensors.toml` and return its path."""
    lines = [f"[control]\nport = {ports.control}\n\n[radio]\nhci_port = {ports.radio}\n"]
    for person in home.equipped:
        for index, sensor in enumerate(person.sensors):
            lines.append(
                f'[[sensor]]\nname = "{person.edge}-{sensor.name}"\nprotocol = "{sensor.protocol}"\n'
                f'{_place(person, sensor, index, "ports/")}\npatient = "p{person.room}"\nseed = {int(person.room)}\n'
                f"{_usual(person)}"
            )
    path = folder / "sensors.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


def _usual(person: Person) -> str:
    values = ", ".join(f"{name} = {value}" for name, value in person.usual.items())
    return f"usual = {{ {values} }}\n" if values else ""


def write_edge_configs(folder: Path, home: Home, ports: Ports, screens: dict[str, int]) -> dict[str, Path]:
    """Write one `edge.toml` for each room and return their paths by edge."""
    paths = {}
    for person in home.equipped:
        lines = [
            f'edge = "{person.edge}"\nroom = "{person.room}"\nkey_file = "edge.key"\nspool = "spool.db"\n',
            f'[broker]\nhost = "127.0.0.1"\nport = {ports.broker}\n',
            f'[ble]\nbackend = "bumble"\nhci = "tcp-client:127.0.0.1:{ports.radio}"\n',
        ]
        if person.edge in screens:
            # The demo has no camera: its picture is drawn, and says so. Browser and room are on one machine.
            lines.append(
                '[call]\ncamera = "generated"\nmicrophone = "generated"\nconsent = "announce"\nannounce_seconds = 5.0\n'
                'hand_camera = "generated"\nstethoscope = "generated"\n'
                f"ice_loopback = true\nscreen_port = {screens[person.edge]}\n"
            )
        lines.extend(
            f'[[sensor]]\nid = "{sensor.name}"\nprotocol = "{sensor.protocol}"\n'
            f"{_place(person, sensor, index, '../../ports/')}\n"
            for index, sensor in enumerate(person.sensors)
        )
        path = folder / "edges" / person.edge / "edge.toml"
        path.write_text("\n".join(lines), "utf-8")
        paths[person.edge] = path
    return paths


def _place(person: Person, sensor: Sensor, index: int, ports: str) -> str:
    if sensor.protocol in RADIO:
        # Random static addresses have the two top bits set.
        return f'address = "F1:00:00:00:{int(person.room):02X}:{index:02X}"'
    return f'link = "{ports}{person.edge}-{sensor.name}"'


def prepare(folder: Path, home: Home, clock: Clock) -> None:
    """Make the demo home's directory, once."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "ports").mkdir(exist_ok=True)
    if (folder / "accounts.json").exists():
        return
    # The accounts are written last: without them an earlier start was cut off, and nothing has lived here yet.
    for part in ("hub", "edges"):
        if (folder / part).exists():
            shutil.rmtree(folder / part)
    populate(folder, home, clock)
