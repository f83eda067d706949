"""Téléconsultation: the resident, with a carer beside them throughout, sees a physician by video.

asked -> planned -> waiting -> running <-> interrupted -> seen -> in_charge or reoriented; or declined, cancelled, missed, emergency.

* Nobody is seen before the waiting room: there consent, identity and the carer beside the resident are written down.
* A consultation that ended has an outcome: taken in charge, or reoriented (to whom, why). A reoriented one is never billed.
* At any moment before its outcome the call to the SAMU takes its place.
* What was planned and never began is missed 4 h after its time; who sits in the waiting room is never sent away by a clock.
"""

from __future__ import annotations

import enum
from typing import Final

from devices.clock import SECOND
from hub.acts.fields import Field, Type
from hub.acts.machines.shared import CONSENT, IN_CALL, YEAR
from hub.acts.model import (
    CARERS,
    PHYSICIANS,
    TIME,
    Deadline,
    Deadlines,
    Follows,
    Kind,
    Machine,
    Rule,
    Rules,
    Table,
)

PATIENCE: Final = 4 * 3600 * SECOND
"How long after its time a planned consultation may still begin (R)."


class State(enum.StrEnum):
    """Where it stands."""

    ASKED = "asked"
    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    SEEN = "seen"
    IN_CHARGE = "in_charge"
    REORIENTED = "reoriented"
    EMERGENCY = "emergency"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    MISSED = "missed"


class Event(enum.StrEnum):
    """What can happen."""

    PLAN = "plan"
    ADMIT = "admit"
    BEGIN = "begin"
    NOTE = "note"
    INTERRUPT = "interrupt"
    RESUME = "resume"
    FINISH = "finish"
    TAKE_IN_CHARGE = "take_in_charge"
    REORIENT = "reorient"
    DECLINE = "decline"
    CANCEL = "cancel"
    MISS = "miss"
    EMERGENCY = "emergency"


_S, _E = State, Event
_BEFORE = (_S.ASKED, _S.PLANNED, _S.WAITING)
_UNDER_WAY = (_S.RUNNING, _S.INTERRUPTED)
_SEEN = (*_UNDER_WAY, _S.SEEN)

START: Final = State.ASKED
FINAL: Final = frozenset({_S.IN_CHARGE, _S.REORIENTED, _S.EMERGENCY, _S.DECLINED, _S.CANCELLED, _S.MISSED})
TABLE: Final[Table] = {
    (_S.ASKED, _E.PLAN): _S.PLANNED,
    (_S.PLANNED, _E.PLAN): _S.PLANNED,
    (_S.ASKED, _E.ADMIT): _S.WAITING,
    (_S.PLANNED, _E.ADMIT): _S.WAITING,
    (_S.WAITING, _E.BEGIN): _S.RUNNING,
    **{(state, _E.NOTE): state for state in _SEEN},
    (_S.RUNNING, _E.INTERRUPT): _S.INTERRUPTED,
    (_S.INTERRUPTED, _E.RESUME): _S.RUNNING,
    **{(state, _E.FINISH): _S.SEEN for state in _UNDER_WAY},
    **{(state, _E.TAKE_IN_CHARGE): _S.IN_CHARGE for state in _SEEN},
    **{(state, _E.REORIENT): _S.REORIENTED for state in (_S.WAITING, *_SEEN)},
    **{(state, _E.DECLINE): _S.DECLINED for state in _BEFORE},
    **{(state, _E.CANCEL): _S.CANCELLED for state in _BEFORE},
    (_S.PLANNED, _E.MISS): _S.MISSED,
    **{(state, _E.EMERGENCY): _S.EMERGENCY for state in (*_BEFORE, *_SEEN)},
}

RULES: Final[Rules] = {
    _E.PLAN: Rule(CARERS, (Field("at", Type.FUTURE, high=YEAR),)),
    _E.ADMIT: Rule(
        CARERS,
        (
            *CONSENT,
            Field("identity_checked", Type.FLAG, must=True),
            Field("accompanied_by", Type.TEXT),
            Field("private_place", Type.FLAG),
            Field("able_to_talk", Type.FLAG),
            Field("touch_needed", Type.FLAG),
        ),
    ),
    _E.BEGIN: Rule(PHYSICIANS, (IN_CALL,)),
    _E.NOTE: Rule(CARERS, (Field("finding", Type.TEXT),)),
    _E.INTERRUPT: Rule(CARERS, (Field("incident", Type.TEXT),)),
    _E.RESUME: Rule(CARERS, (IN_CALL,)),
    _E.FINISH: Rule(CARERS),
    _E.TAKE_IN_CHARGE: Rule(
        PHYSICIANS, (Field("conclusion", Type.TEXT), Field("follow_up", Type.TEXT, required=False))
    ),
    _E.REORIENT: Rule(
        PHYSICIANS,
        (
            Field(
                "reoriented_to",
                Type.CHOICE,
                options=("visit", "emergency_department", "specialist", "nurse", "other"),
            ),
            Field("conclusion", Type.TEXT, required=False),
        ),
        reason=True,
    ),
    _E.DECLINE: Rule(
        CARERS,
        (Field("declined_by", Type.CHOICE, options=("resident", "representative", "physician")),),
        reason=True,
    ),
    _E.CANCEL: Rule(CARERS, reason=True),
    _E.MISS: Rule(TIME),
    _E.EMERGENCY: Rule(CARERS, linked=True),
}

DEADLINES: Final[Deadlines] = {
    _S.PLANNED: (Deadline(_E.MISS, at="at", plus=PATIENCE),),
}
FOLLOWS: Final[Follows] = {(state, Kind.REGULATION): _E.EMERGENCY for state in (*_BEFORE, *_SEEN)}

MACHINE: Final = Machine(Kind.CONSULTATION, START, FINAL, TABLE, RULES, DEADLINES, FOLLOWS)
