"""What could be billed, added up for each professional and tariff: of nobody in particular. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hub.acts.billing import Line, Refusal, Tariff, Why
from hub.acts.model import Kind


@dataclass(frozen=True, slots=True)
class Sum:
    """The lines of one professional at one tariff."""

    biller: str
    tariff: Tariff
    cents: int | None
    "Of one line; `None`: follows from what the hub does not know."
    count: int

    @property
    def total(self) -> int | None:
        """Of all lines, cents."""
        return None if self.cents is None else self.cents * self.count


@dataclass(frozen=True, slots=True)
class Missing:
    """How often there is no line, for whom and why."""

    kind: Kind
    why: Why
    biller: str
    "Empty where nobody could have billed it."
    count: int


def sums(lines: Sequence[Line]) -> list[Sum]:
    """Return lines by professional, act and tariff, in this order; an act whose tariff changed is told once for each."""
    found = Counter((line.biller, line.tariff, line.cents) for line in lines)
    made = [Sum(biller, tariff, cents, count) for (biller, tariff, cents), count in found.items()]
    return sorted(made, key=lambda each: (each.biller, each.tariff.code, each.tariff.since))


def missing(refusals: Sequence[Refusal]) -> list[Missing]:
    """Return why there is no line, the most frequent first."""
    found = Counter((each.kind, each.why, each.biller) for each in refusals)
    made = [Missing(kind, why, biller, count) for (kind, why, biller), count in found.items()]
    return sorted(made, key=lambda each: (-each.count, each.kind, each.why, each.biller))
