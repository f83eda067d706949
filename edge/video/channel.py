"""What pages and room say to each other on the data channel, beside vital signs. Pure; its form is in `docs/calls.md`.

From a page: `{"type":"want","role","on"}`, `{"type":"mute","on"}`, `{"type":"point","on","x","y"}` and `{"type":"write","text"}`. To the pages:
`{"type":"room","muted","muted_by","shutter","people"}`, `{"type":"point","from","on","x","y"}` and `{"type":"written","from","text"}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

PICTURES: Final = ("room", "hand")
"Pictures that one may point at."


LONGEST: Final = 80
"Characters that may be written on the room's screen: two lines that are read from two metres (ours)."


@dataclass(frozen=True, slots=True)
class Want:
    """A page wants a second device on or off."""

    role: str
    on: bool


@dataclass(frozen=True, slots=True)
class Mute:
    """A page silences the room's microphone, or lets it speak."""

    on: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A page points at a place of a picture, as shares of its width and height; or no longer points."""

    on: str
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Write:
    """A page writes on the room's screen, for who hears badly; an empty text takes away what stands there."""

    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the call."""

    seat: str
    name: str
    role: str


def parse(text: str) -> Want | Mute | Point | Write | Literal["beat"] | None:
    """Return what a page says; `None` for what is nothing that it may say."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    match said.get("type"):
        case "beat":
            return "beat"
        case "want":
            role, on = said.get("role"), said.get("on")
            return Want(role, on) if isinstance(role, str) and isinstance(on, bool) else None
        case "mute":
            on = said.get("on")
            return Mute(on) if isinstance(on, bool) else None
        case "point":
            return _point(said)
        case "write":
            return _write(said.get("text"))
    return None


def _point(said: dict[str, object]) -> Point | None:
    on, x, y = said.get("on"), said.get("x"), said.get("y")
    if not isinstance(on, str) or on not in PICTURES:
        return None
    if x is None:
        return Point(on, None)
    across, down = _share(x), _share(y)
    return None if across is None or down is None else Point(on, (across, down))


def _write(text: object) -> Write | None:
    if not isinstance(text, str):
        return None
    line = " ".join(text.split())
    return Write(line) if len(line) <= LONGEST and line.isprintable() else None


def _share(value: object) -> float | None:
    # `true` is a number in Python; not here. Comparing refuses NaN as well.
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return None


def point_message(seat: str, point: Point) -> str:
    """Return the message that tells where somebody points."""
    x, y = (None, None) if point.place is None else point.place
    return _text({"type": "point", "from": seat, "on": point.on, "x": x, "y": y})


def written_message(seat: str, text: str) -> str:
    """Return the message that tells what somebody has written on the room's screen."""
    return _text({"type": "written", "from": seat, "text": text})


def room_message(*, muted: bool, muted_by: str, shutter: str | None, people: Iterable[Person]) -> str:
    """Return the message that tells of the room's microphone, its camera's shutter, and who is in the call."""
    told = [{"seat": one.seat, "name": one.name, "role": one.role} for one in people]
    return _text({"type": "room", "muted": muted, "muted_by": muted_by, "shutter": shutter, "people": told})


def _text(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))
