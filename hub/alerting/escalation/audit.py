"""Is any step late, as the disk tells it? Knows nothing of the escalator's memory, and computes every time itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.escalation.climb import OWN, Trouble, mode_of
from hub.alerting.escalation.model import Escalation, Mode
from hub.alerting.model import Alert

GRACE = SECOND
"How late a step may be."

ToldStep = tuple[str, int, int]
"(alert, round, step) of which the log has a line."


def find_late(
    alerts: Iterable[Alert],
    escalations: Mapping[str, Escalation],
    told: AbstractSet[ToldStep],
    climbing: AbstractSet[Priority],
    now: int,
) -> list[Trouble]:
    """Return what is late, one per room.

    Args:
        alerts: the open ones.
        escalations: by alert.
        told: steps that the log has.
        climbing: priorities that have a ladder.
        now: hub time, microseconds UTC.
    """
    found: dict[str, Trouble] = {}
    for alert in alerts:
        if alert.code in OWN or mode_of(alert) is not Mode.CLIMBING:
            continue
        problem = _problem(alert, escalations.get(alert.id), told, climbing, now)
        if problem:
            found.setdefault(alert.edge, Trouble(alert.edge, alert.resident, problem))
    return list(found.values())


def _problem(
    alert: Alert,
    climb: Escalation | None,
    told: AbstractSet[ToldStep],
    climbing: AbstractSet[Priority],
    now: int,
) -> str:
    if climb is None:
        late = alert.priority in climbing and now > alert.raised + GRACE
        return "no ladder was begun" if late else ""
    if climb.mode is not Mode.CLIMBING:
        return f"stands {climb.mode}" if now > climb.since + GRACE else ""
    if climb.due is not None and now > climb.due + GRACE:
        return f"step {climb.step + 1} is late"
    for step in () if climb.inherited else range(climb.step):
        if (alert.id, climb.round, step) not in told:
            return f"step {step + 1} was told to nobody"
    return ""
