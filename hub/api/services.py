"""What the interface is made with; the composition root fills it in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from devices.clock import Clock
from hub.acts.machines.expertise import ANSWER_WITHIN
from hub.acts.triage.model import Questionnaire
from hub.alerting.escalation.policy import BUILT_IN, Policy
from hub.alerting.model import Alert, Suppressor
from hub.alerting.responses import Action
from hub.alerting.suppressions import Wish
from hub.api.metrics import ApiMetrics
from hub.api.whatif_jobs import WhatIfJobs
from hub.auth.sessions import Sessions
from hub.channels import Channels
from hub.config import BillingSettings
from hub.consult.calls import CallService
from hub.consult.desk import Desk
from hub.consult.pictures import CallPictures
from hub.enrolment import Enrolments
from hub.expertises import NO_EXPERTS, Experts
from hub.health import Health
from hub.linking import Change, Linking
from hub.live import Live, Tablet
from hub.notify.secure_mail import SecureMail
from hub.paperwork import Paperwork
from hub.prescribing import Prescribing
from hub.rounds import Plan
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.spot_checks import SpotCheck
from hub.survey import Inquiries
from hub.watching import Watching
from hub.woundcare import WoundCare

USUAL_ZONE = ZoneInfo("Europe/Paris")
"As a policy of escalation that names none."
NO_BILLING = BillingSettings()
"A home that has said nothing of its professionals."
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"Names by which a browser on this machine reaches the hub."


class Act(Protocol):
    """How a person's action reaches the writer's thread; `Writer.act`."""

    def __call__(
        self, alert_id: str, action: Action, author: str, reason: str, key: str = ""
    ) -> Future[Alert]:
        """Return a future that is done when the action is on the disk.

        It may hold an `AlertError`, or a `RepeatedError`: it was done before under this key.
        """
        ...


class Suppress(Protocol):
    """How an order reaches the writer's thread; `Writer.suppress`."""

    def __call__(self, wish: Wish, key: str = "") -> Future[Suppressor]:
        """Return a future that is done when the order is on the disk.

        It may hold a `SuppressionError`, or a `RepeatedError`: it was done before under this key.
        """
        ...


@dataclass(frozen=True, slots=True)
class Quiet:
    """How somebody's order that something does not sound reaches the writer's thread."""

    suppress: Suppress
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
class Rounds:
    """How what people measure reaches the writer's thread, and when they do."""

    enter: Callable[[SpotCheck], Future[SpotCheck]]
    "`Writer.enter`; the future may hold an `EntryError`."
    plan: Plan


@dataclass(frozen=True, slots=True)
class PaperDesk:
    """How papers are made, and how they leave."""

    work: Paperwork
    mail: SecureMail | None = None
    "Without it no paper leaves by mail."


@dataclass(frozen=True, slots=True)
class WatchDesk:
    """Who watches, and who is on duty."""

    watching: Watching
    change: Change
    "`Writer.change`."
    file: Policy
    "As its file says, without the exchanges that people entered."


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
    probed: Callable[[str, str], None] = lambda _probe, _username: None
    "Told that a screen proved its sound, and who is signed in there; called on the event loop."
    heard: Callable[[Tablet], None] = lambda _tablet: None
    "Told what a screen says of itself; called on the event loop."
    channels: Channels | None = None
    "By which people are told; without it the interface says that there are none."
    policy: Callable[[], Policy] = lambda: BUILT_IN
    "Who is told of what, as it is now."
    hosts: frozenset[str] = LOOPBACK_HOSTS
    "Host names, without port, under which the hub answers; another one is a rebinding attack."
    https: bool = False
    "Whether browsers reach the hub over TLS: the session cookie is then sent over nothing else."
    zone: ZoneInfo = USUAL_ZONE
    "Where the ward's clock hangs."
    watch: WatchDesk | None = None
    "Without it nobody knows who watches, and the interface says so."
    calls: CallService | None = None
    "Without it nobody can be called, and the interface says so."
    consult: Desk | None = None
    "What is asked about calls beside the calls."
    quiet: Quiet | None = None
    "Without it nothing can be silenced, and the interface says so."
    fleet: Fleet | None = None
    "Without it no device is reached, and the interface says so."
    prescribing: Prescribing | None = None
    "Without it nobody can prescribe a limit, and the interface says so."
    whatif: WhatIfJobs | None = None
    "Without it nobody can ask what another limit would have done, and the interface says so."
    rounds: Rounds | None = None
    "Without it nothing is measured by hand, and the interface says so."
    papers: PaperDesk | None = None
    "Reports, liaison files and SAED sheets; without it none is made, and the interface says so."
    billing: BillingSettings = NO_BILLING
    "What the home says of its professionals, so that lines can be proposed."
    questionnaire: Questionnaire | None = None
    "Before a teleconsultation; without it nobody is asked, and the interface says so."
    experts: Experts = NO_EXPERTS
    "Groups that questions are put to."
    answer_within: int = ANSWER_WITHIN
    "Microseconds after which the answer to a question is due."
    pictures: CallPictures | None = None
    "Of calls; without it none is kept, and the interface says so."
    wounds: WoundCare | None = None
    "Wounds and their pictures; without it none is kept, and the interface says so."
