"""Télésurveillance: a physician follows values at a distance, by a signed prescription that the resident agreed to.

proposed -> signed -> agreed -> running <-> review_due, and from there renewed, paused, ended, withdrawn or expired.

* A physician signs: which values, how often, until when (a year at most), and how often it is looked at again.
* It runs once the resident agreed, and was told that nobody watches in an emergency: then one calls the 15.
* A review is due so many days after it began or was reviewed last; nothing stops when it is late, the page says so.
* When its time is over and nobody renewed it, it expires.
"""

from __future__ import annotations

import enum
from typing import Final

from hub.acts.fields import Field, Type
from hub.acts.machines.shared import CONSENT, YEAR
from hub.acts.model import CARERS, PHYSICIANS, TIME, Deadline, Deadlines, Kind, Machine, Rule, Rules, Table


class State(enum.StrEnum):
    """Where it stands."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    AGREED = "agreed"
    RUNNING = "running"
    REVIEW_DUE = "review_due"
    PAUSED = "paused"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"
    ENDED = "ended"
    EXPIRED = "expired"


class Event(enum.StrEnum):
    """What can happen."""

    SIGN = "sign"
    AGREE = "agree"
    REFUSE = "refuse"
    BEGIN = "begin"
    REVIEW = "review"
    RENEW = "renew"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    WITHDRAW = "withdraw"
    ABANDON = "abandon"
    FALL_DUE = "fall_due"
    EXPIRE = "expire"


_S, _E = State, Event
_BEFORE = (_S.PROPOSED, _S.SIGNED, _S.AGREED)
_UNDER_WAY = (_S.RUNNING, _S.REVIEW_DUE)
_BEGUN = (*_UNDER_WAY, _S.PAUSED)

START: Final = State.PROPOSED
FINAL: Final = frozenset({_S.REFUSED, _S.WITHDRAWN, _S.ABANDONED, _S.ENDED, _S.EXPIRED})
TABLE: Final[Table] = {
    (_S.PROPOSED, _E.SIGN): _S.SIGNED,
    (_S.SIGNED, _E.AGREE): _S.AGREED,
    (_S.SIGNED, _E.REFUSE): _S.REFUSED,
    (_S.AGREED, _E.BEGIN): _S.RUNNING,
    (_S.RUNNING, _E.FALL_DUE): _S.REVIEW_DUE,
    **{(state, _E.REVIEW): _S.RUNNING for state in _UNDER_WAY},
    **{(state, _E.RENEW): _S.RUNNING for state in _UNDER_WAY},
    **{(state, _E.PAUSE): _S.PAUSED for state in _UNDER_WAY},
    (_S.PAUSED, _E.RESUME): _S.RUNNING,
    **{(state, _E.ABANDON): _S.ABANDONED for state in _BEFORE},
    **{(state, _E.WITHDRAW): _S.WITHDRAWN for state in (_S.AGREED, *_BEGUN)},
    **{(state, _E.END): _S.ENDED for state in _BEGUN},
    **{(state, _E.EXPIRE): _S.EXPIRED for state in (_S.SIGNED, _S.AGREED, *_BEGUN)},
}

PARAMETERS: Final = (
    "spo2",
    "pulse_rate",
    "respiration_rate",
    "systolic",
    "diastolic",
    "temperature",
    "glucose",
    "weight",
)
"What can be followed, by the names of `devices.nomenclature`."

PRESCRIBING: Final = frozenset({_E.SIGN, _E.RENEW})
"By which the limits in force become part of what was signed."

_PRESCRIPTION = (
    Field("parameters", Type.ITEMS, options=PARAMETERS, low=1),
    Field("frequency", Type.CHOICE, options=("continuous", "several_daily", "daily", "weekly")),
    Field("until", Type.FUTURE, high=YEAR),
    Field("review_days", Type.WHOLE, low=1, high=366),
)
RULES: Final[Rules] = {
    _E.SIGN: Rule(PHYSICIANS, _PRESCRIPTION, reason=True),
    _E.AGREE: Rule(CARERS, (*CONSENT, Field("emergency_told", Type.FLAG, must=True))),
    _E.BEGIN: Rule(CARERS),
    _E.REVIEW: Rule(PHYSICIANS, (Field("findings", Type.TEXT),)),
    _E.RENEW: Rule(PHYSICIANS, _PRESCRIPTION, reason=True),
    _E.PAUSE: Rule(CARERS, reason=True),
    _E.RESUME: Rule(CARERS),
    _E.END: Rule(PHYSICIANS, (Field("conclusion", Type.TEXT),), reason=True),
    _E.REFUSE: Rule(CARERS, reason=True),
    _E.WITHDRAW: Rule(CARERS, reason=True),
    _E.ABANDON: Rule(CARERS, reason=True),
    _E.FALL_DUE: Rule(TIME),
    _E.EXPIRE: Rule(TIME),
}

_END = Deadline(_E.EXPIRE, at="until")
_REVIEW = Deadline(
    _E.FALL_DUE, since=frozenset({_E.BEGIN, _E.REVIEW, _E.RENEW, _E.RESUME}), days="review_days"
)
DEADLINES: Final[Deadlines] = {
    _S.SIGNED: (_END,),
    _S.AGREED: (_END,),
    _S.RUNNING: (_END, _REVIEW),
    _S.REVIEW_DUE: (_END,),
    _S.PAUSED: (_END,),
}

MACHINE: Final = Machine(Kind.SURVEILLANCE, START, FINAL, TABLE, RULES, DEADLINES)
