"""Before the night: can everybody who will be on duty be told of an alert, by two ways at least? Pure.

One way is none: a phone without battery, a pager out of reach, a second level of the rota whose channel nobody ever
entered (traps 17 and 18). So everybody on the rota of the coming shift must have two ways that work now; who has not is
named while there is still somebody to ask.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from hub.alerting.escalation.policy import Policy
from hub.alerting.escalation.rota import Turn, roles, timetable

ENOUGH = 2
"Ways that must work."


@dataclass(frozen=True, slots=True)
class Way:
    """One way of a person."""

    channel: str
    problem: Literal["", "missing", "down", "device"] = ""
    "Why it does not work: the hub has no such channel, it carries nothing now, no device of the person takes anything."

    @property
    def well(self) -> bool:
        """Return whether it works."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Contactable:
    """How somebody on the rota can be told now."""

    person: str
    name: str
    roles: tuple[str, ...]
    ways: tuple[Way, ...]

    @property
    def working(self) -> int:
        """Return how many ways work."""
        return sum(way.well for way in self.ways)

    @property
    def ready(self) -> bool:
        """Return whether that is enough."""
        return self.working >= ENOUGH


def night(zone: str, begins: datetime.time, ends: datetime.time, now: int) -> tuple[int, int]:
    """Return begin and end of the night that is now or comes next, microseconds UTC.

    Args:
        zone: the home's.
        begins: on the clock on the wall; later than `ends`.
        ends: likewise, on the next day.
        now: hub time.
    """
    today = datetime.datetime.fromtimestamp(now // SECOND, ZoneInfo(zone)).date()
    last = _night(zone, today - datetime.timedelta(days=1), begins, ends)
    return last if now < last[1] else _night(zone, today, begins, ends)


def _night(zone: str, day: datetime.date, begins: datetime.time, ends: datetime.time) -> tuple[int, int]:
    place = ZoneInfo(zone)
    start = datetime.datetime.combine(day, begins, place)
    end = datetime.datetime.combine(day + datetime.timedelta(days=1), ends, place)
    return round(start.timestamp()) * SECOND, round(end.timestamp()) * SECOND


def contactable(
    policy: Policy, turns: Iterable[Turn], ways: Mapping[str, tuple[Way, ...]]
) -> list[Contactable]:
    """Return how everybody who has a turn can be told now.

    Args:
        policy: who they are.
        turns: who is on duty when.
        ways: by person.
    """
    found: dict[str, dict[str, None]] = {}
    for turn in turns:
        for person in turn.who:
            found.setdefault(person, {})[turn.role] = None
    return [
        Contactable(person, policy.people[person].name, tuple(held), ways.get(person, ()))
        for person, held in found.items()
    ]


def of_night(policy: Policy, span: tuple[int, int]) -> list[Turn]:
    """Return who is on duty in a night, of every role that the rota has."""
    return [turn for role in roles(policy.rota) for turn in timetable(policy.rota, role, *span)]
