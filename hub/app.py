"""The composition root of the hub: every part is made here and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

from fastapi import FastAPI

from devices.clock import Clock, SystemClock
from devices.errors import ConfigError
from hub.alerting.model import Alert
from hub.api.app import create_api
from hub.api.metrics import ApiMetrics
from hub.api.services import LOOPBACK_HOSTS, Fleet, Quiet, Services
from hub.auth.passwords import Passwords
from hub.auth.sessions import Sessions
from hub.config import HubConfig, RelaySettings, broker_url
from hub.consult.calls import CallService
from hub.consult.ice import Relay
from hub.core import Core
from hub.enrolment import Enrolments, Reach, certificate_fingerprint
from hub.health import Health
from hub.ingest.directory import Directory
from hub.linking import Linking, SensorPost
from hub.live import Live
from hub.metrics import Metrics
from hub.notify.auditor import Auditor
from hub.notify.base import Channel
from hub.notify.dispatch import Dispatcher
from hub.notify.email_channel import EmailChannel
from hub.notify.espa_channel import EspaChannel
from hub.notify.screens import ScreenChannel
from hub.notify.sms_channel import SmsChannel
from hub.roll import read_open_alerts, read_roll
from hub.store import journal
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.timeseries_influx import InfluxTimeSeries
from hub.store.timeseries_sqlite import SqliteTimeSeries
from hub.survey import Inquiries
from hub.vault import Vault
from hub.web import WebServer

_CHECK_SECONDS = 5.0
"How often the hub looks at itself."
_DISK_LOW = 1 << 30
"Bytes free below which `/healthz` complains: a day of a home is some tens of megabytes."
_BEHIND = 2_000
"Messages waiting for the writer; more than one transaction takes."


class Hub:
    """One home's hub in one process. `start` and `stop` run on an event loop."""

    def __init__(self, config: HubConfig, clock: Clock | None = None, *, pages: bool = True) -> None:
        """Open what is on the disk; nothing runs yet.

        Args:
            config: the configuration.
            clock: the hub's clock, the machine's by default.
            pages: serve the dashboards too.

        Raises:
            ConfigError: the data directory holds no hub, or another one is running on it.
            StoreError: the database cannot be used.
        """
        self.clock = clock or SystemClock()
        self.config = config
        self.metrics = Metrics()
        self.health = Health()
        self.core = Core(config, self.clock, self.metrics, self.health, self._open_timeseries)
        api_metrics = ApiMetrics(self.metrics.registry)
        self.live = Live(self.clock, fell_behind=api_metrics.resynchronised.inc)
        self.accounts = Accounts(self.core.database)
        self.calls: CallService | None = None
        self.inquiries = Inquiries(self.core.link, self.clock)
        self._vault = Vault(self.core.data.secrets, self.core.secrets.master, self.core.database)
        self._sensors = SensorPost(self.core.database, self.core.link, self.clock, self._vault)
        self.dispatcher = Dispatcher(
            self.core.database, self.clock, self.core.writer, self.health, self._room_of
        )
        self._channels = self._make_channels()
        self._auditor = Auditor(
            self.core.database,
            self.clock,
            self.core.policy.ladders.keys(),
            self.core.writer.late,
            self.health,
        )
        self._api_metrics = api_metrics
        self._pages = pages
        self._web: WebServer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where browsers find the hub."""
        port = self.config.http.port if self._web is None else self._web.port
        return f"http://{self.config.http.host}:{port}"

    async def start(self) -> None:
        """Start everything; returns when the first page can be asked for.

        Raises:
            ConfigError: an address cannot be listened on.
            BrokerError: the broker does not run.
        """
        relay = _relay(self.config.relay)
        self.calls = CallService(self.core.database, self.core.link, self.live, self.clock, relay=relay)
        self.calls.register(self.metrics.registry)
        self._web = WebServer(self._application(self.calls), self.config.http.host, self.config.http.port)
        await self._load()
        await asyncio.to_thread(
            self.core.start, (self.live, self._sensors, self.dispatcher), (self._directory_changed,)
        )
        await self.calls.start()
        self.core.link.on_signal = self.calls.from_room
        self.inquiries.start()
        self.core.link.on_report = self.inquiries.from_room
        self._tasks = [
            asyncio.create_task(self.live.run(), name="live"),
            asyncio.create_task(self._watch(), name="health"),
            asyncio.create_task(self.dispatcher.run(self._channels), name="dispatcher"),
            asyncio.create_task(self._auditor.run(), name="auditor"),
        ]
        await self._web.start()

    async def run(self, stop: asyncio.Event) -> bool:
        """Run until `stop` is set; false when the writer ended by an error, so the process must start again."""
        waiting = asyncio.create_task(stop.wait(), name="stop")
        try:
            while not waiting.done() and not self.core.writer.failed.is_set():
                await asyncio.wait([waiting], timeout=0.2)
        finally:
            waiting.cancel()
        return not self.core.writer.failed.is_set()

    async def stop(self) -> None:
        """Stop everything that runs."""
        if self._web is not None:
            await self._web.stop()
        self.core.link.on_report = None
        if self.calls is not None:
            self.core.link.on_signal = None
            await self.calls.stop()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self.core.stop)

    def _open_timeseries(self, database: Database) -> TimeSeries:
        settings = self.config.timeseries
        if settings.kind == "sqlite":
            return SqliteTimeSeries(database)
        token = _read_token(settings.token_file)
        return InfluxTimeSeries(settings.url, settings.org, settings.bucket, token)

    def _application(self, calls: CallService) -> FastAPI:
        sessions = Sessions(self.accounts, Passwords())
        services = Services(
            clock=self.clock,
            database=self.core.database,
            timeseries=self.core.timeseries,
            live=self.live,
            act=self.core.writer.act,
            quiet=Quiet(self.core.writer.suppress, self.core.writer.lift),
            accounts=self.accounts,
            sessions=sessions,
            health=self.health,
            metrics=self._api_metrics,
            calls=calls,
            fleet=self._fleet(),
            hosts=LOOPBACK_HOSTS | {self.config.http.host, *self.config.http.names},
            https=self.config.http.https,
        )
        return create_api(services, pages=self._pages)

    def _room_of(self, alert: Alert) -> str:
        return self.live.ward.roll.rooms.get(alert.edge, "")

    def _audible(self) -> int:
        return sum(tablet.audio == "ready" for tablet in self.live.tablets())

    def _make_channels(self) -> list[Channel]:
        notify, told = self.config.notify, self.dispatcher.receipt
        made: list[Channel] = [ScreenChannel(self._audible, self.clock)]
        if notify.espa is not None:
            made.append(EspaChannel(notify.espa, self.clock, told))
        if notify.sms is not None:
            made.append(SmsChannel(notify.sms, self.clock, told))
        if notify.email is not None:
            made.append(EmailChannel(notify.email, self.clock))
        missing = self.core.policy.channels() - {channel.name for channel in made}
        if missing:
            name = min(missing)
            raise ConfigError(
                f"{self.config.escalation.policy} uses channel {name}, which hub.toml has not: [notify.{name}]"
            )
        return made

    def _fleet(self) -> Fleet:
        enrolments = Enrolments(
            self.core.database, self.core.writer.change, self.core.secrets, self.clock, self._reach
        )
        return Fleet(self.inquiries, Linking(self.clock, self._vault), enrolments, self.core.writer.change)

    def _reach(self) -> Reach:
        """Return where a new device finds the hub and its broker."""
        said, broker = self.config.enrolment, self.config.broker
        host, port = broker.host, self.core.edge_port or broker.port
        if broker.url is not None:
            host, port, _ = broker_url(broker.url)
        return Reach(
            said.broker_host or host,
            said.broker_port or port,
            "" if said.broker_ca is None else _read_text(said.broker_ca),
            said.url,
            "" if said.certificate is None else certificate_fingerprint(said.certificate),
        )

    async def _load(self) -> None:
        """Show what the store knows before anything new comes."""
        now = self.clock.utc()
        with self.core.database.read() as connection:
            roll = read_roll(connection, now)
            alerts = read_open_alerts(connection)
            orders = journal.suppressors(connection)
        latest = {who: self.core.timeseries.latest(who) for who in roll.inhabitants}
        self.live.load(roll, latest, alerts, orders)

    def _directory_changed(self, _old: Directory, _new: Directory) -> None:
        self._sensors.records_changed()
        with self.core.database.read() as connection:
            self.live.enroll(read_roll(connection, self.clock.utc()))

    async def _watch(self) -> None:
        while True:
            self._look()
            self.inquiries.tick()
            await asyncio.sleep(_CHECK_SECONDS)

    def _look(self) -> None:
        free = shutil.disk_usage(self.config.data).free
        self.health.fact("disk", f"{free // (1 << 20)} MB free below {self.config.data}")
        if free < _DISK_LOW:
            self.health.degraded("disk", f"only {free // (1 << 20)} MB are free below {self.config.data}")
        else:
            self.health.well("disk")
        silent = sorted(edge for edge, state in self.live.ward.edges.items() if not state.online)
        if silent:
            self.health.degraded("edges", f"{len(silent)} edges are not heard: {', '.join(silent[:10])}")
        else:
            self.health.well("edges")
        waiting = len(self.core.writer.inbox)
        if waiting > _BEHIND:
            self.health.degraded("writer_behind", f"{waiting} messages wait for the disk")
        else:
            self.health.well("writer_behind")


def _read_text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _read_token(path: Path | None) -> str:
    if path is None:
        raise ConfigError("timeseries.token_file is missing")
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"timeseries.token_file {path}: {error}") from error


def _relay(settings: RelaySettings) -> Relay:
    if settings.secret_file is None:
        return Relay()
    try:
        secret = settings.secret_file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"relay.secret_file {settings.secret_file}: {error}") from error
    return Relay(settings.urls, secret)
