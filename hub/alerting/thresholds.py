"""Limits of residents against what is measured of them.

What is kept on disk, so that a hub that dies at any instant gives the same verdicts afterwards, bit for bit: the
state of a limit whenever it is anything but at rest, and the moment it came to rest. At rest, a value inside
changes nothing, not even the state's `last`, so nothing has to be written; a value that was measured before the
limit last came to rest is history. A verdict therefore depends on the stored state and the value alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devices.clock import SECOND
from devices.limits import Limit, LimitState, Verdict, evaluate
from devices.wire.messages import Observation
from hub.alerting.ledger import Ledger, identity, limit_subject
from hub.alerting.model import LIMIT_CODES, Alert, Code, StateKey

_INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation and whose it is."""

    edge: str
    resident: str
    observation: Observation
    present: int
    "The edge's clock now: its observations are as old as that says, however wrong it is."


class Watch:
    """One limit of one resident. `low` and `high` are the limit's, infinite where it has none."""

    __slots__ = ("high", "limit", "low", "resting", "state")

    def __init__(self, limit: Limit, state: LimitState) -> None:
        self.limit = limit
        self.low = -_INFINITY if limit.low is None else limit.low
        self.high = _INFINITY if limit.high is None else limit.high
        self.state = state
        self.resting = at_rest(state)


def at_rest(state: LimitState) -> bool:
    """Tell whether a limit is neither active nor on its way to be."""
    return not state.active and state.crossed is None and not state.area


class Thresholds:
    """Every limit in force."""

    def __init__(
        self,
        limits: Mapping[str, tuple[Limit, ...]],
        states: Mapping[StateKey, LimitState],
        ledger: Ledger,
        fresh: float,
        spot: float,
    ) -> None:
        """Take up where the stored states stand.

        Args:
            limits: limits in force, by resident.
            states: stored states, by (resident, limit).
            ledger: where alerts are raised.
            fresh: seconds; what is older, or further in the future, is not about now.
            spot: the same of a record that a meter kept.
        """
        self._ledger = ledger
        self._fresh = round(fresh * SECOND)
        self._spot = round(spot * SECOND)
        self._states = dict(states)
        self.watches: dict[str, dict[str, list[Watch]]] = {}
        "By resident, then metric: the hot path reads it and makes nothing."
        for resident, theirs in limits.items():
            self.watches[resident] = self._index(resident, theirs)

    def clear_orphans(self, now: int) -> None:
        """End alerts whose limit was withdrawn while the hub was not running."""
        known = {
            limit_subject(resident, watch.limit.id)
            for resident, metrics in self.watches.items()
            for watches in metrics.values()
            for watch in watches
        }
        for alert in self._ledger.open():
            subject = limit_subject(alert.resident or "", alert.limit_id or "")
            if alert.code in LIMIT_CODES and subject not in known:
                self._ledger.clear(subject, now, "limit_withdrawn")

    def set_limits(self, resident: str, limits: Iterable[Limit], now: int) -> None:
        """Replace the limits of a resident.

        An active alert of a limit that stays keeps what it was born with and ends by the new bounds; one of a limit
        that goes ends now. A crossing that was not yet declared counts anew.
        """
        earlier = {w.limit.id: w for watches in self.watches.get(resident, {}).values() for w in watches}
        wanted = tuple(limits)
        for watch in earlier.values():
            if watch.limit in wanted or watch.resting:
                continue
            kept = next((limit for limit in wanted if limit.id == watch.limit.id), None)
            if watch.state.active and kept is not None and kept.metric == watch.limit.metric:
                continue
            self._keep(resident, watch, LimitState(last=watch.state.last))
            self._ledger.clear(limit_subject(resident, watch.limit.id), now, "limit_withdrawn")
        self.watches[resident] = self._index(resident, wanted)

    def evaluate(self, watch: Watch, reading: Reading, now: int) -> None:
        """Evaluate a value that may change a limit's state."""
        limit, state, time = watch.limit, watch.state, reading.observation.time
        oldest = self._spot if reading.observation.stored else self._fresh
        if not -self._fresh <= reading.present - time <= oldest:
            return
        if state.last is not None and state.last > reading.present + self._fresh:
            # The edge's clock went back since: its earlier times would hide everything until they are reached.
            state = LimitState(state.crossed, None, active=state.active, area=state.area)
        value, flags = reading.observation.value, reading.observation.flags
        after, verdict = evaluate(limit, state, value, time, flags)
        if after is state:
            return
        subject = limit_subject(reading.resident, limit.id)
        alert = self._ledger.active(subject)
        if alert is not None and after.active and limit.outside(value):
            if _code(limit, value) is not alert.code:
                # From below the low bound to above the high one: another danger, so another occurrence.
                self._ledger.clear(subject, now, "other_side")
                after, verdict = evaluate(limit, LimitState(last=state.last), value, time, flags)
            elif _worse(alert, value):
                self._ledger.worsen(subject, value)
        self._keep(reading.resident, watch, after)
        if verdict is Verdict.DECLARED:
            self._ledger.raise_alert(_alert(limit, after.crossed or time, reading, now))
        elif verdict is Verdict.CLEARED:
            self._ledger.clear(subject, now)

    def _index(self, resident: str, limits: Iterable[Limit]) -> dict[str, list[Watch]]:
        index: dict[str, list[Watch]] = {}
        for limit in limits:
            state = self._states.get((resident, limit.id), LimitState())
            alert = self._ledger.active(limit_subject(resident, limit.id))
            if state.active != (alert is not None):
                # Only a damaged store says this; the alert, which people see, is what counts.
                state = LimitState(
                    None if alert is None else alert.onset, state.last, active=alert is not None
                )
            index.setdefault(limit.metric, []).append(Watch(limit, state))
        return index

    def _keep(self, resident: str, watch: Watch, state: LimitState) -> None:
        watch.state, watch.resting = state, at_rest(state)
        key = (resident, watch.limit.id)
        self._states[key] = state
        self._ledger.changes.states[key] = state


def _code(limit: Limit, value: float) -> Code:
    return Code.LIMIT_LOW if limit.low is not None and value < limit.low else Code.LIMIT_HIGH


def _worse(alert: Alert, value: float) -> bool:
    worst = value if alert.value is None else alert.value
    return value < worst if alert.code is Code.LIMIT_LOW else value > worst


def _alert(limit: Limit, onset: int, reading: Reading, now: int) -> Alert:
    code = _code(limit, reading.observation.value)
    return Alert(
        id=identity(limit_subject(reading.resident, limit.id), onset),
        code=code,
        priority=limit.priority,
        edge=reading.edge,
        resident=reading.resident,
        onset=onset,
        raised=now,
        sensor=reading.observation.sensor,
        metric=limit.metric,
        value=reading.observation.value,
        limit=limit.low if code is Code.LIMIT_LOW else limit.high,
        limit_id=limit.id,
    )
