"""What is in force for one resident: the profile's safe defaults, where no prescription says otherwise. Pure.

A prescribed limit takes the place of the profile's limit of the same id, and of the profile's limits on the same side of
the same metric that are of its priority or a lower one. A limit of a higher priority stays: who asks to be told earlier
of a low saturation has not said that a very low one is nothing, and whoever means that prescribes it at that priority.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from devices.limits import Limit
from hub.alerting.model import RANK
from hub.alerting.rules.model import Rule, RuleSet

Stretch = tuple[Limit, int, int]
"A limit and the time in which it was in force, [since, until), microseconds."


def effective(
    ruleset: RuleSet, profile: str, prescribed: Iterable[Limit]
) -> tuple[tuple[Limit, ...], tuple[Rule, ...]]:
    """Return the limits and the rules in force for a resident.

    Args:
        ruleset: the home's rules.
        profile: name of the resident's profile; the standard one when the rules do not have it.
        prescribed: the limits prescribed for the resident that are in force now.
    """
    known = ruleset.profile(profile)
    own = tuple(prescribed)
    kept = (_left(limit, own) for limit in known.limits)
    return own + tuple(limit for limit in kept if limit is not None), known.rules


def over_time(
    ruleset: RuleSet, profile: str, prescribed: Iterable[Stretch], since: int, until: int
) -> list[Stretch]:
    """Return the limits in force in a stretch of the past, by the rules of now and the prescriptions of then."""
    stretches = [each for each in prescribed if each[1] < until and each[2] > since]
    moments = {since, until}
    moments.update(time for _, start, end in stretches for time in (start, end) if since < time < until)
    edges = sorted(moments)
    found: dict[Limit, list[tuple[int, int]]] = {}
    for start, end in itertools.pairwise(edges):
        own = [limit for limit, begun, ended in stretches if begun <= start and ended >= end]
        for limit in effective(ruleset, profile, own)[0]:
            times = found.setdefault(limit, [])
            if times and times[-1][1] == start:
                start_of_it, _ = times.pop()
                times.append((start_of_it, end))
            else:
                times.append((start, end))
    return [(limit, start, end) for limit, times in found.items() for start, end in times]


def _left(limit: Limit, prescribed: tuple[Limit, ...]) -> Limit | None:
    """Return what is left of a profile's limit beside the prescribed ones, if anything."""
    for other in prescribed:
        if other.id == limit.id:
            return None
    sides = {side for other in prescribed for side in _sides(other) if _outranks(other, limit)}
    if not sides:
        return limit
    rest = replace(
        limit,
        low=None if "low" in sides else limit.low,
        high=None if "high" in sides else limit.high,
    )
    return rest if any(_sides(rest)) else None


def _outranks(other: Limit, limit: Limit) -> bool:
    return other.metric == limit.metric and RANK[other.priority] >= RANK[limit.priority]


def _sides(limit: Limit) -> Iterator[str]:
    if limit.low is not None:
        yield "low"
    if limit.high is not None:
        yield "high"
