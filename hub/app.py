"""The composition root of the hub: every part is made here and nowhere else."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from devices.clock import SECOND, Clock, SystemClock
from devices.errors import ConfigError
from devices.wire.messages import LightReport, Report
from devices.wire.seal import Keys, edge_secret
from hub.acting import Acting
from hub.alerting.model import TEST_EDGE, Alert
from hub.alerting.preflight import Way
from hub.api.app import create_api
from hub.api.metrics import ApiMetrics
from hub.api.services import LOOPBACK_HOSTS, Fleet, PaperDesk, Quiet, Rounds, Services, WatchDesk
from hub.api.whatif_jobs import WhatIfJobs
from hub.auth.passwords import Passwords
from hub.auth.sessions import Sessions
from hub.channels import VAPID_FILE, Around, Channels
from hub.config import HubConfig, broker_url, read_questionnaire
from hub.consult.calls import CallService
from hub.consult.desk import Desk, desk
from hub.consult.overdue import OVERDUE
from hub.consult.pictures import CallPictures
from hub.core import Core
from hub.enrolment import Enrolments, Reach, certificate_fingerprint
from hub.expertises import LATE_ANSWERS, Experts
from hub.health import Health
from hub.ingest.directory import Directory
from hub.linking import Linking, SensorPost
from hub.live import Live
from hub.lookout import Lookout, Sought
from hub.metrics import Metrics
from hub.notify.auditor import Auditor
from hub.notify.base import Channel, State
from hub.notify.dispatch import Dispatcher
from hub.notify.probe import ProbeChannel
from hub.notify.reach import WayState
from hub.notify.secure_mail import SecureMail
from hub.paperwork import Paperwork
from hub.prescribing import Prescribing
from hub.relay import RelayProcess
from hub.relay import relay as shared_relay
from hub.relay import secret as relay_secret
from hub.reminding import Reminding
from hub.roll import read_open_alerts, read_roll
from hub.rounds import plan_of
from hub.sealing import Sealing
from hub.store import journal
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.push import Devices
from hub.stores import open_timeseries
from hub.supervising import Supervisor, Work
from hub.survey import Inquiries
from hub.synthetic import Synthetic, VirtualEdge
from hub.telling_experts import TellingExperts, Ways
from hub.vault import Vault
from hub.watching import Staff, Watching, WatchTimes
from hub.web import WebServer
from hub.whatif_worker import Task
from hub.woundcare import WoundCare

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
        self._questionnaire = read_questionnaire(config.acts.questionnaire)
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
        self._whatif = WhatIfJobs(self._question)
        self.watching = self._watching()
        self.synthetic = Synthetic(
            self.core.database,
            self.clock,
            VirtualEdge(
                lambda: self.core.test_address, Keys(edge_secret(self.core.secrets.master, TEST_EDGE, 1))
            ).say,
            self.core.writer.act,
            self.watching.take,
            every=self.config.test_every,
        )
        self._api_metrics = api_metrics
        self._papers = self._paper_desk()
        self._sealing = Sealing(self.core.secrets.master)
        self._pictures = CallPictures(self._sealing)
        self._pages = pages
        self._web: WebServer | None = None
        self.supervisor = Supervisor(
            self.clock, self.health, lambda name: self.metrics.task_failures.labels(name).inc()
        )

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
        relay = shared_relay(self.config.relay)
        self.calls = CallService(self.core.database, self.core.link, self.live, self.clock, relay=relay)
        self.calls.register(self.metrics.registry)
        self._web = WebServer(self._application(self.calls), self.config.http.host, self.config.http.port)
        await self._load()
        await asyncio.to_thread(self._pictures.seal_plain, self.core.database)
        await asyncio.to_thread(
            self.core.start, (self.live, self._sensors, self.dispatcher), (self._directory_changed,)
        )
        await self.calls.start()
        self.core.link.on_signal = self.calls.from_room
        self.inquiries.start()
        self.core.link.on_report = self._reported
        for name, work in self._lasting().items():
            self.supervisor.start(name, work)
        await self._web.start()

    async def run(self, stop: asyncio.Event) -> bool:
        """Run until `stop` is set; false when a part is beyond mending, so the process must start again."""
        waiting = asyncio.create_task(stop.wait(), name="stop")
        try:
            while not waiting.done() and not self._lost:
                await asyncio.wait([waiting], timeout=0.2)
        finally:
            waiting.cancel()
        return not self._lost

    @property
    def _lost(self) -> bool:
        return self.core.writer.failed.is_set() or self.supervisor.failed.is_set()

    def _lasting(self) -> dict[str, Work]:
        """Return what must run as long as the hub does."""
        return {
            "live": self.live.run,
            "health": self._watch,
            "dispatcher": lambda: self.dispatcher.run(self._channels),
            "auditor": self._auditor.run,
            "watching": self.watching.run,
            "acts": Acting(self.core.database, self.core.timeseries, self.clock, self.live.act_changed).run,
            "reminders": self._reminding().run,
            "expertises": self._lookout(LATE_ANSWERS).run,
            "experts": self._telling_experts().run,
            "requests": self._lookout(OVERDUE).run,
            **({} if self._papers.mail is None else {"secure mail": self._papers.mail.run}),
            **({"synthetic": self.synthetic.run} if self.config.test_every else {}),
            **self._own_relay(),
        }

    def _lookout(self, sought: Sought) -> Lookout:
        return Lookout(self.core.database, self.live, self.clock, self.core.writer.ring, sought)

    def _reminding(self) -> Reminding:
        return Reminding(
            self.core.database,
            self.clock,
            lambda: self.core.present_policy,
            lambda: self.channels.all,
            lambda: {who: known.room for who, known in self.live.ward.roll.inhabitants.items()},
        )

    def _telling_experts(self) -> TellingExperts:
        ways = Ways(
            lambda: self.core.present_policy,
            lambda: self.channels.all,
            self.channels.devices,
            self.config.http.address,
        )
        return TellingExperts(self.core.database, self.clock, self._experts(), ways, self.live.act_changed)

    def _own_relay(self) -> dict[str, Work]:
        said = self.config.relay
        if said.server is None or not said.server.start:
            return {}
        process = RelayProcess(said.server, relay_secret(said), self.core.data.path / "relay", self.health)
        return {"relay": process.run}

    def _watching(self) -> Watching:
        said = self.config.watch
        times = WatchTimes(said.tablets_within, said.night, said.morning, said.ahead)
        staff = Staff(lambda: self.core.present_policy, self._channel_states, self._ways)
        return Watching(self.live, self.clock, self.health, self.core.writer, staff, times)

    def _channel_states(self) -> dict[str, State]:
        return {channel.name: channel.state for channel in self._channels}

    def _ways(self) -> dict[str, tuple[Way, ...]]:
        found = self.channels.reach(self.core.present_policy)
        return {person: tuple(self._way(way) for way in ways) for person, ways in found.items()}

    def _way(self, way: WayState) -> Way:
        if way.works:
            return Way(way.channel)
        state = self._channel_states().get(way.channel)
        if state is None:
            return Way(way.channel, "missing")
        return Way(way.channel, "device" if state.well else "down")

    async def stop(self) -> None:
        """Stop everything that runs."""
        if self._web is not None:
            await self._web.stop()
        self.core.link.on_report = None
        if self.calls is not None:
            self.core.link.on_signal = None
            await self.calls.stop()
        await self._whatif.stop()
        await self.supervisor.stop()
        await asyncio.to_thread(self.core.stop)

    def _open_timeseries(self, database: Database) -> TimeSeries:
        return open_timeseries(self.config.timeseries, database)

    def _application(self, calls: CallService) -> FastAPI:
        sessions = Sessions(self.accounts, Passwords())
        services = Services(
            clock=self.clock,
            database=self.core.database,
            timeseries=self.core.timeseries,
            live=self.live,
            act=self.core.writer.act,
            quiet=Quiet(self.core.writer.suppress, self.core.writer.lift),
            rounds=Rounds(self.core.writer.enter, plan_of(self.config.rounds)),
            accounts=self.accounts,
            sessions=sessions,
            health=self.health,
            metrics=self._api_metrics,
            calls=calls,
            consult=self._desk(calls),
            fleet=self._fleet(),
            hosts=LOOPBACK_HOSTS | {self.config.http.host, *self.config.http.names},
            probed=self._probe.proved,
            watch=WatchDesk(self.watching, self.core.writer.change, self.core.policy),
            heard=self.channels.heard,
            channels=self.channels,
            policy=lambda: self.core.present_policy,
            https=self.config.http.https,
            zone=ZoneInfo(self.core.policy.rota.zone),
            prescribing=Prescribing(self.core.writer.change, self.clock, self.core.ruleset),
            whatif=self._whatif,
            questionnaire=self._questionnaire,
            papers=self._papers,
            billing=self.config.billing,
            experts=self._experts(),
            answer_within=round(self.config.acts.answer_within * 3600 * SECOND),
            pictures=self._pictures,
            wounds=WoundCare(self.core.database, self.clock, self._sealing),
        )
        return create_api(services, pages=self._pages)

    def _experts(self) -> Experts:
        groups = self.config.acts.experts
        return Experts(
            {key: group.name for key, group in groups.items()},
            {key: frozenset(group.members) for key, group in groups.items()},
        )

    def _paper_desk(self) -> PaperDesk:
        said, core = self.config.papers, self.core
        work = Paperwork(core.database, core.timeseries, self.live.ward, self.accounts, self.clock, said)
        if said.mail is None:
            return PaperDesk(work)
        return PaperDesk(work, SecureMail(core.database, self.clock, said, work.parcel, self.health))

    def _desk(self, calls: CallService) -> Desk:
        return desk(self.core.database, self.core.timeseries, self.live, self.clock, calls)

    def _question(self) -> Task:
        settings, zone = self.config.timeseries, self.core.policy.rota.zone
        rules = self.config.alerting.rules
        return Task(str(self.core.database.path), settings, zone, self.clock.utc(), rules=rules)

    def _room_of(self, alert: Alert) -> str:
        return self.live.ward.roll.rooms.get(alert.edge, "")

    def _make_channels(self) -> list[Channel]:
        around = Around(self.live, self.core.link, self.clock, self.dispatcher.receipt)
        key_file = self.core.data.secrets / VAPID_FILE
        self.channels = Channels(self.config.notify, Devices(self.core.database), key_file, around)
        self.channels.require(self.core.policy, str(self.config.escalation.policy))
        self._probe = ProbeChannel(self.live.probe, self.clock, self.dispatcher.receipt)
        return [*self.channels.all, self._probe]

    def _reported(self, edge: str, report: Report) -> None:
        """Take what an edge says on `up/report`; called by the MQTT thread."""
        if isinstance(report, LightReport):
            self.channels.reported(report)
        else:
            self.inquiries.from_room(edge, report)

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
            roll = read_roll(connection, now, self.core.ruleset)
            alerts = read_open_alerts(connection)
            orders = journal.suppressors(connection)
        latest = {who: self.core.timeseries.latest(who) for who in roll.inhabitants}
        self.live.load(roll, latest, alerts, orders)

    def _directory_changed(self, _old: Directory, _new: Directory) -> None:
        self._sensors.records_changed()
        with self.core.database.read() as connection:
            self.live.enroll(read_roll(connection, self.clock.utc(), self.core.ruleset))

    async def _watch(self) -> None:
        while True:
            self._look()
            self.inquiries.tick()
            await asyncio.sleep(_CHECK_SECONDS)

    def _look(self) -> None:
        free = shutil.disk_usage(self.config.data).free
        self.health.fact("disk", f"{free // (1 << 20)} MB free below {self.config.data}")
        self.watching.disk(free // (1 << 20) if free < _DISK_LOW else None)
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
