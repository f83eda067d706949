"""A hub without a broker: real database, real writer, real alert engine, real HTTP server on a port of the system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from websockets.asyncio.client import connect

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.measurement import Link
from devices.wire.messages import Envelope, Lane, Observation, Presence, SensorFact, encode
from devices.wire.seal import Keys, edge_secret, seal
from devices.wire.topics import up
from hub.alerting.engine import Engine, Settings
from hub.alerting.rules.model import RuleSet
from hub.api.app import create_api
from hub.api.metrics import ApiMetrics
from hub.api.services import Fleet, Quiet, Rounds, Services
from hub.auth.passwords import Passwords
from hub.auth.sessions import Sessions, User
from hub.config import read_questionnaire
from hub.consult.calls import CallService
from hub.consult.desk import desk
from hub.consult.pictures import CallPictures
from hub.enrolment import Enrolments, Reach
from hub.health import Health
from hub.ingest import directory
from hub.ingest.writer import Parts, Writer
from hub.linking import Linking
from hub.live import Live
from hub.metrics import Metrics
from hub.prescribing import Prescribing
from hub.provisioning import Secrets
from hub.roll import read_open_alerts, read_roll
from hub.rounds import Plan
from hub.sealing import Sealing
from hub.standing import NO_RULES
from hub.store import journal, records
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.records import EdgeRecord, Prescription, Resident, Room
from hub.store.revised import RevisedTimeSeries
from hub.store.timeseries_sqlite import SqliteTimeSeries
from hub.survey import Inquiries
from hub.vault import Vault
from hub.woundcare import WoundCare
from tests.hub.api.calls_wire import Wire

MASTER = bytes(32)
EDGE = "room-12"
RESIDENT = "jeanne"
PEOPLE = {"ines": "nurse", "benali": "physician", "tom": "technician", "claire": "coordinator"}
PASSWORD = "correct horse battery staple"
LOW_SPO2 = Limit("jeanne-spo2", "spo2", Priority.HIGH, low=88.0, delay=0.0, hysteresis=1.0)


class Postman:
    """Keeps what the writer tells edges."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, object]] = []

    def send(self, edge: str, kind: str, message: object) -> None:
        self.sent.append((edge, kind, message))


@dataclass
class Home:
    """One small home and the way into it."""

    services: Services
    writer: Writer
    postman: Postman
    port: int = 0
    seq: int = 0
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def now(self) -> int:
        return self.services.clock.utc()

    def client(self) -> httpx.AsyncClient:
        self.clients.append(httpx.AsyncClient(base_url=self.url, timeout=30))
        return self.clients[-1]

    async def signed_in(self, username: str) -> httpx.AsyncClient:
        client = self.client()
        answer = await client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    def live(self, client: httpx.AsyncClient | None, **headers: str) -> connect:
        cookies = "" if client is None else "; ".join(f"{k}={v}" for k, v in client.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.port}/api/v1/live", additional_headers={"cookie": cookies, **headers}
        )

    @staticmethod
    async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 60.0) -> Any:
        """Wait until something is true, and return it."""
        async with asyncio.timeout(seconds):
            while True:
                found = await holds()
                if found:
                    return found
                await asyncio.sleep(0.01)

    def measure(self, *seen: tuple[str, float, int], lane: Lane = Lane.LIVE) -> None:
        """Let the edge send an envelope of (metric, value, time)."""
        self.seq += 1
        observations = tuple(Observation("ox", metric, time, value) for metric, value, time in seen)
        self._send("live", Envelope(EDGE, "s1", lane, self.seq, self.now(), True, observations))

    def heartbeat(self, session: str = "c1", state: Any = "online", link: Link = Link.UP) -> None:
        fact = SensorFact("ox", link, last=self.now(), battery=80)
        self._send("presence", Presence(EDGE, session, state, self.now(), sensors=(fact,)))

    async def moved(self, resident: str, room: str | None) -> None:
        """Let somebody live elsewhere."""
        now = self.now()
        change = self.writer.change(lambda connection: records.move_resident(connection, resident, room, now))
        await asyncio.wrap_future(change)

    def _send(self, kind: str, message: object) -> None:
        topic = up(EDGE, kind)
        self.writer.inbox.arrive(topic, seal(Keys(edge_secret(MASTER, EDGE, 1)), topic, encode(message)))


def fill(database: Database, now: int) -> None:
    """Put one resident into room 12, and nobody into room 14."""
    with database.write() as connection:
        records.save_home(connection, "Les Tilleuls")
        for number in ("12", "14"):
            records.add_room(connection, Room(number, f"ch. {number}"))
            records.save_edge(connection, EdgeRecord(f"room-{number}", 1, now))
            records.place_edge(connection, f"room-{number}", number, now)
        records.add_resident(connection, Resident(RESIDENT, "Martin", "Jeanne", 1935, now))
        records.move_resident(connection, RESIDENT, "12", now)
        records.prescribe(connection, Prescription(LOW_SPO2, RESIDENT, "benali", "usual", now))


def build(path: Path, ruleset: RuleSet = NO_RULES) -> tuple[Services, Writer, Postman]:
    """Compose a hub as `hub.app` does, without its broker."""
    clock = SystemClock()
    database = Database(path / "hub.db")
    # A day ago: measurements of the past day are the resident's.
    fill(database, clock.utc() - 25 * 3600 * SECOND)
    accounts = Accounts(database)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name, role in PEOPLE.items():
        accounts.add_user(User(name, name.title(), role, passwords.hash(PASSWORD), False, clock.utc()))
    metrics, health, postman = Metrics(), Health(), Postman()
    api_metrics = ApiMetrics(metrics.registry)
    live = Live(clock, fell_behind=api_metrics.resynchronised.inc)
    series = RevisedTimeSeries(SqliteTimeSeries(database), database)
    with database.read() as connection:
        state = journal.rule_states(connection)
        known = directory.load(connection, MASTER, clock.utc(), ruleset)
        alerts = journal.open_alerts(connection)
        live.load(
            read_roll(connection, clock.utc(), ruleset),
            {RESIDENT: series.latest(RESIDENT)},
            read_open_alerts(connection),
        )
    settings = Settings(clock.utc(), {EDGE: RESIDENT, "room-14": None})
    engine = Engine(known.limits, state, alerts, settings)
    parts = Parts(clock, database, series, engine, MASTER, known, postman, metrics, health, audiences=[live])
    parts.ruleset = ruleset
    writer = Writer(parts)
    sessions = Sessions(accounts, passwords)
    keys, reach = Secrets(MASTER, "hub password"), Reach("127.0.0.1", 1883)
    enrolments = Enrolments(database, writer.change, keys, clock, lambda: reach)
    fleet = Fleet(
        Inquiries(postman, clock), Linking(clock, Vault(path, MASTER, database)), enrolments, writer.change
    )
    services = Services(
        clock,
        database,
        series,
        live,
        writer.act,
        accounts,
        sessions,
        health,
        api_metrics,
        fleet=fleet,
        quiet=Quiet(writer.suppress, writer.lift),
        prescribing=Prescribing(writer.change, clock, ruleset),
        rounds=Rounds(writer.enter, Plan()),
        questionnaire=read_questionnaire(None),
        pictures=CallPictures(Sealing(MASTER)),
        wounds=WoundCare(database, clock, Sealing(MASTER)),
    )
    return services, writer, postman


@pytest.fixture(scope="session")
def application() -> Callable[[Path], tuple[Any, dict[str, str], Callable[[], None]]]:
    """Return what makes, on a running event loop, an application, its people's passwords, and its end."""

    def make(path: Path) -> tuple[Any, dict[str, str], Callable[[], None]]:
        services, writer, _ = build(path)
        writer.start()

        def stop() -> None:
            writer.stop()
            services.timeseries.close()
            services.database.close()

        return create_api(services, pages=False), dict.fromkeys(PEOPLE, PASSWORD), stop

    return make


@pytest.fixture
def ruleset() -> RuleSet:
    """The home's rules; a module that needs some overrides this."""
    return NO_RULES


@pytest.fixture
async def home(tmp_path: Path, request: pytest.FixtureRequest, ruleset: RuleSet) -> AsyncIterator[Home]:
    """A home; with its pages when the test's parameter is true."""
    services, writer, postman = build(tmp_path, ruleset)
    app = create_api(services, pages=getattr(request, "param", False))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    ticking = asyncio.create_task(services.live.run())
    writer.start()
    assert services.fleet is not None
    services.fleet.inquiries.start()
    made = Home(services, writer, postman)

    async def started() -> bool:
        return server.started

    await made.until(started)
    made.port = server.servers[0].sockets[0].getsockname()[1]
    yield made
    for client in made.clients:
        await client.aclose()
    server.should_exit = True
    await serving
    ticking.cancel()
    await asyncio.to_thread(writer.stop)
    services.timeseries.close()
    services.database.close()


@pytest.fixture
async def wire(home: Home) -> AsyncIterator[Wire]:
    """Let the home make calls, and hear what its rooms are told."""
    made, services = Wire(), home.services
    calls = CallService(services.database, made, services.live, services.clock)
    await calls.start()
    # The home of these tests is made without calls; the composition root gives them at the start.
    object.__setattr__(services, "calls", calls)
    around = desk(services.database, services.timeseries, services.live, services.clock, calls)
    object.__setattr__(services, "consult", around)
    home.heartbeat()

    async def online() -> bool:
        return services.live.ward.edges[EDGE].online

    await home.until(online, 30)
    yield made
    await calls.stop()
