"""What an alert was about when somebody called because of it, frozen with the call: the alert, its steps, and the last 10 minutes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection

from devices.clock import SECOND
from hub.alerting.model import Alert, Transition
from hub.consult.model import CallRefusedError
from hub.store import journal
from hub.store.ports import TimeSeries

BEFORE: Final = 600 * SECOND
"How far back the values of an evidence go."
MAX_POINTS: Final = 600
"Points of one metric: one a second."


class Headline(msgspec.Struct, frozen=True):
    """What an alert says at one glance."""

    id: str
    code: str
    priority: str
    metric: str | None
    value: float | None
    limit: float | None
    raised: int
    cleared: int | None
    response: str


class Values(msgspec.Struct, frozen=True):
    """What was measured of one metric; `flags` as `devices.quality.Quality`."""

    metric: str
    times: list[int]
    values: list[float]
    flags: list[int]


class Evidence(msgspec.Struct, frozen=True):
    """Everything that is frozen with a call."""

    alert: Alert
    steps: list[Transition]
    "Who acknowledged it, and when."
    since: int
    until: int
    "The values are of [since, until)."
    values: list[Values]


_decoder = msgspec.json.Decoder(Evidence)


def alert_of(connection: Connection, key: str, resident: str) -> Alert:
    """Return an alert about a resident.

    Raises:
        CallRefusedError: `unknown_alert`; another resident's is unknown too.
    """
    found = journal.alert(connection, key)
    if found is None or found.resident != resident:
        raise CallRefusedError("unknown_alert", f"alert {key[:64]!r} of this resident is unknown")
    return found


def headline(alert: Alert) -> Headline:
    """Return what an alert says at one glance."""
    return Headline(
        alert.id,
        alert.code.value,
        alert.priority.value,
        alert.metric,
        alert.value,
        alert.limit,
        alert.raised,
        alert.cleared,
        alert.response.value,
    )


def freeze(
    connection: Connection, series: TimeSeries, alert: Alert, metrics: Iterable[str], now: int
) -> Evidence:
    """Return what is known of an alert at `now`, with the values of the last 10 minutes."""
    steps = journal.transitions(connection, [alert.id])[alert.id]
    measured = []
    for metric in sorted({*metrics, *([alert.metric] if alert.metric else [])}):
        found = series.read(alert.resident or "", metric, now - BEFORE, now, max_points=MAX_POINTS)
        if found.times.size:
            measured.append(Values(metric, found.times.tolist(), found.values.tolist(), found.flags.tolist()))
    return Evidence(alert, steps, now - BEFORE, now, measured)


def text_of(evidence: Evidence) -> str:
    """Return how it is stored."""
    return msgspec.json.encode(evidence).decode()


def read(text: str) -> Evidence | None:
    """Return what was stored; nothing for a call without an alert."""
    return _decoder.decode(text) if text else None
