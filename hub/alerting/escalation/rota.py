"""Who has which role when: a weekly table and dated exceptions, in the home's local time. Pure.

A night belongs to the day on which it begins. Hours are what the clock on the wall shows, so a night with a change of
the hour is an hour shorter or longer, as it is for who works it.
"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import msgspec

from devices.clock import SECOND

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """One line of the weekly table."""

    role: str
    who: tuple[str, ...]
    start: datetime.time = datetime.time(0)
    end: datetime.time = datetime.time(0)
    "Not later than `from`: on the next day."
    days: tuple[str, ...] = DAYS


class Exchange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}
):
    """A swap, a replacement, a holiday: in its time it takes the place of the weekly table."""

    role: str
    who: tuple[str, ...]
    start: datetime.datetime
    end: datetime.datetime
    reason: str


class Rota(msgspec.Struct, frozen=True):
    """The whole table."""

    zone: str = "Europe/Paris"
    shifts: tuple[Shift, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


def on_duty(rota: Rota, role: str, time: int) -> tuple[str, ...]:
    """Return who has a role at a time, in the table's order; empty is a hole.

    Args:
        rota: the table.
        role: the role.
        time: microseconds UTC.
    """
    local = datetime.datetime.fromtimestamp(time // SECOND, ZoneInfo(rota.zone)).replace(tzinfo=None)
    for exchange in reversed(rota.exchanges):
        if exchange.role == role and exchange.start <= local < exchange.end:
            return exchange.who
    found: dict[str, None] = {}
    for shift in rota.shifts:
        if shift.role == role and _works(shift, local):
            found.update(dict.fromkeys(shift.who))
    return tuple(found)


def _works(shift: Shift, local: datetime.datetime) -> bool:
    hour, today = local.time(), DAYS[local.weekday()]
    if shift.start < shift.end:
        return today in shift.days and shift.start <= hour < shift.end
    yesterday = DAYS[local.weekday() - 1]
    return (today in shift.days and hour >= shift.start) or (yesterday in shift.days and hour < shift.end)
