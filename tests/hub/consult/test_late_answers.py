"""A télé-expertise that nobody answers reminds, rings, and falls silent with its answer; on a real store and a real engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.acting import Acting, Doing, Opening
from hub.acts.machines import expertise
from hub.acts.model import Actor, Kind, Role
from hub.alerting.engine import Engine, Settings
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code, Condition
from hub.alerting.technical import Delays
from hub.expertises import LATE_ANSWERS
from hub.lookout import Lookout
from hub.store import acts
from hub.store.errors import StoreUnavailableError
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.consult.house import Hub

HOUR = 3600 * SECOND
NURSE, EXPERT = Actor("ines", Role.NURSE), Actor("benali", Role.PHYSICIAN)
QUESTION = {
    "to": "@derm",
    "topic": "dermatology",
    "urgency": "routine",
    "question": "Quelle conduite ?",
    "consent": "oral",
    "consent_by": "Mme Martin",
}
ANSWER = {
    "diagnosis": "Eczéma",
    "confidence": "high",
    "recommendation": "Émollient",
    "advised": "care_on_site",
}


class Bell:
    """Rings in a real engine."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.engine = Engine({}, {}, [], Settings(hub.clock.utc(), {}, Delays()))
        self.told = 0

    def __call__(self, code: Code, troubles: Sequence[Trouble]) -> None:
        self.told += 1
        self.engine.set_troubles(code, troubles, self.hub.clock.utc())

    @property
    def ringing(self) -> list[tuple[Code, str | None, Priority]]:
        return [
            (alert.code, alert.resident, alert.priority)
            for alert in self.engine.open_alerts()
            if alert.condition is Condition.ACTIVE
        ]


async def test_it_reminds_then_rings_until_it_is_answered(hub: Hub) -> None:
    acting = Acting(hub.database, SqliteTimeSeries(hub.database), hub.clock)
    bell = Bell(hub)
    looking = Lookout(hub.database, hub.calls._live, hub.clock, bell, LATE_ANSWERS)
    act = acting.open(Opening(Kind.EXPERTISE, "jeanne", "Plaques"), NURSE)
    facts = expertise.sending(hub.clock.utc(), 24 * HOUR)
    act = acting.step(act.id, Doing("send", act.version, fields=QUESTION, facts=facts), NURSE)
    hub.clock.advance(18 * HOUR - SECOND)
    await looking.look()
    assert (bell.ringing, bell.told) == ([], 2)
    hub.clock.advance(SECOND)
    await looking.look()
    assert bell.ringing == [(Code.EXPERTISE_DUE, "jeanne", Priority.LOW)]
    hub.clock.advance(6 * HOUR)
    await looking.look()
    await looking.look()
    assert bell.ringing == [(Code.EXPERTISE_LATE, "jeanne", Priority.MEDIUM)]
    told = bell.told
    act = acting.step(act.id, Doing("accept", act.version), EXPERT)
    await looking.look()
    assert bell.told == told, "that somebody has seen it is no answer"
    acting.step(act.id, Doing("answer", act.version, fields=ANSWER), EXPERT)
    await looking.look()
    assert bell.ringing == []


async def test_a_store_that_cannot_be_read_ends_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Bell(hub)
    looking = Lookout(hub.database, hub.calls._live, hub.clock, bell, LATE_ANSWERS)

    def fails(*_: Any) -> None:
        raise StoreUnavailableError("the disk is away")

    monkeypatch.setattr(acts, "in_states", fails)
    await looking.look()
    assert bell.told == 0
