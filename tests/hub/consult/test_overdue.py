"""A request for a physician that nobody takes rings after half an hour, and stops when somebody takes it or takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.engine import Engine, Settings
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code, Condition
from hub.alerting.technical import Delays
from hub.consult.overdue import OVERDUE, PATIENCE, overdue
from hub.consult.requests import Ask, Requests
from hub.lookout import Lookout
from hub.store import call_requests
from hub.store.call_requests import CallRequest
from hub.store.errors import StoreUnavailableError
from tests.hub.consult.house import BENALI, EDGE, INES, Hub

NOW = 1_800_000_000 * SECOND
EDGES = {"jeanne": "room-12", "paul": "room-14", "marie": None}
Rung = list[tuple[Code, tuple[Trouble, ...]]]


def asked(who: str, age: int, urgency: str = "now", planned: int | None = None) -> CallRequest:
    return CallRequest(
        f"{who}-{urgency}-{age}", who, "douleur", urgency, planned, "ines", "Inès", "nurse", NOW - age
    )


@pytest.mark.parametrize(
    ("request_", "rings"),
    [
        (asked("jeanne", PATIENCE), True),
        (asked("jeanne", PATIENCE - 1), False),
        (asked("jeanne", 10 * PATIENCE, "today"), False),
        (asked("jeanne", 10 * PATIENCE, "planned", NOW - PATIENCE + 1), False),
        (asked("jeanne", 10 * PATIENCE, "planned", NOW - PATIENCE), True),
        (asked("who left", 10 * PATIENCE), False),
    ],
)
def test_which_request_has_waited_too_long(request_: CallRequest, *, rings: bool) -> None:
    expected = (Trouble("room-12", "jeanne", request_.id),) if rings else ()
    assert overdue([request_], EDGES, NOW) == expected


def test_a_resident_without_a_device_is_not_forgotten() -> None:
    found = overdue([asked("marie", PATIENCE), asked("jeanne", PATIENCE)], EDGES, NOW)
    assert found == (
        Trouble("", "marie", f"marie-now-{PATIENCE}"),
        Trouble("room-12", "jeanne", f"jeanne-now-{PATIENCE}"),
    )


@given(st.lists(st.tuples(st.sampled_from(sorted(EDGES)), st.integers(0, 3 * PATIENCE)), max_size=8))
def test_a_room_rings_once_for_its_oldest(made: list[tuple[str, int]]) -> None:
    waiting = sorted((asked(who, age) for who, age in made), key=lambda one: one.asked)
    found = overdue(waiting, EDGES, NOW)
    late = [one for one in waiting if NOW - one.asked >= PATIENCE]
    assert {one.resident for one in found} == {one.resident for one in late}
    for trouble in found:
        oldest = max(age for who, age in made if who == trouble.resident)
        assert trouble.detail == f"{trouble.resident}-now-{oldest}"


class Bell:
    """Rings in a real engine, and counts how often it is told something."""

    def __init__(self, now: int) -> None:
        self.engine = Engine({}, {}, [], Settings(now, {}, Delays()))
        self.rung: Rung = []
        self.now = now

    def __call__(self, code: Code, troubles: Sequence[Trouble]) -> None:
        self.rung.append((code, tuple(troubles)))
        self.engine.set_troubles(code, troubles, self.now)

    @property
    def ringing(self) -> list[tuple[str, str | None, Priority]]:
        return [
            (alert.edge, alert.resident, alert.priority)
            for alert in self.engine.open_alerts()
            if alert.code is Code.REQUEST_UNANSWERED and alert.condition is Condition.ACTIVE
        ]


@pytest.mark.parametrize("answer", ["withdrawn", "taken"])
async def test_it_rings_until_somebody_answers_it(hub: Hub, answer: str) -> None:
    live = hub.calls._live
    requests, bell = Requests(hub.database, live, hub.clock), Bell(hub.clock.utc())
    looking = Lookout(hub.database, live, hub.clock, bell, OVERDUE)
    made = await requests.ask("jeanne", Ask("douleur", "now"), INES)
    await looking.look()
    hub.clock.advance(PATIENCE - SECOND)
    await looking.look()
    # Told once that nothing waits too long, and not again.
    assert bell.rung == [(Code.REQUEST_UNANSWERED, ())]
    hub.clock.advance(SECOND)
    await looking.look()
    await looking.look()
    assert len(bell.rung) == 2
    assert bell.ringing == [(EDGE, "jeanne", Priority.MEDIUM)]
    # A hub that starts again says the same thing, and the same alert goes on.
    before = bell.engine.open_alerts()
    await Lookout(hub.database, live, hub.clock, bell, OVERDUE).look()
    assert bell.engine.open_alerts() == before
    if answer == "withdrawn":
        await requests.withdraw(made.id, "ines")
    else:
        call = await hub.calls.request("jeanne", BENALI)
        with hub.database.write() as connection:
            call_requests.settle(connection, made.id, call_requests.Asking.TAKEN, "benali", 1, call.id)
    await looking.look()
    assert bell.ringing == []
    assert bell.engine.open_alerts() == [], "there is nothing left to be seen"


async def test_a_store_that_cannot_be_read_ends_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    live, bell = hub.calls._live, Bell(hub.clock.utc())
    await Requests(hub.database, live, hub.clock).ask("jeanne", Ask("douleur", "now"), INES)
    hub.clock.advance(PATIENCE)
    looking = Lookout(hub.database, live, hub.clock, bell, OVERDUE)
    await looking.look()

    def fails(*_: Any) -> None:
        raise StoreUnavailableError("the disk is away")

    monkeypatch.setattr(call_requests, "waiting", fails)
    await looking.look()
    assert len(bell.rung) == 1
    assert bell.ringing == [(EDGE, "jeanne", Priority.MEDIUM)]
