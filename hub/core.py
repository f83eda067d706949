"""The hub without its screens: broker, link, writer and stores, started and stopped in the order they need."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec

from devices.clock import Clock
from devices.errors import ConfigError
from hub.alerting.engine import Engine, Settings
from hub.alerting.escalation import contacts, swaps
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.policy import Policy
from hub.alerting.model import TEST_EDGE
from hub.alerting.technical import Delays
from hub.broker import Broker, choose
from hub.config import AlertingSettings, EscalationSettings, HubConfig, broker_url, read_policy, read_rules
from hub.health import Health
from hub.ingest import directory
from hub.ingest.directory import Directory
from hub.ingest.inbox import Inbox
from hub.ingest.link import BrokerAddress, EdgeLink
from hub.ingest.writer import Parts, Writer
from hub.live import Audience
from hub.metrics import Metrics
from hub.provisioning import DataDirectory, accounts, open_database, read_secrets
from hub.store import duty, duty_contacts, journal, tellings
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.records import EdgeRecord

OpenTimeSeries = Callable[[Database], TimeSeries]
DirectoryListener = Callable[[Directory, Directory], None]


class Core:
    """Everything between the broker and the disk."""

    def __init__(
        self,
        config: HubConfig,
        clock: Clock,
        metrics: Metrics,
        health: Health,
        open_timeseries: OpenTimeSeries,
    ) -> None:
        """Open what is on the disk; nothing runs yet.

        Args:
            config: the hub's configuration.
            clock: the hub's clock.
            metrics: what is counted.
            health: what is wrong.
            open_timeseries: makes the time-series store over the database.

        Raises:
            ConfigError: the data directory holds no hub, or another one is running on it.
            StoreError: the database cannot be used.
        """
        self.clock = clock
        self.metrics = metrics
        self.health = health
        self.data = DataDirectory(config.data)
        self.ruleset = read_rules(config.alerting.rules)
        "What holds for residents for whom nothing is prescribed."
        self._listeners: list[DirectoryListener] = []
        self._updates: threading.Thread | None = None
        with ExitStack() as opened:
            opened.callback(os.close, _locked(self.data))
            self.secrets = read_secrets(self.data)
            self.database = open_database(self.data)
            opened.callback(self.database.close)
            self.timeseries = open_timeseries(self.database)
            opened.callback(self.timeseries.close)
            self._broker = self._choose_broker(config)
            self._parts = self._gather(config)
            self.writer = Writer(self._parts)
            # Nothing failed: it is `stop` that lets go of them.
            self._opened = opened.pop_all()

    @property
    def edge_port(self) -> int | None:
        """Port of the started broker, where edges connect; `None` when the broker is somebody else's."""
        return None if self._broker is None else self._broker.engine.edge_port

    def start(self, audiences: Sequence[Audience] = (), listeners: Sequence[DirectoryListener] = ()) -> None:
        """Start the broker, the writer and the link.

        Args:
            audiences: told of every commit, by the writer's thread.
            listeners: told when rooms, residents, edges or limits changed, by the writer's thread.

        Raises:
            BrokerError: the broker does not run.
        """
        self._listeners = [self.link.directory_changed, *listeners]
        self._parts.audiences = (self.link, *audiences)
        if self._broker is not None:
            self._broker.start()
        self.take_rota()
        self.writer.start()
        self.link.start(self.writer.directory)

    def stop(self) -> None:
        """Stop all, in the order that loses nothing, and let go of the data directory."""
        self.link.stop()
        self.writer.stop()
        if self._updates is not None:
            self._updates.join()
        if self._broker is not None:
            self._broker.stop()
        self._opened.close()

    def _gather(self, config: HubConfig) -> Parts:
        inbox = Inbox()
        self.engine, found = self._engine(config.alerting)
        self.link = EdgeLink(self._address(config), self.clock, self.metrics, self.health, inbox)
        return Parts(
            clock=self.clock,
            database=self.database,
            timeseries=self.timeseries,
            engine=self.engine,
            master=self.secrets.master,
            directory=found,
            postman=self.link,
            metrics=self.metrics,
            health=self.health,
            inbox=inbox,
            ruleset=self.ruleset,
            escalator=self._escalator(config.escalation),
            on_directory=self._directory_changed,
        )

    def _choose_broker(self, config: HubConfig) -> Broker | None:
        if config.broker.url is not None:
            return None
        engine = choose(config.broker.start, self.data.broker, config.broker.host, config.broker.port)
        with self.database.read() as connection:
            users = accounts(connection, self.secrets)
        return Broker(engine, users, self.metrics, self.health)

    def _address(self, config: HubConfig) -> BrokerAddress:
        password = self.secrets.mqtt_password
        if self._broker is not None:
            engine = self._broker.engine
            return BrokerAddress(engine.host, engine.hub_port, password, counts=engine.name == "mosquitto")
        host, port, tls = broker_url(config.broker.url or "")
        return BrokerAddress(host, port, password, tls)

    def _engine(self, settings: AlertingSettings) -> tuple[Engine, Directory]:
        now = self.clock.utc()
        with self.database.read() as connection:
            found = directory.load(connection, self.secrets.master, now, self.ruleset)
            states = journal.rule_states(connection)
            alerts = journal.open_alerts(connection)
            orders = journal.suppressors(connection)
            memories = journal.rule_memories(connection)
        delays = Delays(
            edge_silent=settings.edge_silent,
            sensor_silent=settings.sensor_silent,
            probe_off=settings.probe_off,
            probe_off_watched=settings.probe_off_watched,
            skew=settings.skew,
            skew_for=settings.skew_for,
        )
        # What the rules say is said for this very purpose, and goes before the configuration's.
        delays = replace(delays, **self.ruleset.delays)
        settled = Settings(
            now, found.watched(now), delays, priorities=self.ruleset.priorities, memories=memories
        )
        engine = Engine(found.limits, states, alerts, settled, orders, found.people)
        return engine, found

    def _escalator(self, settings: EscalationSettings) -> Escalator:
        self.policy = read_policy(settings)
        with self.database.read() as connection:
            alerts = [alert for alert, _ in journal.open_alerts(connection)]
            return Escalator(self.policy, tellings.escalations(connection), alerts)

    @property
    def test_address(self) -> BrokerAddress:
        """Where the test alarm's edge finds the broker, and who it is there."""
        password = self.secrets.edge_password(EdgeRecord(TEST_EDGE, 1, 0))
        found = self.link.address
        port = found.port if self.edge_port is None else self.edge_port
        return BrokerAddress(found.host, port, password, found.tls, username=TEST_EDGE)

    def take_rota(self) -> None:
        """Take up the exchanges and ways that people entered; steps that are due from now on ask them."""
        with self.database.read() as connection:
            entered = duty.exchanges(connection)
            editions = duty_contacts.editions(connection)
        file = self.policy.rota
        exchanges = file.exchanges + swaps.in_force(file, entered)
        self._parts.escalator.set_rota(msgspec.structs.replace(file, exchanges=exchanges))
        self._parts.escalator.set_people(contacts.present(self.policy.people, editions))

    @property
    def present_policy(self) -> Policy:
        """Return the policy with rota and people as they are now."""
        return self._parts.escalator.policy

    def _directory_changed(self, old: Directory, new: Directory) -> None:
        self.take_rota()
        for listener in self._listeners:
            listener(old, new)
        if self._broker is not None and old.versions != new.versions:
            # In a thread of its own: a broker that must start again would hold up the writer.
            if self._updates is not None:
                self._updates.join()
            self._updates = threading.Thread(target=self._update_broker, name="broker accounts", daemon=True)
            self._updates.start()

    def _update_broker(self) -> None:
        with self.database.read() as connection:
            users = accounts(connection, self.secrets)
        if self._broker is not None:
            self._broker.update(users)


def _locked(data: DataDirectory) -> int:
    """Hold the data directory: two hubs on one directory would both number alerts and acknowledge edges."""
    path: Path = data.path / "hub.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{data.path}: {error.strerror}: `veilleuse hub init` makes a new hub") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise ConfigError(f"{data.path} is in use by another hub") from None
    return descriptor
