"""For whom an open act waits, and since when too long. Pure: one table of (kind, state).

What is not in the table waits for nobody: it goes on (a call), or only its own time does something to it (télésurveillance
that runs, a consultation planned for another day).

The times are ours (R) unless their module says otherwise. They make nothing ring: they put what is late first.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from devices.clock import SECOND
from hub.acts.machines import consultation, expertise
from hub.acts.model import DAY, Act, Kind, Step

MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE


class Whom(enum.StrEnum):
    """Who has to do something."""

    HOME = "home"
    "Whoever gives care there."
    PHYSICIAN = "physician"
    EXPERT = "expert"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Row:
    """For whom an act in one state waits, and how long it may."""

    whom: Whom
    within: int | None = None
    "Microseconds since it came into this state; `None`: as long as it takes."


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known of the wait of one act."""

    whom: Whom
    since: int
    "When it came into its state."
    due: int | None = None
    named: str = ""
    "Whom it names; empty for whoever comes."

    def late(self, now: int) -> bool:
        """Tell whether it waits too long."""
        return self.due is not None and now > self.due


_SURVEILLANCE: Final[Mapping[str, Row]] = {
    "proposed": Row(Whom.PHYSICIAN, 7 * DAY),
    "signed": Row(Whom.HOME, 7 * DAY),
    "agreed": Row(Whom.HOME, DAY),
    "review_due": Row(Whom.PHYSICIAN, 0),
    "paused": Row(Whom.HOME, 7 * DAY),
}
_ASSISTANCE: Final[Mapping[str, Row]] = {
    "asked": Row(Whom.PHYSICIAN, 30 * MINUTE),
    "interrupted": Row(Whom.PHYSICIAN, 15 * MINUTE),
}
_CONSULTATION: Final[Mapping[str, Row]] = {
    "asked": Row(Whom.HOME, DAY),
    "planned": Row(Whom.HOME),
    "waiting": Row(Whom.PHYSICIAN, 15 * MINUTE),
    "interrupted": Row(Whom.PHYSICIAN, 15 * MINUTE),
    "seen": Row(Whom.PHYSICIAN, DAY),
}
_EXPERTISE: Final[Mapping[str, Row]] = {
    "draft": Row(Whom.HOME, DAY),
    "sent": Row(Whom.EXPERT),
    "accepted": Row(Whom.EXPERT),
    "more_info": Row(Whom.HOME, DAY),
    "answered": Row(Whom.HOME, DAY),
    "declined": Row(Whom.HOME, DAY),
}
_REGULATION: Final[Mapping[str, Row]] = {
    "prepared": Row(Whom.HOME, 15 * MINUTE),
    "called": Row(Whom.HOME, HOUR),
    "decided": Row(Whom.HOME, 4 * HOUR),
}
TABLE: Final[Mapping[tuple[Kind, str], Row]] = {
    (kind, state): row
    for kind, rows in (
        (Kind.SURVEILLANCE, _SURVEILLANCE),
        (Kind.ASSISTANCE, _ASSISTANCE),
        (Kind.CONSULTATION, _CONSULTATION),
        (Kind.EXPERTISE, _EXPERTISE),
        (Kind.REGULATION, _REGULATION),
    )
    for state, row in rows.items()
}
_NOBODY: Final = Row(Whom.NOBODY)


def waiting(act: Act, steps: Sequence[Step]) -> Waiting:
    """Return for whom an open act waits.

    Args:
        act: as it stands.
        steps: everything that happened to it, oldest first.
    """
    row = TABLE.get((act.kind, act.state), _NOBODY)
    since = _since(act, steps)
    due = None if row.within is None else since + row.within
    if act.kind is Kind.CONSULTATION and act.state == consultation.State.PLANNED:
        at = act.fields.get("at")
        return Waiting(row.whom, since, at if isinstance(at, int) else None)
    if row.whom is Whom.EXPERT:
        due = expertise.due_by(act.fields, steps)
        return Waiting(row.whom, since, due, expertise.holder(steps) or str(act.fields.get("to", "")))
    return Waiting(row.whom, since, due)


def _since(act: Act, steps: Sequence[Step]) -> int:
    found = act.opened
    for step in reversed(steps):
        if step.state != act.state:
            break
        found = step.time
    return found


def order(waits: Waiting, now: int) -> tuple[bool, bool, int]:
    """Return by what a list of waits is sorted: late ones first, then who waits for somebody, the earliest due first."""
    return not waits.late(now), waits.whom is Whom.NOBODY, waits.since if waits.due is None else waits.due
