"""How the writer asks its stores about the past, for `hub.ingest.hindsight`."""

from __future__ import annotations

from collections.abc import Callable

from devices.limits import Limit
from hub import standing
from hub.alerting.hindsight import Point
from hub.alerting.model import Alert
from hub.alerting.rules.model import RuleSet
from hub.ingest.directory import Directory
from hub.ingest.hindsight import AROUND, Memory
from hub.store import journal, verdicts
from hub.store.database import Database
from hub.store.ports import TimeSeries
from hub.store.verdicts import Told


def memory(
    database: Database,
    timeseries: TimeSeries,
    directory: Callable[[], Directory],
    ruleset: RuleSet = standing.NO_RULES,
) -> Memory:
    """Return how to ask these stores; limits of then are judged by the rules of now."""

    def limits(resident: str, since: int, until: int) -> list[tuple[Limit, int, int]]:
        with database.read() as connection:
            # From around the stretch: what was there in it may have begun before, and lasted longer.
            found = standing.limits_between(connection, ruleset, resident, since - AROUND, until + AROUND)
        return [stretch for stretch in found if stretch[2] > since]

    def points(resident: str, metric: str, since: int, until: int) -> list[Point]:
        found = timeseries.read(resident, metric, since, until)
        times, values, flags = found.times.tolist(), found.values.tolist(), found.flags.tolist()
        return list(zip(times, values, flags, strict=True))

    def alerts(resident: str, since: int) -> list[Alert]:
        with database.read() as connection:
            return journal.alerts(connection, resident=resident, since=since)

    def told(edge: str, since: int, until: int) -> list[Told]:
        with database.read() as connection:
            return verdicts.between(connection, edge, since, until)

    def residents(edge: str, since: int, until: int) -> list[str]:
        spans = directory().spans.get(edge, ())
        return [who for start, end, who in spans if start <= until and end > since]

    return Memory(limits, points, alerts, told, residents)
