"""Everything about calls beside the calls themselves, made once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from devices.clock import Clock
from hub.consult.beginning import Beginning
from hub.consult.calls import CallService
from hub.consult.invites import Invites
from hub.consult.requests import Requests
from hub.live import Live
from hub.store.database import Database
from hub.store.ports import TimeSeries


@dataclass(frozen=True, slots=True)
class Desk:
    """What the interface asks about calls."""

    calls: CallService
    beginning: Beginning
    invites: Invites
    requests: Requests


def desk(database: Database, series: TimeSeries, live: Live, clock: Clock, calls: CallService) -> Desk:
    """Make everything around a home's calls."""
    requests = Requests(database, live, clock)
    return Desk(
        calls,
        Beginning(database, series, live, clock, calls, requests),
        Invites(database, calls, clock),
        requests,
    )
