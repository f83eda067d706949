"""Several values together: at least some of a rule's clauses hold for a time. Pure.

A clause holds from a value outside its bounds until one that is back inside by its hysteresis, and for `within` seconds
after the last value outside; while the condition is there it goes on holding, for what is not measured any more is not
well. At rest, a value inside changes nothing. Of values that go on being outside, one in ten seconds is remembered, so
that `within` is exact to ten seconds; the delay is exact.
"""

from __future__ import annotations

import msgspec

from devices.clock import SECOND
from hub.alerting.rules.model import Clause, CompositeRule
from hub.alerting.rules.sampling import SLOT, Outcome


class CompositeMemory(msgspec.Struct, omit_defaults=True):
    """What is remembered; the form in which it lies on disk."""

    held: dict[int, int] = {}
    "By clause: the time of its newest remembered value outside."
    last: dict[int, int] = {}
    "By clause: the time at which it last stopped holding."
    since: int | None = None
    "Since when enough clauses hold."
    active: bool = False


class CompositeWatch:
    """One rule of one resident."""

    def __init__(self, rule: CompositeRule, memory: CompositeMemory) -> None:
        self.rule = rule
        self.memory = memory

    def take(self, number: int, value: float, time: int) -> Outcome:
        """Take a value without doubt of the metric of a clause, by the clause's number."""
        memory, clause = self.memory, self.rule.clauses[number]
        held = memory.held.get(number)
        if time <= max(held or 0, memory.last.get(number, 0)):
            return Outcome.NOTHING
        changed = False
        if held is None:
            if not outside(clause, value):
                return Outcome.NOTHING
            memory.held[number], changed = time, True
        elif inside(clause, value):
            del memory.held[number]
            memory.last[number], changed = time, True
        elif outside(clause, value) and time - held >= SLOT:
            memory.held[number], changed = time, True
        outcome = self._judge(time)
        return Outcome.KEPT if changed and outcome is Outcome.NOTHING else outcome

    def forget(self, after: int) -> None:
        """Drop what is remembered of times after this one: the clock that gave them went back since."""
        memory = self.memory
        memory.held = {number: min(at, after) for number, at in memory.held.items()}
        memory.last = {number: at for number, at in memory.last.items() if at <= after}

    @property
    def holding(self) -> list[int]:
        """The clauses that hold, by number."""
        return sorted(self.memory.held)

    def _judge(self, time: int) -> Outcome:
        memory, rule = self.memory, self.rule
        if memory.active:
            if len(memory.held) >= rule.least:
                return Outcome.NOTHING
            memory.active, memory.since = False, None
            return Outcome.CLEARED
        oldest = time - round(rule.within * SECOND)
        forgotten = [number for number, at in memory.held.items() if at < oldest]
        for number in forgotten:
            memory.last[number] = memory.held.pop(number)
        before = memory.since
        if len(memory.held) < rule.least:
            memory.since = None
        elif memory.since is None:
            memory.since = time
        if memory.since is not None and time - memory.since >= rule.delay * SECOND:
            memory.active = True
            return Outcome.DECLARED
        return Outcome.KEPT if forgotten or before != memory.since else Outcome.NOTHING


def outside(clause: Clause, value: float) -> bool:
    """Tell whether a value is outside of a clause's bounds."""
    return (clause.low is not None and value < clause.low) or (
        clause.high is not None and value > clause.high
    )


def inside(clause: Clause, value: float) -> bool:
    """Tell whether a value is back inside by the hysteresis."""
    return (clause.low is None or value >= clause.low + clause.hysteresis) and (
        clause.high is None or value <= clause.high - clause.hysteresis
    )
