"""One alert on a ladder, on a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.limits import Priority
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.model import Escalation, Mode, Orders, Telling
from hub.alerting.escalation.policy import Policy, parse
from hub.alerting.model import Alert, Changes, Code, Event, Transition

START = BUILD_FLOOR - BUILD_FLOOR % (7 * 86_400 * SECOND) + 4 * 86_400 * SECOND  # a Monday, 00:00 UTC

FILE = """
zone = "UTC"
[repeat]
high = 900
medium = 0
[[ladder.high]]
after = 0
tell = ["device:screens"]
channels = ["screen"]
[[ladder.high]]
after = 60
tell = ["device:pager"]
channels = ["espa"]
[[ladder.high]]
after = 180
tell = ["role:ide", "person:luc"]
channels = ["sms", "email"]
[[ladder.high]]
after = 600
tell = ["role:medecin"]
channels = ["sms"]
say = "APPELER LE 15"
[[ladder.medium]]
after = 30
tell = ["person:luc"]
channels = ["sms"]
[person.luc]
name = "Luc Petit"
address = { sms = "+33612345601", email = "luc@tilleuls.example" }
[person.anne]
name = "Anne Roux"
address = { email = "anne@tilleuls.example" }
[person.dr]
name = "Dr Blanc"
address = { sms = "+33612345603" }
[device.pager]
name = "Pager de l'unité"
address = { espa = "101" }
[[shift]]
role = "ide"
who = ["anne"]
from = 19:00:00
to = 07:00:00
[[shift]]
role = "ide"
who = ["luc"]
from = 07:00:00
to = 19:00:00
[[shift]]
role = "medecin"
who = ["dr"]
"""
HIGH = Alert("a1", Code.LIMIT_LOW, Priority.HIGH, "e1", "r1", START, START, limit_id="low")


@dataclass
class Ward:
    """An escalator and its disk; times are seconds after the start."""

    policy: Policy = field(default_factory=lambda: parse(FILE, "escalation.toml"))
    now: float = 0.0
    alerts: dict[str, Alert] = field(default_factory=dict)
    disk: dict[str, Escalation] = field(default_factory=dict)
    log: dict[str, Telling] = field(default_factory=dict)
    last: Orders = field(default_factory=Orders)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def utc(self) -> int:
        return START + round(self.now * SECOND)

    def restart(self) -> None:
        """Lose what is not on the disk."""
        stored = [climb for climb in self.disk.values() if climb.mode is not Mode.OVER]
        self.escalator = Escalator(self.policy, stored, [a for a in self.alerts.values() if a.open])

    def commit(self) -> list[tuple[float, str, str]]:
        """Put the orders on the disk; return (due, recipient, channel) of everybody who is told."""
        self.last = orders = self.escalator.take_orders()
        self.disk |= orders.escalations
        for telling in orders.tellings:
            assert telling.id not in self.log, "told twice"
            self.log[telling.id] = telling
        return [((t.due - START) / SECOND, t.recipient, t.channel) for t in orders.tellings]

    def turn(
        self, *alerts: Alert, events: tuple[tuple[str, Event], ...] = ()
    ) -> list[tuple[float, str, str]]:
        """Let alerts change and time pass, as one turn of the writer does."""
        steps = [Transition(alert, 1, self.utc, event, "x") for alert, event in events]
        self.alerts |= {alert.id: alert for alert in alerts}
        self.escalator.follow(Changes({alert.id: alert for alert in alerts}, steps), self.utc)
        self.escalator.tick(self.utc)
        return self.commit()

    def at(self, now: float, *alerts: Alert) -> list[tuple[float, str, str]]:
        """Move the clock."""
        self.now = now
        return self.turn(*alerts)

    def raised(self, **more: object) -> Alert:
        """Return an alert that is raised now."""
        return replace(HIGH, onset=self.utc, raised=self.utc, **more)  # type: ignore[arg-type]  # fields of Alert


@pytest.fixture
def ward() -> Ward:
    return Ward()
