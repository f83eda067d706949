"""When shifts begin and end, by the clock on the wall. Pure; time is an argument."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from devices.clock import SECOND

USUAL = (datetime.time(7), datetime.time(14), datetime.time(21))
"Morning, afternoon and night, as French homes often have them (memory)."


def shift_at(starts: Iterable[datetime.time], zone: ZoneInfo, time: int) -> tuple[int, int]:
    """Return the shift that a time lies in, as [since, until), microseconds UTC.

    A night with a change of the hour is an hour shorter or longer, as it is for who works it.

    Args:
        starts: hours at which shifts begin, at least one; every shift lasts until the next begins.
        zone: where the clock hangs.
        time: microseconds UTC.
    """
    today = datetime.datetime.fromtimestamp(time // SECOND, zone).date()
    days = [today + datetime.timedelta(days=away) for away in (-1, 0, 1)]
    # Two hours of the wall that are one instant when the clock goes forward are one beginning.
    begins = sorted({_instant(day, start, zone) for day in days for start in starts})
    after = next(number for number, begin in enumerate(begins) if begin > time)
    return begins[after - 1], begins[after]


def shift_before(starts: Iterable[datetime.time], zone: ZoneInfo, time: int) -> tuple[int, int]:
    """Return the shift before the one that a time lies in."""
    kept = tuple(starts)
    return shift_at(kept, zone, shift_at(kept, zone, time)[0] - 1)


def _instant(day: datetime.date, start: datetime.time, zone: ZoneInfo) -> int:
    return int(datetime.datetime.combine(day, start, zone).timestamp()) * SECOND
