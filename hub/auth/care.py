"""Which residents an account sees, and on what ground. Pure.

Who works in the home sees everybody who lives there. A physician sees whom they care for, whom they were asked about by the
home's own doing, and whom they opened in an emergency with a reason. In a home that has never recorded who cares for whom,
a physician sees everybody: a rule that nobody has filled in must not lock the physician out of a night.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.clock import SECOND

GLASS_LASTS: Final = 60 * 60 * SECOND
"Microseconds that a record stays open which was opened in an emergency."
SHORTEST_REASON: Final = 10
"Characters of such a reason."
AFTERWARDS: Final = 24 * 3600 * SECOND
"Microseconds that a physician still sees whom they were asked about: to write it down, and to answer what comes back."


class Ground(enum.StrEnum):
    """Why somebody sees a resident."""

    HOME = "home"
    "Who works in the home."
    UNSTATED = "unstated"
    "The home has never recorded who cares for whom."
    CARE = "care"
    REQUEST = "request"
    "The home asks for a physician, or asked and this one answered."
    ALERT = "alert"
    "An alert was escalated to them."
    CALL = "call"
    ACT = "act"
    "They take part in an act, or are asked to."
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whom an account sees."""

    everybody: Ground | None = None
    "The ground on which all are seen; `None` when only some are."
    some: Mapping[str, Ground] = field(default_factory=dict)
    "Ground by resident, the strongest of each."

    def ground(self, resident: str) -> Ground | None:
        """Return on what ground a resident is seen, or `None`."""
        return self.everybody or self.some.get(resident)

    def sees(self, resident: str | None) -> bool:
        """Tell whether something about a resident is seen; what is about nobody is."""
        return not resident or self.ground(resident) is not None


def fault(reason: str) -> str | None:
    """Return what is wrong with a reason for opening a record that is not one's own."""
    found = len(" ".join(reason.split()))
    return None if found >= SHORTEST_REASON else f"{found} characters, {SHORTEST_REASON} or more expected"
