"""What has been said about calls in the demo home before anybody looks: who asked for a physician, and how rooms may be opened."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from devices.clock import SECOND
from hub.alerting.prescriptions import DAY
from hub.store import call_requests, consents, records
from hub.store.call_requests import CallRequest
from hub.store.consents import Consent
from hub.store.records import AuditEntry

_MINUTE: Final = 60 * SECOND
_ASKED = ("r4", "Avis sur le traitement : somnolent depuis hier, mange moins", 25 * _MINUTE)
"For today: one for now that nobody takes would ring in the demo."
_CONSENTS = (
    ("r4", "emergency", "accord écrit du résident et de sa personne de confiance", 90 * DAY),
    ("r7", "nurse", "résidente désorientée : un soignant reste avec elle pendant l'appel", None),
)


def furnish(connection: Connection, nurse: tuple[str, str], physician: str, now: int) -> None:
    """Write a request for a physician and two rules of consent, with their entries in the audit.

    Args:
        connection: of the new hub's database, in which people, rooms and accounts are.
        nurse: who asked: account and name.
        physician: the account of who signed.
        now: microseconds UTC.
    """
    resident, reason, before = _ASKED
    asked = now - before
    call_requests.add(
        connection,
        CallRequest("demo-request", resident, reason, "today", None, *nurse, "nurse", asked),
    )
    records.audit(
        connection,
        AuditEntry(asked, nurse[0], "call_request_made", "demo-request", f"{resident} today: {reason}"),
    )
    for who, rule, why, lasting in _CONSENTS:
        signed = now - DAY
        until = None if lasting is None else signed + lasting
        consents.add(connection, Consent(who, rule, why, physician, signed, until))
        records.audit(connection, AuditEntry(signed, physician, "call_consent_signed", who, f"{rule}: {why}"))
