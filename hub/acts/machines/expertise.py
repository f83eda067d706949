"""Télé-expertise: a question to an expert, on what is written and photographed; the resident is not there.

draft -> sent -> accepted -> answered -> closed; on the way more_info (and back), declined (and sent to another), converted, expired.

* The question is one closed question, with its urgency and the agreement of the resident. About a wound it has its measures
  and two pictures at least, with a scale in them (sheet 08, R).
* An answer is due within 24 h unless the home says otherwise (sheet 08); after 7 days without one (convention) the question expires.
* Who asked does not answer, and who answered does not close: an answer that nobody read is not finished.
* No emergency: a téléconsultation or the call to the SAMU takes its place.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from hub.acts.fields import Field, FieldError, Fields, Type
from hub.acts.machines.shared import CONSENT
from hub.acts.model import (
    CARERS,
    DAY,
    PHYSICIANS,
    TIME,
    Deadline,
    Deadlines,
    Follows,
    Kind,
    Machine,
    Rule,
    Rules,
    Step,
    Table,
)

ANSWER_WITHIN: Final = DAY
"When an answer is due (sheet 08)."
SHORTEST: Final = DAY // 12
"No question is due sooner, unless the home says so (ours)."
EXPIRES_DAYS: Final = 7
"After which a question has no answer any more (convention, sheet 06)."


class State(enum.StrEnum):
    """Where it stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    MORE_INFO = "more_info"
    ANSWERED = "answered"
    CLOSED = "closed"
    DECLINED = "declined"
    CONVERTED = "converted"
    EXPIRED = "expired"
    ABANDONED = "abandoned"


class Event(enum.StrEnum):
    """What can happen."""

    SEND = "send"
    ACCEPT = "accept"
    ASK_MORE = "ask_more"
    COMPLETE = "complete"
    ANSWER = "answer"
    CLOSE = "close"
    DECLINE = "decline"
    ABANDON = "abandon"
    CONVERT = "convert"
    EXPIRE = "expire"


ANSWER_BY, SENT_AT = "answer_by", "sent_at"
"Facts of a question that is sent, microseconds UTC: what the home changes later changes no question that waits."


def group(key: str) -> str:
    """Return how a question names a group of experts that it is put to; a single one is named by their account."""
    return f"@{key}"


def sending(now: int, within: int, urgency: object = None, day_ends: int = 0) -> dict[str, object]:
    """Return the facts of a question that is sent now.

    Args:
        now: hub time, microseconds UTC.
        within: time in which this home has questions answered, microseconds; no urgency makes it longer.
        urgency: what its sender chose.
        day_ends: the home's next midnight, for what is to be answered today; whoever asks late in the evening waits `SHORTEST`.
    """
    asked = {"within_24h": DAY, "today": max(day_ends - now, SHORTEST)}
    return {SENT_AT: now, ANSWER_BY: now + min(within, asked.get(str(urgency), within))}


def answer_by(fields: Fields) -> int | None:
    """Return when a question is answered at the latest; `None` for one that was sent before that was written down."""
    found = fields.get(ANSWER_BY)
    return found if isinstance(found, int) else None


def due_by(fields: Fields, steps: Sequence[Step]) -> int | None:
    """Return when a question is answered at the latest, whenever it was sent; `None` for one that never was.

    Args:
        fields: what was said last of everything.
        steps: everything that happened to it, oldest first.
    """
    sent = next((step.time for step in reversed(steps) if step.event == Event.SEND), None)
    return None if sent is None else answer_by(fields) or sent + ANSWER_WITHIN


def holder(steps: Sequence[Step]) -> str | None:
    """Return who took a question as it was sent last, by accepting it or asking back; `None` while nobody has.

    Args:
        steps: everything that happened to it, oldest first.
    """
    for step in reversed(steps):
        if step.event == Event.SEND:
            return None
        if step.event in _TAKING:
            return step.author
    return None


_S, _E = State, Event
_ASKED = (_S.SENT, _S.ACCEPTED, _S.MORE_INFO)
_CONVERTIBLE = (_S.DRAFT, *_ASKED)

ANSWERING: Final = frozenset({_E.ACCEPT, _E.ASK_MORE, _E.ANSWER, _E.DECLINE})
"What somebody does who is asked, and nobody else."
_TAKING: Final = frozenset({_E.ACCEPT, _E.ASK_MORE})
WAITING: Final = frozenset(_ASKED)
"States in which somebody waits for an answer."
START: Final = State.DRAFT
FINAL: Final = frozenset({_S.CLOSED, _S.CONVERTED, _S.EXPIRED, _S.ABANDONED})
TABLE: Final[Table] = {
    (_S.DRAFT, _E.SEND): _S.SENT,
    (_S.DECLINED, _E.SEND): _S.SENT,
    (_S.SENT, _E.ACCEPT): _S.ACCEPTED,
    (_S.SENT, _E.ASK_MORE): _S.MORE_INFO,
    (_S.ACCEPTED, _E.ASK_MORE): _S.MORE_INFO,
    (_S.MORE_INFO, _E.COMPLETE): _S.ACCEPTED,
    (_S.ACCEPTED, _E.ANSWER): _S.ANSWERED,
    (_S.ANSWERED, _E.CLOSE): _S.CLOSED,
    (_S.SENT, _E.DECLINE): _S.DECLINED,
    (_S.ACCEPTED, _E.DECLINE): _S.DECLINED,
    **{(state, _E.ABANDON): _S.ABANDONED for state in (_S.DRAFT, _S.SENT, _S.DECLINED)},
    **{(state, _E.CONVERT): _S.CONVERTED for state in _CONVERTIBLE},
    **{(state, _E.EXPIRE): _S.EXPIRED for state in _ASKED},
}

_TISSUE = ("necrosis", "fibrin", "granulation", "epithelium")


def _wound(fields: Fields) -> None:
    """Refuse a question about a wound that cannot be answered."""
    parts = [fields[name] for name in _TISSUE if name in fields]
    if parts and sum(part for part in parts if isinstance(part, (int, float))) != 100:
        raise FieldError("necrosis", "the parts of the wound bed do not make 100 %")
    if fields["topic"] != "wound":
        return
    for name in ("place", "begun", "length_mm", "width_mm", "pain", "pictures", "scale_in_picture"):
        if name not in fields:
            raise FieldError(name, "is missing for a wound")
    pictures = fields["pictures"]
    if not isinstance(pictures, list) or len(pictures) < 2:
        raise FieldError("pictures", "a wound is shown by two at least")
    if fields["scale_in_picture"] is not True:
        raise FieldError("scale_in_picture", "a wound is measured against a scale")


RULES: Final[Rules] = {
    _E.SEND: Rule(
        CARERS,
        (
            Field("to", Type.TEXT),
            Field(
                "topic",
                Type.CHOICE,
                options=(
                    "wound",
                    "dermatology",
                    "behaviour",
                    "psychiatry",
                    "end_of_life",
                    "cardiology",
                    "other",
                ),
            ),
            Field("urgency", Type.CHOICE, options=("routine", "within_24h", "today")),
            Field("question", Type.TEXT),
            *CONSENT,
            Field("history", Type.TEXT, required=False),
            Field("place", Type.TEXT, required=False),
            Field("begun", Type.TEXT, required=False),
            Field("length_mm", Type.NUMBER, required=False, low=1, high=1000),
            Field("width_mm", Type.NUMBER, required=False, low=1, high=1000),
            Field("depth_mm", Type.NUMBER, required=False, high=300),
            Field("stage", Type.TEXT, required=False),
            Field("pain", Type.WHOLE, required=False, high=10),
            *(Field(name, Type.NUMBER, required=False, high=100) for name in _TISSUE),
            Field("care", Type.TEXT, required=False),
            Field("pictures", Type.ITEMS, required=False),
            Field("scale_in_picture", Type.FLAG, required=False),
            Field("area_mm2", Type.NUMBER, required=False, high=1_000_000),
        ),
        check=_wound,
    ),
    _E.ACCEPT: Rule(PHYSICIANS, unlike=_E.SEND),
    _E.ANSWER: Rule(
        PHYSICIANS,
        (
            Field("diagnosis", Type.TEXT),
            Field("confidence", Type.CHOICE, options=("high", "medium", "low")),
            Field("recommendation", Type.TEXT),
            Field("limits_of_opinion", Type.TEXT, required=False),
            Field(
                "advised",
                Type.CHOICE,
                options=("care_on_site", "teleconsultation", "visit", "specialist", "hospital"),
            ),
        ),
        unlike=_E.SEND,
    ),
    _E.ASK_MORE: Rule(PHYSICIANS, (Field("wanted", Type.TEXT),), unlike=_E.SEND),
    _E.COMPLETE: Rule(
        CARERS, (Field("information", Type.TEXT), Field("pictures", Type.ITEMS, required=False))
    ),
    _E.CLOSE: Rule(CARERS, unlike=_E.ANSWER),
    _E.DECLINE: Rule(PHYSICIANS, reason=True, unlike=_E.SEND),
    _E.ABANDON: Rule(CARERS, reason=True),
    _E.CONVERT: Rule(CARERS, linked=True),
    _E.EXPIRE: Rule(TIME),
}

_EXPIRY = Deadline(_E.EXPIRE, since=frozenset({_E.SEND}), days=EXPIRES_DAYS)
DEADLINES: Final[Deadlines] = dict.fromkeys(_ASKED, (_EXPIRY,))
FOLLOWS: Final[Follows] = {
    (state, kind): _E.CONVERT for state in _CONVERTIBLE for kind in (Kind.CONSULTATION, Kind.REGULATION)
}

MACHINE: Final = Machine(Kind.EXPERTISE, START, FINAL, TABLE, RULES, DEADLINES, FOLLOWS)
