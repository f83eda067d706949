"""What-if over HTTP: what a change of limits, or another file of rules, would have done to the recorded past.

A question becomes a job: `POST /api/v1/what-if` starts it, `GET /api/v1/what-if/{id}` tells how far it is and, in the end,
what it came to; `DELETE` ends it. Times are microseconds UTC; days are the home's.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hub.api.models import Model

MAX_DAYS = 30
"Days that are looked back at."
MAX_RULES = 65_536
"Characters of a file of rules."
MAX_LISTED = 200
"Alarms of one list; what is beyond is counted."

_Priority = Literal["high", "medium", "low"]


class LimitDraft(Model):
    """A limit that nobody has signed."""

    metric: str = Field(max_length=64)
    priority: _Priority
    low: float | None = Field(default=None, allow_inf_nan=False)
    "Values below are outside."
    high: float | None = Field(default=None, allow_inf_nan=False)
    "Values above are outside."
    delay: float = Field(default=0.0, ge=0, le=3600)
    "Seconds for which every value must be outside."
    hysteresis: float = Field(default=0.0, ge=0, le=1000)
    gap: float = Field(default=60.0, gt=0, le=3600)
    area: float = Field(default=0.0, ge=0, le=100_000)
    "Unit x seconds beyond the bound that must come together; 0 for a plain limit."

    @model_validator(mode="after")
    def _bounded(self) -> LimitDraft:
        if self.low is None and self.high is None:
            raise ValueError("a limit needs a low or a high bound")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("the low bound is not below the high one")
        return self


class LimitChange(Model):
    """One limit more, another one in its place, or one less."""

    replaces: str | None = Field(default=None, max_length=64)
    "Id of a limit in force; `None` for a new one."
    limit: LimitDraft | None = None
    "`None`: the limit that is named ends."

    @model_validator(mode="after")
    def _something(self) -> LimitChange:
        if self.replaces is None and self.limit is None:
            raise ValueError("a change names a limit in force, a draft, or both")
        return self


class WhatIfRequest(Model):
    """What to try on the past."""

    resident: str | None = Field(default=None, max_length=64)
    "Whom; `None` for everybody, with `rules`."
    changes: list[LimitChange] = Field(default=[], max_length=32)
    "To the resident's limits in force."
    rules: str | None = Field(default=None, max_length=MAX_RULES)
    "Text of a file of rules that is to take the place of the one in force."
    days: int = Field(default=MAX_DAYS, ge=1, le=MAX_DAYS)

    @model_validator(mode="after")
    def _whole(self) -> WhatIfRequest:
        if bool(self.changes) == (self.rules is not None):
            raise ValueError("give changes of limits or rules, one of the two")
        if self.changes and self.resident is None:
            raise ValueError("changes of limits need a resident")
        return self


class WhatIfAlarm(Model):
    """One alarm of the past, as it was or as it would have been."""

    resident: str
    code: str
    "As `AlertView.code`."
    priority: _Priority
    metric: str | None
    limit: float | None
    "The bound that was crossed."
    limit_id: str | None
    worst: float | None
    "Worst value while it lasted."
    onset: int
    raised: int
    cleared: int | None
    "`None`: it lasted to the end of the period."
    seconds: float
    "From `raised` to its end."
    response: Literal["none", "acknowledged", "taken", "unknown"]
    "What somebody did about it; `unknown` where no alarm of that time is on record, because other limits were in force."
    responded: int | None = None
    responded_by: str | None = None


class WhatIfDelay(Model):
    """An alarm that would still come, but at another time."""

    alarm: WhatIfAlarm
    "As it is under the limits in force."
    later: float
    "Seconds; negative is sooner."
    priority: _Priority
    "As it would be."


class WhatIfDay(Model):
    """Alarms of one day of the home."""

    day: str
    "`2026-11-22`"
    before: int
    after: int


class WhatIfLoad(Model):
    """How often it rings."""

    alarms: int
    high: int
    medium: int
    low: int
    per_day: float
    "Alarms per resident and day of the period."


class WhatIfCoverage(Model):
    """How much of the period has measurements of one metric."""

    metric: str
    share: float
    "0 to 1, over all the residents asked about."


class WhatIfResident(Model):
    """One resident's part."""

    resident: str
    before: int
    after: int


class WhatIfResult(Model):
    """What it came to. Both sides are computed by the same engine over the same measurements.

    An alarm is *missed* when nothing would have rung for that resident and that matter while it lasted.
    """

    since: int
    until: int
    residents: list[WhatIfResident]
    coverage: list[WhatIfCoverage]
    measurements: int
    "Values that were looked at."
    before: WhatIfLoad
    after: WhatIfLoad
    days: list[WhatIfDay]
    missed: list[WhatIfAlarm]
    "Would have been missed; newest first, at most 200."
    missed_count: int
    missed_answered: int
    "Of them, those that somebody responded to."
    appeared: list[WhatIfAlarm]
    "Would have rung anew; newest first, at most 200."
    appeared_count: int
    shifted: list[WhatIfDelay]
    "Would have rung at another time or with another priority; newest first, at most 200."
    shifted_count: int
    unchanged: int


class WhatIfJob(Model):
    """A question and how far its answer is."""

    id: str
    asked: int
    author: str
    resident: str | None
    days: int
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    progress: float
    "0 to 1."
    problem: str = ""
    "Why it failed; English."
    result: WhatIfResult | None = None
