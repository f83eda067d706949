"""What the interface is made with; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from devices.clock import Clock
from hub.alerting.model import Alert, Suppressor
from hub.alerting.responses import Action
from hub.alerting.suppressions import Wish
from hub.api.metrics import ApiMetrics
from hub.auth.sessions import Sessions
from hub.consult.calls import CallService
from hub.enrolment import Enrolments
from hub.health import Health
from hub.linking import Change, Linking
from hub.live import Live
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.survey import Inquiries

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"Names by which a browser on this machine reaches the hub."


class Act(Protocol):
    """How a person's action reaches the writer's thread; `Writer.act`."""

    def __call__(self, alert_id: str, action: Action, author: str, reason: str) -> Future[Alert]:
        """Return a future that is done when the action is on the disk, or holds an `AlertError`."""
        ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """How somebody's order that something does not sound reaches the writer's thread."""

    suppress: Callable[[Wish], Future[Suppressor]]
    "`Writer.suppress`; the future may hold a `SuppressionError`."
    lift: Callable[[str, str, str], Future[Suppressor]]
    "`Writer.lift`: order, author, reason."


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a technician reaches the rooms' devices."""

    inquiries: Inquiries
    linking: Linking
    enrolments: Enrolments
    change: Change
    "`Writer.change`."


@dataclass(frozen=True, slots=True)
class Services:
    """Everything behind the interface."""

    clock: Clock
    database: Database
    timeseries: TimeSeries
    live: Live
    act: Act
    accounts: Accounts
    sessions: Sessions
    health: Health
    metrics: ApiMetrics
    hosts: frozenset[str] = LOOPBACK_HOSTS
    "Host names, without port, under which the hub answers; another one is a rebinding attack."
    https: bool = False
    "Whether browsers reach the hub over TLS: the session cookie is then sent over nothing else."
    calls: CallService | None = None
    "Without it nobody can be called, and the interface says so."
    quiet: Quiet | None = None
    "Without it nothing can be silenced, and the interface says so."
    fleet: Fleet | None = None
    "Without it no device is reached, and the interface says so."
