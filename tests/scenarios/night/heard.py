"""Which alerts began to sound, by what is on record of them: what a night nurse would count as an alarm.

An occurrence that comes back before anybody has answered the one before it takes its place (`Event.RESET`): its ladder goes on,
the tablet never was quiet, and it is one alarm that goes on. What was covered for as long as it asked for somebody never
sounded: a carer stood there (an order of care), had it in hand, or a higher alarm of the same value said it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from hub.alerting.model import UNHEARD, Alert, Event, Suppression, Transition

Steps = Mapping[tuple[str, int], Transition]
_BY = "superseded by "
_ANSWERS = frozenset({Event.ACKNOWLEDGED, Event.TAKEN})


def began(alerts: Iterable[Alert], steps: Steps) -> frozenset[str]:
    """Return the alerts that began to sound; those that only went on with one which nobody had answered are none of them."""
    every = list(alerts)
    return frozenset(each.id for each in every if _sounds(each, _by_alert(steps))) - went_on(every, steps)


def went_on(alerts: Iterable[Alert], steps: Steps) -> frozenset[str]:
    """Return the alerts that took the place of one which sounded and which nobody had answered."""
    history = _by_alert(steps)
    before = {
        step.reason.removeprefix(_BY): step.alert
        for each in history.values()
        for step in each
        if step.event is Event.RESET
    }
    sounding = {each.id for each in alerts if _sounds(each, history)}
    found = set()
    for alert in sounding:
        earlier = before.get(alert)
        while earlier is not None and earlier not in sounding:
            earlier = before.get(earlier)
        if earlier is not None:
            found.add(alert)
    return frozenset(found)


def _by_alert(steps: Steps) -> Mapping[str, Sequence[Transition]]:
    found: dict[str, list[Transition]] = defaultdict(list)
    for _, step in sorted(steps.items()):
        found[step.alert].append(step)
    return found


def _sounds(alert: Alert, history: Mapping[str, Sequence[Transition]]) -> bool:
    """Tell whether there was a time at which an alert asked to be heard."""
    if alert.detail in UNHEARD or alert.suppression is Suppression.INHIBITED:
        return False
    raised, *later = history[alert.id]
    covered = bool(later) and later[0].event is Event.SILENCED and later[0].time == raised.time
    if not covered:
        return True
    for step in later:
        if step.event is Event.SILENCE_ENDED:
            return True
        if step.event in _ANSWERS or step.event is Event.RESET:
            return False
    return False
