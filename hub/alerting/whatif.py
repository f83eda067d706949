"""Two runs over the same past, alarm by alarm: what one has and the other has not. Pure.

An alarm is *missed* when the other run has none of the same matter that rings while its condition is there, *appeared*
when the other run has it and it stands for none of these, *shifted* when there is one but it rings at another time or with
another priority. Two alarms that become one are not missed; one that becomes two has one that appeared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.clock import SECOND
from hub.alerting.model import LIMIT_CODES, Alert, Event, Response, Transition

SAME = SECOND // 2
"Less than between two values of any sensor: no other time."

_RESPONSES: Mapping[Event, Response] = {
    Event.ACKNOWLEDGED: Response.ACKNOWLEDGED,
    Event.TAKEN: Response.TAKEN,
}


@dataclass(frozen=True, slots=True)
class Shift:
    """An alarm, and the one that would ring for it."""

    before: Alert
    after: Alert

    @property
    def later(self) -> int:
        """Microseconds; negative is sooner."""
        return self.after.raised - self.before.raised


@dataclass(slots=True)
class Comparison:
    """What one run has and the other has not, each in the order in which it rang."""

    missed: list[Alert] = field(default_factory=list)
    appeared: list[Alert] = field(default_factory=list)
    shifted: list[Shift] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody did about an alarm of the past first."""

    response: Response
    time: int
    by: str


def matter(alert: Alert) -> Hashable:
    """Return what an alarm is about: for whom, and the side of a metric or the rule."""
    if alert.code in LIMIT_CODES:
        return alert.resident, alert.code, alert.metric
    return alert.resident, alert.code, alert.limit_id, alert.sensor


def compare(before: Iterable[Alert], after: Iterable[Alert]) -> Comparison:
    """Compare the alarms of two runs."""
    ours, theirs = _by_matter(before), _by_matter(after)
    found = Comparison()
    for key in ours.keys() | theirs.keys():
        _compare(ours.get(key, []), theirs.get(key, []), found)
    found.missed.sort(key=_when)
    found.appeared.sort(key=_when)
    found.shifted.sort(key=lambda shift: _when(shift.before))
    return found


def overlap(alert: Alert, other: Alert) -> bool:
    """Tell whether `other` rang while the condition of `alert` was there."""
    ended = alert.cleared is not None and other.raised > alert.cleared
    return not ended and (other.cleared is None or other.cleared >= alert.onset)


def first_answer(steps: Iterable[Transition]) -> Answer | None:
    """Return the first response to an alarm, of its steps in order."""
    for step in steps:
        if step.event in _RESPONSES:
            return Answer(_RESPONSES[step.event], step.time, step.author)
    return None


def _compare(before: Sequence[Alert], after: Sequence[Alert], found: Comparison) -> None:
    used: set[str] = set()
    for alert in before:
        there = [other for other in after if overlap(alert, other)]
        # That of the same limit speaks for it, if there is one: another may ring all night for something less.
        other = min(there, key=lambda each: (each.limit_id != alert.limit_id, *_when(each)), default=None)
        if other is not None:
            used.add(other.id)
        if other is None:
            found.missed.append(alert)
        elif abs(other.raised - alert.raised) < SAME and other.priority is alert.priority:
            found.unchanged += 1
        else:
            found.shifted.append(Shift(alert, other))
    found.appeared += [alert for alert in after if alert.id not in used]


def _by_matter(alerts: Iterable[Alert]) -> dict[Hashable, list[Alert]]:
    found: dict[Hashable, list[Alert]] = {}
    for alert in sorted(alerts, key=_when):
        found.setdefault(matter(alert), []).append(alert)
    return found


def _when(alert: Alert) -> tuple[int, str]:
    return alert.raised, alert.id
