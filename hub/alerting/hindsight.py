"""Looking back: what the limits say of measurements that are all on the disk now, and whether the edge said the same. Pure.

Late data never raises a current alert; it is judged here, when all of it has come, in the order in which it was measured,
by the code that the edge runs (`devices.occurrences`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devices.limits import Limit, Priority
from devices.occurrences import Occurrence, Watch
from devices.quality import Quality
from devices.wire.messages import Verdict
from hub.alerting.ledger import identity, limit_subject
from hub.alerting.model import Alert, Code, Condition, Suppression

HISTORY = "history"
"`Alert.detail` of what was over before the hub knew of it."

Point = tuple[int, float, int]
"(time, value, flags), of one metric of one person."

_HOW_IT_CAME = ~Quality.LATE


class Difference(enum.StrEnum):
    """How two verdicts on the same measurements differ."""

    EDGE_ONLY = "edge_only"
    HUB_ONLY = "hub_only"
    OTHER_ONSET = "other_onset"
    OTHER_END = "other_end"
    OTHER_LIMIT = "other_limit"
    "The same occurrence, but another bound was crossed."


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One difference, with both sides."""

    kind: Difference
    limit: str
    theirs: Verdict | None
    ours: Occurrence | None

    @property
    def onset(self) -> int:
        """When it began, by the edge if it said so."""
        if self.theirs is not None:
            return self.theirs.onset
        return 0 if self.ours is None else self.ours.onset


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing came to."""

    equal: tuple[Verdict, ...]
    differing: tuple[Disagreement, ...]


def judge(limit: Limit, points: Iterable[Point]) -> list[Occurrence]:
    """Return the occurrences of a limit in a stretch of measurements, the last one perhaps without an end.

    A value whose time nobody checked decides nothing: meters' old records are not about the time in question.
    """
    watch = Watch(limit)
    found: dict[int, Occurrence] = {}
    for time, value, flags in points:
        quality = Quality(flags) & _HOW_IT_CAME
        if not quality & Quality.DEVICE_TIME:
            for occurrence in watch.feed(value, time, quality, ""):
                found[occurrence.onset] = occurrence
    return list(found.values())


def compare(theirs: Sequence[Verdict], ours: Sequence[Occurrence]) -> Comparison:
    """Compare the verdicts of an edge with our own on the same measurements."""
    mine = {(each.limit.id, each.onset): each for each in ours}
    equal: list[Verdict] = []
    differing: list[Disagreement] = []
    for verdict in theirs:
        own = mine.pop((verdict.limit, verdict.onset), None)
        kind = Difference.EDGE_ONLY if own is None else _difference(verdict, own)
        if own is None:
            own = next((each for each in mine.values() if _same_time(verdict, each)), None)
            if own is not None:
                del mine[own.limit.id, own.onset]
                kind = Difference.OTHER_ONSET
        if kind is None:
            equal.append(verdict)
        else:
            differing.append(Disagreement(kind, verdict.limit, verdict, own))
    differing += [Disagreement(Difference.HUB_ONLY, own.limit.id, None, own) for own in mine.values()]
    return Comparison(tuple(equal), tuple(differing))


def history(occurrence: Occurrence, edge: str, resident: str, last: int, now: int) -> Alert:
    """Return the alert that tells of an occurrence which nobody was told of while it was there.

    It never sounds (`Suppression.INHIBITED`) and stays until somebody has seen it. Of medium priority at most: nobody
    can hasten to the past, and the present is judged by what is measured now.

    Args:
        occurrence: what was found.
        edge: edge that measured it.
        resident: whose it is.
        last: time of the newest measurement, for an occurrence whose end was not measured.
        now: hub time.
    """
    limit = occurrence.limit
    return Alert(
        id=identity(limit_subject(resident, limit.id), occurrence.onset),
        code=Code.LIMIT_LOW if occurrence.side == "low" else Code.LIMIT_HIGH,
        priority=Priority.LOW if limit.priority is Priority.LOW else Priority.MEDIUM,
        edge=edge,
        resident=resident,
        onset=occurrence.onset,
        raised=now,
        metric=limit.metric,
        value=occurrence.worst,
        limit=occurrence.bound,
        limit_id=limit.id,
        cleared=last if occurrence.cleared is None else occurrence.cleared,
        condition=Condition.CLEARED,
        suppression=Suppression.INHIBITED,
        latched=True,
        detail=HISTORY,
    )


def told_before(occurrence: Occurrence, alerts: Iterable[Alert]) -> bool:
    """Tell whether one of a resident's alerts was about this occurrence or spanned it."""
    ends = occurrence.cleared
    return any(
        alert.limit_id == occurrence.limit.id
        and (ends is None or alert.onset <= ends)
        and (alert.cleared is None or alert.cleared >= occurrence.onset)
        for alert in alerts
    )


def _difference(verdict: Verdict, own: Occurrence) -> Difference | None:
    if (verdict.side, verdict.bound) != (own.side, own.bound):
        return Difference.OTHER_LIMIT
    withdrawn = verdict.ending == "withdrawn"
    if verdict.cleared is not None and verdict.cleared != own.cleared and not withdrawn:
        return Difference.OTHER_END
    return None


def _same_time(verdict: Verdict, own: Occurrence) -> bool:
    if verdict.limit != own.limit.id:
        return False
    before = verdict.cleared is not None and verdict.cleared < own.onset
    after = own.cleared is not None and own.cleared < verdict.onset
    return not before and not after
