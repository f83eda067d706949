"""Who has which role when: a weekly table and dated exceptions, in the home's local time. Pure.

A night belongs to the day on which it begins. Hours are what the clock on the wall shows, so a night with a change of
the hour is an hour shorter or longer, as it is for who works it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import msgspec

from devices.clock import SECOND

DAY = 86_400 * SECOND
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


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time in which the same people have a role."""

    role: str
    start: int
    "Microseconds UTC."
    end: int
    who: tuple[str, ...]
    "Empty is a hole."


def roles(rota: Rota) -> tuple[str, ...]:
    """Return every role of the table, in its order."""
    rows = [*(shift.role for shift in rota.shifts), *(exchange.role for exchange in rota.exchanges)]
    return tuple(dict.fromkeys(rows))


def timetable(rota: Rota, role: str, since: int, until: int) -> list[Turn]:
    """Return who has a role from one time to another, without a gap; times are microseconds UTC."""
    marks = sorted({since, *(mark for mark in _marks(rota, role, since, until) if since < mark < until)})
    turns: list[Turn] = []
    for start, end in zip(marks, [*marks[1:], until], strict=True):
        who = on_duty(rota, role, start)
        if turns and turns[-1].who == who:
            turns[-1] = replace(turns[-1], end=end)
        else:
            turns.append(Turn(role, start, end, who))
    return turns


def daily(zone: str, morning: datetime.time, turns: Iterable[Turn]) -> Iterator[Turn]:
    """Cut turns that are longer than a day at each morning, so that one day of them can be given to somebody else.

    A hole stays one: there is nobody whose day it would be.

    Args:
        zone: the home's.
        morning: when a day begins, on the clock on the wall.
        turns: what is cut.
    """
    place = ZoneInfo(zone)
    for turn in turns:
        start = turn.start
        while turn.who and turn.end - start > DAY:
            local = datetime.datetime.fromtimestamp(start // SECOND, place)
            day = local.date() + datetime.timedelta(days=local.time() >= morning)
            end = round(datetime.datetime.combine(day, morning, place).timestamp()) * SECOND
            yield replace(turn, start=start, end=end)
            start = end
        yield replace(turn, start=start)


def _marks(rota: Rota, role: str, since: int, until: int) -> Iterator[int]:
    """Yield every moment at which who has a role may change."""
    zone = ZoneInfo(rota.zone)
    day = datetime.datetime.fromtimestamp(since // SECOND, zone).date() - datetime.timedelta(days=1)
    last = datetime.datetime.fromtimestamp(until // SECOND, zone).date() + datetime.timedelta(days=1)
    while day <= last:
        for shift in rota.shifts:
            if shift.role == role:
                yield from _instants(datetime.datetime.combine(day, shift.start), zone)
                yield from _instants(datetime.datetime.combine(day, shift.end), zone)
        day += datetime.timedelta(days=1)
    for exchange in rota.exchanges:
        if exchange.role == role:
            yield from _instants(exchange.start, zone)
            yield from _instants(exchange.end, zone)


def _instants(local: datetime.datetime, zone: ZoneInfo) -> Iterator[int]:
    """Yield when the clock on the wall shows a time: twice in the hour that is repeated in autumn."""
    for fold in (0, 1):
        yield round(local.replace(tzinfo=zone, fold=fold).timestamp()) * SECOND
