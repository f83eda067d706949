"""The ward is told of prescribed limits that are over: the safe default is in force until somebody says what now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.limits import Priority
from hub.alerting.ledger import Ledger, identity, technical_subject
from hub.alerting.model import Alert, Code, Condition


@dataclass(frozen=True, slots=True)
class Expired:
    """Limits of a resident that are over."""

    edge: str
    "Whose room it is about."
    resident: str
    onset: int
    "When the first of them ended, microseconds UTC."
    limits: tuple[tuple[str, str], ...]
    "(metric, limit), in the order in which they ended."


def replace_expired(ledger: Ledger, expired: Iterable[Expired], now: int) -> None:
    """Let exactly these be said: begin what is new, end what somebody answered.

    Args:
        ledger: the open alerts.
        expired: at most one for each edge.
        now: hub time, microseconds UTC.
    """
    wanted = {each.edge: each for each in expired}
    for alert in ledger.open():
        if alert.code is not Code.LIMIT_EXPIRED or alert.condition is not Condition.ACTIVE:
            continue
        known = wanted.get(alert.edge)
        if known is None or known.resident != alert.resident:
            ledger.clear(technical_subject(alert.code, alert.edge), now)
    for each in wanted.values():
        subject = technical_subject(Code.LIMIT_EXPIRED, each.edge)
        detail = ",".join(dict.fromkeys(metric for metric, _ in each.limits))
        if ledger.active(subject) is not None:
            ledger.describe(subject, detail)
            continue
        metric, limit = each.limits[0]
        ledger.raise_alert(
            Alert(
                id=identity(subject, now),
                code=Code.LIMIT_EXPIRED,
                # The safe default watches: it can wait for a round.
                priority=Priority.LOW,
                edge=each.edge,
                resident=each.resident,
                onset=each.onset,
                raised=now,
                metric=metric,
                limit_id=limit,
                detail=detail,
            )
        )
