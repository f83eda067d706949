"""Two people on duty at night: what they hear of, when they come, and what they do at the bed.

Half an hour of nothing is as usual as two alarms at once: each goes to one resident after the other, the highest priority
first, after the time that `shared/cases/load_models.json` gives: a call is answered after 8 min on average, by the best
tenth of homes after 2 min. Here a high alarm is answered like by the best tenth, the others like by the average.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from devices.limits import Priority

MEAN = {Priority.HIGH: 120.0, Priority.MEDIUM: 480.0, Priority.LOW: 900.0}
"Seconds from hearing of an alarm to being there, on average; log-normal with this spread."
SPREAD = 0.5
CARE = (120.0, 480.0)
"Seconds at the bed."
_RANK = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(slots=True)
class Carer:
    """Somebody on duty."""

    name: str
    free: float = 0.0
    "Second from which the carer can go to somebody else."


@dataclass(slots=True)
class Visit:
    """A carer is on the way to, and then with, a resident."""

    carer: str
    room: str
    alerts: list[str]
    arrives: float
    leaves: float
    arrived: bool = False


@dataclass(slots=True)
class Staff:
    """Everybody on duty, and what they know."""

    random: np.random.Generator
    carers: list[Carer] = field(default_factory=lambda: [Carer("awa"), Carer("bruno")])
    heard: dict[str, tuple[int, float, str]] = field(default_factory=dict)
    "Alert: (rank, second, room)."
    visits: list[Visit] = field(default_factory=list)

    def hear(self, alert: str, priority: Priority, room: str, second: float) -> None:
        """Hear of an alert."""
        self.heard.setdefault(alert, (_RANK[priority], second, room))

    def forget(self, alert: str) -> None:
        """See that an alert is off the screen."""
        self.heard.pop(alert, None)

    def go(self, second: float, priority_of: dict[str, Priority]) -> list[Visit]:
        """Return who sets out now: whoever is free, to the worst that nobody goes to."""
        made = []
        for carer in self.carers:
            if carer.free > second or not self.heard:
                continue
            alert, (_, _, room) = min(self.heard.items(), key=lambda item: (*item[1][:2], item[0]))
            taken = sorted(key for key, (_, _, where) in self.heard.items() if where == room)
            for key in taken:
                del self.heard[key]
            mean = MEAN[priority_of[alert]]
            way = float(self.random.lognormal(np.log(mean) - SPREAD**2 / 2, SPREAD))
            stay = float(self.random.uniform(*CARE))
            visit = Visit(carer.name, room, taken, second + way, second + way + stay)
            carer.free = visit.leaves
            self.visits.append(visit)
            made.append(visit)
        return made
