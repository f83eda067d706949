"""What is enough to say for each step of an act."""

from __future__ import annotations

from hub.acts.fields import Fields, Type
from hub.acts.model import DAY, Machine

NOW = 1_900_000_000_000_000
_SOME = {
    Type.TEXT: "dit",
    Type.NUMBER: 25,
    Type.WHOLE: 5,
    Type.FLAG: True,
    Type.PAST: NOW,
}


def enough(machine: Machine, event: str, now: int = NOW, *, optional: bool = True) -> Fields:
    """Return fields that are enough for an event."""
    return {
        field.name: field.options[-1]
        if field.options and field.type is Type.CHOICE
        else [*field.options, "un", "deux"][:2]
        if field.type is Type.ITEMS
        else now + 60 * DAY
        if field.type is Type.FUTURE
        else _SOME[field.type]
        for field in machine.rules[event].fields
        if optional or field.required
    }
