"""What crosses the wire about what acts could be billed."""

from __future__ import annotations

from typing import Literal

from hub.api.models import Model

WhyNot = Literal[
    "not_held", "unfinished", "reoriented", "emergency", "not_answered", "late", "maximum", "salaried", "global_fund",
    "status_unknown", "code_unknown", "no_tariff", "no_act",
]  # fmt: skip
"Why there is no line; `hub.acts.billing.Why`."
Sure = Literal["official", "secondary", "memory"]
"How sure a fact of the tariffs is; `hub.acts.billing.Sure`."


class BillLineView(Model):
    """Something that somebody could bill."""

    act: str
    kind: str
    resident: str
    resident_name: str
    biller_name: str
    time: int
    code: str
    label: str
    cents: int | None
    "`null`: follows from what the hub does not know."
    source: str
    sure: Sure


class BillRefusalView(Model):
    """How often, and why, there is no line."""

    kind: str
    why: WhyNot
    biller_name: str
    "Empty where nobody could have billed it."
    count: int


class BillView(Model):
    """A period's proposals; nothing is ever claimed."""

    lines: list[BillLineView]
    refusals: list[BillRefusalView]
    "The most frequent first."
    cents: int
    "Sum of the amounts that are known."


class BillSumView(Model):
    """The lines of one professional at one tariff."""

    biller_name: str
    code: str
    label: str
    cents: int | None
    "Of one line; `null`: follows from what the hub does not know."
    count: int
    total: int | None
    "Of all lines, cents."
    source: str
    sure: Sure


class BillYearView(Model):
    """How far an act that is paid only so often was proposed in one calendar year, up to the end of the period."""

    code: str
    year: int
    maximum: int
    of: Literal["resident", "resident_and_biller"]
    "Of one resident whoever bills it, or by the same professional."
    lines: int
    residents: int
    full: int
    "Of those residents, with whom another one would be beyond the maximum."
    source: str
    sure: Sure


class BillSumsView(Model):
    """A period's proposals added up; nobody who lives in the home is named."""

    sums: list[BillSumView]
    "By professional, then by act."
    refusals: list[BillRefusalView]
    "The most frequent first."
    years: list[BillYearView]
    lines: int
    unpriced: int
    "Of those lines, whose amount is not known and not in the sum."
    cents: int
    "Sum of the amounts that are known."
