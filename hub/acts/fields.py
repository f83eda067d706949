"""What a step of an act says beside its reason: named fields, each with what it may be. Pure.

ActError
  UnknownEventError     no such event in this act
  IllegalStepError      the state does not allow the event
  ForbiddenStepError    the person may not do it
  LinkedStepError       only the opening of another act does it
  FieldError            a field or the reason is missing, unknown, or not what it must be
  ChangedMeanwhileError somebody did something since the act was read
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from devices.errors import VeilleuseError

LONGEST: Final = 2000
"Characters of a text; as the answer of a télé-expertise (R)."
MOST: Final = 40
"Items of a list."
LATEST: Final = 2**53
"Microseconds; no time on the wire is later."

Fields = Mapping[str, object]
"What a step says, by name."


class ActError(VeilleuseError):
    """Something about an act is not done, and nothing was changed; `code` is stable."""

    code = "act_refused"


class UnknownEventError(ActError):
    """No such thing can happen to an act of this kind."""

    code = "unknown_event"


class IllegalStepError(ActError):
    """The table knows no such step from this state."""

    code = "illegal_step"

    def __init__(self, kind: str, state: str, event: str) -> None:
        super().__init__(f"{kind} that is {state} takes no {event}")
        self.kind = kind
        self.state = state
        self.event = event


class ForbiddenStepError(ActError):
    """Who asks may not do this."""

    code = "forbidden_step"


class LinkedStepError(ActError):
    """This happens only when another act is opened from this one."""

    code = "linked_step"


class FieldError(ActError):
    """A field, or the reason, is missing or is not what it must be."""

    code = "bad_field"

    def __init__(self, field: str, violation: str) -> None:
        super().__init__(f"{field[:64]}: {violation}")
        self.field = field[:64]


class ChangedMeanwhileError(ActError):
    """Somebody did something since the act was read."""

    code = "changed_meanwhile"


class Type(enum.StrEnum):
    """What a field may be."""

    TEXT = "text"
    CHOICE = "choice"
    "One of the options."
    ITEMS = "items"
    "A list of texts; of the options, where there are any."
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    FUTURE = "future"
    "A time to come, microseconds UTC."
    PAST = "past"
    "A time that was, or now."


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a step."""

    name: str
    type: Type
    required: bool = True
    options: tuple[str, ...] = ()
    low: float = 0
    "Of a number; of a list, how many items it has at least."
    high: float = LATEST
    "Of a number; of a time to come, how far it may be away in microseconds."
    must: bool = False
    "Of a flag: only yes is accepted."


def checked(field: Field, value: object, now: int) -> object:
    """Return a value as it is kept: texts without blanks around them.

    Raises:
        FieldError: it is not what the field may be.
    """
    match field.type:
        case Type.TEXT | Type.CHOICE:
            return _text(field, value)
        case Type.ITEMS:
            return _items(field, value)
        case Type.FLAG:
            return _flag(field, value)
        case Type.NUMBER | Type.WHOLE:
            return _number(field, value)
        case _:
            return _time(field, value, now)


def empty(value: object) -> bool:
    """Whether a value says nothing. No is something, and so is zero."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise FieldError(field.name, "is no text")
    text = value.strip()
    if len(text) > LONGEST:
        raise FieldError(field.name, f"{len(text)} characters, at most {LONGEST} allowed")
    if field.options and text not in field.options:
        raise FieldError(field.name, f"{text[:64]!r} is none of {', '.join(field.options)}")
    return text


def _items(field: Field, value: object) -> list[str]:
    if not isinstance(value, list):
        raise FieldError(field.name, "is no list")
    if not field.low <= len(value) <= MOST:
        raise FieldError(field.name, f"{len(value)} items, {field.low:g} to {MOST} allowed")
    items = [_text(field, each) for each in value]
    if len(set(items)) != len(items):
        raise FieldError(field.name, "names something twice")
    return items


def _flag(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise FieldError(field.name, "is neither yes nor no")
    if field.must and not value:
        raise FieldError(field.name, "must be yes")
    return value


def _number(field: Field, value: object) -> float:
    # A flag is a number to Python, and to nobody else.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FieldError(field.name, "is no number")
    if not field.low <= value <= field.high:
        raise FieldError(field.name, f"{value:g} is not between {field.low:g} and {field.high:g}")
    if field.type is Type.WHOLE and value != int(value):
        raise FieldError(field.name, f"{value:g} is no whole number")
    return value


def _time(field: Field, value: object, now: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError(field.name, "is no time")
    if not 0 <= value <= LATEST:
        raise FieldError(field.name, "is no time of this world")
    if field.type is Type.PAST and value > now:
        raise FieldError(field.name, "has not come yet")
    if field.type is Type.FUTURE and value <= now:
        raise FieldError(field.name, "is over")
    if field.type is Type.FUTURE and value - now > field.high:
        raise FieldError(field.name, "is too far away")
    return value
