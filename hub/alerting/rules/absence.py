"""What should be measured of a resident and is not. Pure.

Time is the hub's, from its own start or from when the rule came into force: while the hub was away it heard nobody, and a
sensor that was never heard is no healthy one (trap 8). A value in doubt (a probe that lies beside the bed) is no
measurement. While every device of the resident's room is silent nothing is counted: that rings by itself, once, and the
count begins anew when one of them is back.
"""

from __future__ import annotations

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.ledger import Ledger, identity, rule_subject
from hub.alerting.model import Alert, Code, Suppression
from hub.alerting.rules.model import AbsenceRule


class AbsenceWatch:
    """One rule of one resident."""

    def __init__(self, rule: AbsenceRule, resident: str, started: int, ledger: Ledger) -> None:
        self.rule = rule
        self._resident = resident
        self._heard = started
        self._ledger = ledger
        self._subject = rule_subject(resident, rule.id)

    def heard(self, now: int) -> None:
        """Take that a value without doubt has come."""
        self._heard = now
        self._ledger.clear(self._subject, now)

    def tick(self, edge: str, now: int, *, cut_off: bool) -> None:
        """Declare the absence when it has lasted.

        Args:
            edge: the resident's device, empty when there is none.
            now: hub time.
            cut_off: every device of the resident is silent.
        """
        ringing = self._ledger.active(self._subject)
        inhibited = ringing is not None and ringing.suppression is Suppression.INHIBITED
        if cut_off:
            self._heard = now
        if cut_off != inhibited:
            self._ledger.suppress(self._subject, Suppression.INHIBITED if cut_off else Suppression.NONE)
        if ringing is None and now - self._heard >= self.rule.after * SECOND:
            self._ledger.raise_alert(self._alert(edge, now))

    def _alert(self, edge: str, now: int) -> Alert:
        return Alert(
            id=identity(self._subject, self._heard),
            code=Code.METRIC_ABSENT,
            priority=Priority(self.rule.priority),
            edge=edge,
            resident=self._resident,
            onset=self._heard,
            raised=now,
            metric=self.rule.metric,
            limit=self.rule.after,
            limit_id=self.rule.id,
        )
