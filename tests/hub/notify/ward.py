"""A ward without the writer's thread: alerts, ladder, log and dispatcher on a real database and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devices.clock import ManualClock
from devices.limits import Priority
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.policy import parse
from hub.alerting.model import Alert, Changes, Code, Event, Transition
from hub.alerting.responses import Action, AlertError, Refusal
from hub.health import Health
from hub.live import Committed
from hub.notify.base import Notice, Outcome, Sent, State
from hub.notify.dispatch import Dispatcher
from hub.store import journal, tellings
from hub.store.database import Database
from hub.store.tellings import Notification

POLICY = """
zone = "UTC"
[[ladder.high]]
after = 0
tell = ["person:luc"]
channels = ["espa", "sms", "email"]
[[ladder.high]]
after = 60
tell = ["person:anne"]
channels = ["sms"]
say = "APPELER LE 15"
[person.luc]
name = "Luc"
address = { espa = "101", sms = "+33612345601", email = "luc@tilleuls.example" }
[person.anne]
name = "Anne"
address = { sms = "+33612345602" }
"""


class Recorder:
    """A channel that keeps what it was given, and answers as it was told; the last answer stays."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.name = name
        self.notices: list[Notice] = []
        self.answers: list[Outcome] = [Sent()]
        self.gate = asyncio.Event()
        self.gate.set()
        self._clock = clock

    @property
    def state(self) -> State:
        return State(well=True, since=self._clock.utc())

    async def run(self) -> None:
        pass

    async def send(self, notice: Notice) -> Outcome:
        self.notices.append(notice)
        await self.gate.wait()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Display(Recorder):
    """A recorder that can take back."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        super().__init__(name, clock)
        self.remembered: list[dict[str, str]] = []
        self.taken_back: list[Notice] = []
        self.recalls: list[Outcome] = [Sent()]

    def remember(self, shown: Mapping[str, str]) -> None:
        self.remembered.append(dict(shown))

    async def recall(self, notice: Notice) -> Outcome:
        self.taken_back.append(notice)
        await self.gate.wait()
        return self.recalls.pop(0) if len(self.recalls) > 1 else self.recalls[0]


@dataclass
class Ward:
    """The writer's part, without its thread."""

    path: Path
    clock: ManualClock = field(default_factory=ManualClock)
    health: Health = field(default_factory=Health)
    hurried: list[tuple[str, int, int]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    refuse: bool = False
    policy: str = POLICY

    def __post_init__(self) -> None:
        self.database = Database(self.path)
        self.escalator = Escalator(parse(self.policy, "escalation.toml"))
        self.channels: list[Recorder] = [Recorder(name, self.clock) for name in ("espa", "sms", "email")]
        self.espa, self.sms, self.email = self.channels
        now = self.clock.utc()
        self.alert = Alert(
            "a1",
            Code.LIMIT_LOW,
            Priority.HIGH,
            "e1",
            "r1",
            now,
            now,
            metric="spo2",
            value=84.0,
            limit_id="low",
        )
        self.dispatcher = Dispatcher(self.database, self.clock, self, self.health, lambda _: "Chambre 12")
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.dispatcher.run(self.channels))

    async def kill(self) -> None:
        """End the dispatcher wherever it is."""
        if self.task is not None:
            self.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await self.task
        self.task = None

    def turn(self, *alerts: Alert, raised: str = "") -> None:
        """Commit what one turn of the writer does."""
        now = self.clock.utc()
        steps = [Transition(raised, 1, now, Event.RAISED, "veilleuse")] if raised else []
        changes = Changes({alert.id: alert for alert in alerts}, steps)
        self.escalator.follow(changes, now)
        self.escalator.tick(now)
        orders = self.escalator.take_orders()
        with self.database.write() as connection:
            journal.save_changes(connection, changes)
            tellings.save_orders(connection, orders, now)
        self.dispatcher.committed(Committed(now, changes=changes, orders=orders))

    def log(self) -> list[Notification]:
        with self.database.read() as connection:
            return tellings.notifications(connection, "a1")

    def stages(self, channel: str = "espa") -> list[tuple[str, str]]:
        """Return everything that became of a channel's notifications, in order."""
        with self.database.read() as connection:
            ids = {row.id for row in tellings.notifications(connection, "a1") if row.channel == channel}
            return [(s.stage, s.reason) for s in tellings.steps(connection, "a1") if s.notification in ids]

    async def until(self, condition: Callable[[], object]) -> None:
        for _ in range(2000):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not within 20 s")

    # ---- the desk ----

    def act(self, alert_id: str, action: Action, author: str, reason: str) -> Future[Alert]:
        assert action is Action.TAKE
        done: Future[Alert] = Future()
        if self.refuse:
            done.set_exception(AlertError(Refusal.NOT_OPEN, alert_id, action))
        else:
            self.taken.append((author, reason))
            done.set_result(self.alert)
        return done

    def hurry(self, alert: str, number: int, step: int) -> None:
        self.hurried.append((alert, number, step))


def names(found: list[tuple[str, str]]) -> list[str]:
    return [stage for stage, _ in found]
