"""The ward is told what is wrong with watching itself: with the escalation of a room's alert, or with the whole system."""

from __future__ import annotations

from collections.abc import Iterable

from devices.limits import Priority
from hub.alerting.escalation.climb import Trouble
from hub.alerting.ledger import Ledger, identity, technical_subject
from hub.alerting.model import Alert, Code, Condition
from hub.alerting.technical import PRIORITIES


def replace_troubles(ledger: Ledger, code: Code, troubles: Iterable[Trouble], now: int) -> None:
    """Let exactly these troubles ring: begin what is new, end what is no more.

    Args:
        ledger: the open alerts.
        code: what is wrong.
        troubles: at most one per edge; a hole in everybody's watch has an empty edge.
        now: hub time, microseconds UTC.
    """
    wanted = {trouble.edge: trouble for trouble in troubles}
    if not (wanted or ledger.rings(code)):
        return
    for alert in ledger.open():
        if alert.code is code and alert.condition is Condition.ACTIVE and alert.edge not in wanted:
            ledger.clear(technical_subject(code, alert.edge), now)
    for edge, trouble in wanted.items():
        subject = technical_subject(code, edge)
        if ledger.active(subject) is not None:
            ledger.describe(subject, trouble.detail)
            continue
        ledger.raise_alert(
            Alert(
                id=identity(subject, now),
                code=code,
                # Of escalation itself: whoever reads it must do by hand what was not done.
                priority=PRIORITIES.get(code, Priority.HIGH),
                edge=edge,
                resident=trouble.resident,
                onset=now,
                raised=now,
                detail=trouble.detail,
            )
        )
