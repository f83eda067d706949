"""Which rule of consent is in force. Pure.

Until a physician or coordinating nurse signs one, the room's own setting holds, which is `ask` unless somebody chose another. One that has ended
falls back to `ask`, and is said to have ended. The room's own setting may be stricter, never laxer (`edge/video`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.clock import SECOND
from hub.store.consents import Consent

ASK: Final = "ask"
EMERGENCY: Final = "emergency"
LONGEST: Final = 366 * 86_400 * SECOND
"An emergency is prescribed for a year at most, and then thought over."


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds now."""

    rule: str
    signed: Consent | None
    "What was signed last."
    expired: bool = False
    "It has ended, so `ask` holds."

    @property
    def ring(self) -> str:
        """What the room is told: nothing when nobody ever signed anything, so that its own setting holds."""
        return "" if self.signed is None else self.rule


def in_force(signed: Consent | None, now: int) -> InForce:
    """Return what holds at `now`, microseconds UTC."""
    if signed is None:
        return InForce(ASK, None)
    if signed.until is not None and now >= signed.until:
        return InForce(ASK, signed, expired=True)
    return InForce(signed.rule, signed)


def fault(rule: str, reason: str, until: int | None, now: int) -> str | None:
    """Return why a rule cannot be signed: `end_past`, and for an emergency `end_missing`, `end_too_far` or `reason_missing`."""
    if until is not None and until <= now:
        return "end_past"
    if rule != EMERGENCY:
        return None
    if not reason.strip():
        return "reason_missing"
    if until is None:
        return "end_missing"
    return "end_too_far" if until - now > LONGEST else None
