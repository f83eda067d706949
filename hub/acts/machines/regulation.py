"""Régulation médicale: the call to the SAMU - centre 15, with facts at hand, until what was decided is done.

prepared -> called -> decided -> transferred, stayed or ended; called again when the state gets worse; or cancelled.

* Nothing is dialled by the hub: somebody calls, and writes down when, whom they reached and what was decided.
* A decision was read back to who took it (HAS, SAED), or it is not written down.
* A transfer that was made, or that could be avoided, is an outcome of its own: both are counted.
"""

from __future__ import annotations

import enum
from typing import Final

from hub.acts.fields import Field, Type
from hub.acts.model import CARERS, Kind, Machine, Rule, Rules, Table


class State(enum.StrEnum):
    """Where it stands."""

    PREPARED = "prepared"
    CALLED = "called"
    DECIDED = "decided"
    TRANSFERRED = "transferred"
    STAYED = "stayed"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Event(enum.StrEnum):
    """What can happen."""

    CALL = "call_made"
    NOTE = "note"
    DECIDE = "decide"
    TRANSFER = "transfer"
    STAY = "stay"
    END = "end"
    CANCEL = "cancel"


_S, _E = State, Event
_CALLED = (_S.CALLED, _S.DECIDED)

START: Final = State.PREPARED
FINAL: Final = frozenset({_S.TRANSFERRED, _S.STAYED, _S.ENDED, _S.CANCELLED})
TABLE: Final[Table] = {
    **{(state, _E.CALL): _S.CALLED for state in (_S.PREPARED, *_CALLED)},
    **{(state, _E.NOTE): state for state in (_S.PREPARED, *_CALLED)},
    (_S.CALLED, _E.DECIDE): _S.DECIDED,
    (_S.DECIDED, _E.TRANSFER): _S.TRANSFERRED,
    (_S.DECIDED, _E.STAY): _S.STAYED,
    **{(state, _E.END): _S.ENDED for state in (_S.PREPARED, *_CALLED)},
    (_S.PREPARED, _E.CANCEL): _S.CANCELLED,
}

RULES: Final[Rules] = {
    _E.CALL: Rule(
        CARERS,
        (
            Field("number", Type.CHOICE, options=("15", "112", "114", "direct")),
            Field("called_at", Type.PAST, required=False),
            Field("reached", Type.TEXT, required=False),
        ),
    ),
    _E.DECIDE: Rule(
        CARERS,
        (
            Field(
                "decision",
                Type.CHOICE,
                options=("advice", "physician_on_duty", "ambulance", "firefighters", "smur", "hospital"),
            ),
            Field("decided_by", Type.TEXT),
            Field("instructions", Type.TEXT, required=False),
            Field("read_back", Type.FLAG, must=True),
        ),
    ),
    _E.TRANSFER: Rule(
        CARERS,
        (
            Field("destination", Type.TEXT),
            Field("departed_at", Type.PAST, required=False),
            Field("family_told", Type.FLAG),
        ),
    ),
    _E.STAY: Rule(CARERS, (Field("plan", Type.TEXT),)),
    _E.NOTE: Rule(CARERS, (Field("finding", Type.TEXT),)),
    _E.END: Rule(CARERS, (Field("end", Type.CHOICE, options=("died", "recovered", "other")),), reason=True),
    _E.CANCEL: Rule(CARERS, reason=True),
}

MACHINE: Final = Machine(Kind.REGULATION, START, FINAL, TABLE, RULES)
