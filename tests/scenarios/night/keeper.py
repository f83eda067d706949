"""What is on the disk of the simulated hub: the same as `hub.store.journal` and `hub.store.tellings` keep, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.limits import Limit, LimitState
from hub.alerting.engine import Engine, Settings
from hub.alerting.escalation.climb import Escalator
from hub.alerting.escalation.model import Escalation, Mode, Orders, Telling
from hub.alerting.escalation.policy import Policy
from hub.alerting.model import Alert, Changes, StateKey, Suppressor, Transition
from hub.alerting.rules.model import Person, RuleSet


@dataclass(slots=True)
class Keeper:
    """Everything that survives the hub's process."""

    limits: Mapping[str, tuple[Limit, ...]]
    people: Mapping[str, Person]
    ruleset: RuleSet
    policy: Policy
    edges: dict[str, str | None]
    alerts: dict[str, Alert] = field(default_factory=dict)
    transitions: dict[tuple[str, int], Transition] = field(default_factory=dict)
    states: dict[StateKey, LimitState] = field(default_factory=dict)
    memories: dict[StateKey, str] = field(default_factory=dict)
    suppressors: dict[str, Suppressor] = field(default_factory=dict)
    escalations: dict[str, Escalation] = field(default_factory=dict)
    tellings: dict[str, Telling] = field(default_factory=dict)

    def engine(self, now: int) -> Engine:
        """Return an engine as `hub.core` makes it at a start."""
        numbers: dict[str, int] = {}
        for alert, number in self.transitions:
            numbers[alert] = max(number, numbers.get(alert, 0))
        settings = Settings(
            now, dict(self.edges), priorities=self.ruleset.priorities, memories=dict(self.memories)
        )
        opened = [(alert, numbers[alert.id]) for alert in self.open()]
        orders = [order for order in self.suppressors.values() if order.ended is None]
        return Engine(self.limits, dict(self.states), opened, settings, orders, self.people)

    def escalator(self) -> Escalator:
        """Return an escalator as `hub.core` makes it at a start."""
        standing = [climb for climb in self.escalations.values() if climb.mode is not Mode.OVER]
        return Escalator(self.policy, standing, self.open())

    def open(self) -> list[Alert]:
        """Return the open alerts, as the store orders them."""
        return sorted((a for a in self.alerts.values() if a.open), key=lambda a: (a.raised, a.id))

    def commit(self, changes: Changes, orders: Orders) -> list[Telling]:
        """Write one turn down; return the tellings that are new."""
        self.alerts |= changes.alerts
        for step in changes.transitions:
            assert (step.alert, step.number) not in self.transitions, "a step was told twice"
            self.transitions[step.alert, step.number] = step
        self.states |= changes.states
        self.memories |= changes.memories
        self.suppressors |= changes.suppressors
        self.escalations |= orders.escalations
        fresh = [telling for telling in orders.tellings if telling.id not in self.tellings]
        self.tellings |= {telling.id: telling for telling in fresh}
        return fresh
