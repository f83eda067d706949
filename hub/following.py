"""How télésurveillance was carried out: on which days values came, and why not on the others, from what the hub has noted.

What is read of the time series is bounded: the first sixty days that count, for the mark of the first two months, and at most
a quarter of a year since the last review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from devices.quality import UNFIT
from hub.acts import adherence
from hub.acts.adherence import MONTH, WEEK, Cause, Fact, Mark, Meter, Share, Span
from hub.acts.machines.surveillance import Event, State
from hub.acts.model import Act, Step
from hub.alerting.model import Code, Kind
from hub.store import following
from hub.store.database import Database
from hub.store.ports import TimeSeries

RECENT: Final = 92
"Days since the last review that are looked at."
CHUNK: Final = 31
"Days that are read of the time series at once; bounds memory."
LOOKED: Final = frozenset({Event.BEGIN, Event.REVIEW, Event.RENEW})
"Steps with which a period of télésurveillance begins anew."
CAUSES: Final[Mapping[Code, Cause]] = {
    Code.EDGE_SILENT: Cause.LINK,
    Code.RADIO_DOWN: Cause.LINK,
    Code.BROKER_DOWN: Cause.LINK,
    Code.CLOCK_SKEW: Cause.LINK,
    Code.SPOOL_FULL: Cause.LINK,
    Code.BATTERY_LOW: Cause.BATTERY,
    Code.PROBE_OFF: Cause.CARE,
    Code.SENSOR_SILENT: Cause.SENSOR,
    Code.SENSOR_UNPLUGGED: Cause.SENSOR,
    Code.SENSOR_UPDATING: Cause.SENSOR,
    Code.SENSOR_UNASSIGNED: Cause.SENSOR,
    Code.SENSOR_CONFLICT: Cause.SENSOR,
    Code.SENSOR_FAULT: Cause.SENSOR,
}
"What an alert of equipment explains."
_ORDERS: Final = {Kind.CARE: Cause.CARE, Kind.OUT_OF_SERVICE: Cause.SENSOR}


@dataclass(frozen=True, slots=True)
class Followed:
    """How one télésurveillance was carried out."""

    begun: int | None
    "`None` while it has not."
    since: int | None
    "When it began or was reviewed last."
    meters: tuple[Meter, ...]
    "Of each parameter since then."
    together: Share
    months: Mapping[str, tuple[Mark, ...]]
    "Of each parameter: the months of the mark that have begun."


NOT_BEGUN: Final = Followed(None, None, (), Share(0, 0), {})


def parameters(act: Act) -> list[str]:
    """Return what is followed, by the names of the nomenclature."""
    said = act.fields.get("parameters")
    return [str(each) for each in said] if isinstance(said, list) else []


def begun_at(steps: Sequence[Step]) -> int | None:
    """Return when it began; `None` while it has not."""
    return next((step.time for step in steps if step.event == Event.BEGIN), None)


def looked_at(steps: Sequence[Step]) -> Step | None:
    """Return the step with which the present period began."""
    return next((step for step in reversed(steps) if step.event in LOOKED), None)


def paused(steps: Sequence[Step], now: int) -> list[Span]:
    """Return when it was paused, and the time after its end."""
    found, since = [], None
    for step in steps:
        still = step.state in {State.RUNNING, State.REVIEW_DUE}
        if still and since is not None:
            found.append(Span(since, step.time))
            since = None
        elif not still and since is None:
            since = step.time
    return found if since is None else [*found, Span(since, max(since, now))]


class Following:
    """Reads how télésurveillance was carried out. Blocks on the store: call it in a thread."""

    def __init__(self, database: Database, series: TimeSeries, zone: ZoneInfo) -> None:
        self._database = database
        self._series = series
        self._zone = zone

    def followed(self, act: Act, steps: Sequence[Step], now: int) -> Followed:
        """Return how an act of télésurveillance was carried out until now.

        Raises:
            StoreUnavailableError: the time series cannot be read.
        """
        begun, last = begun_at(steps), looked_at(steps)
        if begun is None or last is None:
            return NOT_BEGUN
        all_days = adherence.days(begun, now, self._zone)
        with self._database.read() as connection:
            absent = following.away(connection, act.resident, begun, now)
            facts = list(self._facts(connection, act.resident, begun, now))
        outside = [*paused(steps, now), *(Span(*each) for each in absent)]
        counted = adherence.counted(all_days, outside)
        recent = [number for number, day in enumerate(counted) if day.end > last.time][-RECENT:]
        first = range(min(2 * MONTH, len(counted)))
        wanted = sorted({*first, *recent, *(n for r in recent[:1] for n in range(max(0, r - WEEK + 1), r))})
        weekly = act.fields.get("frequency") == "weekly"
        meters, months = [], {}
        for metric in parameters(act):
            present = self._present(act.resident, metric, [counted[n] for n in wanted])
            known = dict(zip(wanted, present, strict=True))
            covered = adherence.covering([known.get(n, False) for n in range(len(counted))], weekly=weekly)
            mine = [counted[n] for n in recent]
            meters.append(adherence.meter(metric, mine, [covered[n] for n in recent], facts))
            months[metric] = adherence.marks([covered[n] for n in first])
        return Followed(begun, last.time, tuple(meters), adherence.together(meters), months)

    def _present(self, resident: str, metric: str, days: Sequence[Span]) -> list[bool]:
        found: list[bool] = []
        for part in _parts(days):
            read = self._series.read(resident, metric, part[0].start, part[-1].end)
            times = read.times[(read.flags & int(UNFIT)) == 0]
            begins = np.searchsorted(times, np.array([day.start for day in part]))
            ends = np.searchsorted(times, np.array([day.end for day in part]))
            found.extend(bool(some) for some in ends > begins)
        return found

    def _facts(self, connection: Connection, resident: str, start: int, end: int) -> Iterator[Fact]:
        metrics: dict[tuple[str, str], set[str]] = {}
        for latest in self._series.latest(resident):
            metrics.setdefault((latest.edge, latest.sensor), set()).add(latest.metric)
        for alert in following.equipment(connection, resident, frozenset(CAUSES), start, end):
            span = Span(alert.onset, end if alert.cleared is None else alert.cleared)
            about = metrics.get((alert.edge, alert.sensor or ""), set())
            yield Fact(CAUSES[alert.code], span, frozenset(about))
        for order in following.orders(connection, resident, start, end):
            cause = _ORDERS.get(order.kind)
            if cause is not None:
                about = metrics.get((order.edge, order.sensor), set())
                until = order.until if order.ended is None else order.ended
                yield Fact(cause, Span(order.since, until), frozenset(about))


def _parts(days: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield days in a row, `CHUNK` at most at once."""
    part: list[Span] = []
    for day in days:
        if part and (day.start != part[-1].end or len(part) == CHUNK):
            yield part
            part = []
        part.append(day)
    if part:
        yield part
