"""Prescriptions over HTTP: limits and settings of residents, who signed them, and what waits for a signature.

Times are microseconds UTC. Codes are those of `hub.alerting.prescriptions`; the pages have the words.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hub.api.models import MAX_TIME, Model

Text = Field(max_length=500)
_Priority = Literal["high", "medium", "low"]
_Status = Literal[
    "draft",
    "awaiting",
    "coming",
    "in_force",
    "leaving",
    "expired",
    "lapsed",
    "withdrawn",
    "superseded",
    "refused",
]


class PersonRef(Model):
    """Somebody of the home."""

    username: str
    name: str
    "As others see it; the user name of who has no account (any more)."


class LimitOrder(Model):
    """What a limit is to be."""

    metric: str = Field(max_length=64)
    priority: _Priority
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    delay: float = Field(default=0.0, allow_inf_nan=False)
    "Seconds for which every value must be outside."
    hysteresis: float = Field(default=0.0, allow_inf_nan=False)
    gap: float = Field(default=60.0, allow_inf_nan=False)
    area: float = Field(default=0.0, allow_inf_nan=False)
    "Unit x seconds beyond the bound that must come together; 0 for a plain limit."


class PreviewOrder(LimitOrder):
    """A limit that somebody thinks about."""

    end: int = Field(ge=0, le=MAX_TIME)
    begin: int | None = Field(default=None, ge=0, le=MAX_TIME)
    "Not before this it is in force; at once without."


class PrescriptionOrder(PreviewOrder):
    """A limit that somebody prescribes, or proposes."""

    review: int = Field(ge=0, le=MAX_TIME)
    "By when it is looked at again; before `end`."
    reason: str = Text
    sign: bool = True
    "Signed at once; a nurse can only propose, with `false`."


class RenewalOrder(Model):
    """Prescribe the same again."""

    review: int = Field(ge=0, le=MAX_TIME)
    end: int = Field(ge=0, le=MAX_TIME)
    reason: str = Text
    sign: bool = True


class ReasonOrder(Model):
    """Why."""

    reason: str = Text


class SettingsOrder(Model):
    """What rules are to know of a resident beside limits; the whole of it."""

    profile: str = Field(default="", max_length=64)
    "Empty for the standard one."
    spo2_scale: Literal[1, 2] = 1
    on_oxygen: bool | None = None
    usual_score: int | None = Field(default=None, ge=0, le=20)
    reason: str = Text


class LimitValues(Model):
    """A limit."""

    id: str
    metric: str
    priority: _Priority
    low: float | None
    high: float | None
    delay: float
    hysteresis: float
    gap: float
    area: float


class SettingsView(Model):
    """What rules know of a resident beside limits."""

    profile: str
    title: str
    "Of the profile, French."
    spo2_scale: int
    on_oxygen: bool | None
    usual_score: int | None


class LooseningView(Model):
    """One way in which a critical limit is loosened."""

    metric: str
    side: Literal["low", "high"]
    way: Literal["gone", "priority", "bound", "delay", "area", "gap"]
    before: float | None
    after: float | None
    since: int
    "From when on."


class PreviewView(Model):
    """What a change would come to."""

    before: list[LimitValues]
    "In force when it would begin, of the metric; of everything when settings change."
    after: list[LimitValues]
    loosens: list[LooseningView]
    "Not empty when it needs a second signature."


class PaperStepView(Model):
    """Somebody did something to a prescription."""

    time: int
    act: Literal[
        "propose",
        "sign",
        "sign_first",
        "sign_second",
        "refuse",
        "take_back",
        "withdraw",
        "ask_withdrawal",
        "supersede",
        "settle",
    ]
    author: PersonRef
    reason: str


class PrescriptionView(Model):
    """A limit or settings with who wrote and signed them."""

    id: str
    resident: str
    status: _Status
    limit: LimitValues | None
    settings: SettingsView | None
    "One of the two."
    reason: str
    proposed_by: PersonRef
    proposed: int
    author: PersonRef | None
    signed: int | None
    second_author: PersonRef | None
    second_signed: int | None
    begin: int | None
    "Not before this it is in force; `None` for at once."
    since: int | None
    until: int | None
    "Before `end` when another one takes its place then."
    end: int | None
    "`None` for settings, and for limits of before prescriptions had an end."
    review: int | None
    review_due: bool
    ended_by: PersonRef | None
    "Who asks for its end while it is `leaving`."
    ended_reason: str | None
    settled: int | None
    loosens: list[LooseningView]
    "Of what waits: why it needs a second signature, as things stand now."
    may_sign: bool
    "The account that asks may sign it now."
    may_take_back: bool
    steps: list[PaperStepView]


class InForceView(Model):
    """A limit that decides about alarms now."""

    limit: LimitValues
    prescription: str | None
    "Its id; `None` where the profile's safe default holds."
    expired: str | None
    "The prescription that is over and left the default behind."


class RangeView(Model):
    """What a limit can be prescribed for."""

    metric: str
    unit: str
    lowest: float
    highest: float
    "Between what a person's value can be."


class ProfileView(Model):
    """A kind of resident."""

    name: str
    title: str
    limits: list[LimitValues]


class ResidentLimitsView(Model):
    """Everything about a resident's limits."""

    resident: str
    now: int
    settings: SettingsView
    settings_paper: PrescriptionView | None
    "`None` until somebody chose."
    in_force: list[InForceView]
    expired: list[PrescriptionView]
    "Over, and nobody has said what now."
    papers: list[PrescriptionView]
    "Every one, newest first."
    profiles: list[ProfileView]
    ranges: list[RangeView]
    longest_days: int
    "Between now and the end of a new prescription."


class WaitingView(Model):
    """What waits for a signature."""

    family_name: str
    given_name: str
    room: str
    "Empty for who left."
    paper: PrescriptionView
