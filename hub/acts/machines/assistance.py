"""Téléassistance: a physician guides whoever is at the bedside, during a gesture.

asked -> guiding <-> interrupted -> finished; or declined, withdrawn, or converted into a téléconsultation or the call to the SAMU.

* It may be asked for at the bedside, or begun at the console.
* Either side notes what was done and found, as often as there is something.
"""

from __future__ import annotations

import enum
from typing import Final

from hub.acts.fields import Field, Type
from hub.acts.machines.shared import CONSENT, IN_CALL
from hub.acts.model import CARERS, PHYSICIANS, Follows, Kind, Machine, Rule, Rules, Table


class State(enum.StrEnum):
    """Where it stands."""

    ASKED = "asked"
    GUIDING = "guiding"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CONVERTED = "converted"


class Event(enum.StrEnum):
    """What can happen."""

    BEGIN = "begin"
    NOTE = "note"
    INTERRUPT = "interrupt"
    RESUME = "resume"
    FINISH = "finish"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CONVERT = "convert"


_S, _E = State, Event
_UNDER_WAY = (_S.GUIDING, _S.INTERRUPTED)
_OPEN = (_S.ASKED, *_UNDER_WAY)

START: Final = State.ASKED
FINAL: Final = frozenset({_S.FINISHED, _S.DECLINED, _S.WITHDRAWN, _S.CONVERTED})
TABLE: Final[Table] = {
    (_S.ASKED, _E.BEGIN): _S.GUIDING,
    (_S.GUIDING, _E.NOTE): _S.GUIDING,
    (_S.INTERRUPTED, _E.NOTE): _S.INTERRUPTED,
    (_S.GUIDING, _E.INTERRUPT): _S.INTERRUPTED,
    (_S.INTERRUPTED, _E.RESUME): _S.GUIDING,
    **{(state, _E.FINISH): _S.FINISHED for state in _UNDER_WAY},
    (_S.ASKED, _E.DECLINE): _S.DECLINED,
    (_S.ASKED, _E.WITHDRAW): _S.WITHDRAWN,
    **{(state, _E.CONVERT): _S.CONVERTED for state in _OPEN},
}

RULES: Final[Rules] = {
    _E.BEGIN: Rule(PHYSICIANS, (*CONSENT, IN_CALL)),
    _E.NOTE: Rule(CARERS, (Field("gesture", Type.TEXT, required=False), Field("finding", Type.TEXT))),
    _E.INTERRUPT: Rule(CARERS, (Field("incident", Type.TEXT),)),
    _E.RESUME: Rule(CARERS, (IN_CALL,)),
    _E.FINISH: Rule(
        CARERS,
        (
            Field("outcome", Type.CHOICE, options=("done", "partly_done", "not_done")),
            Field("conclusion", Type.TEXT),
        ),
    ),
    _E.DECLINE: Rule(PHYSICIANS, reason=True),
    _E.WITHDRAW: Rule(CARERS, reason=True),
    _E.CONVERT: Rule(CARERS, linked=True),
}

FOLLOWS: Final[Follows] = {
    (state, kind): _E.CONVERT for state in _OPEN for kind in (Kind.CONSULTATION, Kind.REGULATION)
}

MACHINE: Final = Machine(Kind.ASSISTANCE, START, FINAL, TABLE, RULES, follows=FOLLOWS)
