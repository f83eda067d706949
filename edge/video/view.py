"""What the room's screen shows of a call."""

from __future__ import annotations

from dataclasses import dataclass

from edge.video.steps import Phase


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the call, as the room's screen shows them."""

    seat: str
    name: str
    role: str
    state: str
    "`ringing`, `waiting` (asks to come in), `connecting`, `connected` or `reconnecting`."
    admits_in: float | None = None
    "Seconds until one who waits comes in, unless somebody refuses."


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where somebody points: shares of a picture's width and height."""

    seat: str
    on: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written for the person in the room."""

    seat: str
    text: str
    until: int
    "Of the edge's monotonic clock, microseconds: then it goes away by itself."


@dataclass(frozen=True, slots=True)
class RoomView:
    """What the room's screen shows of the call."""

    phase: Phase
    call: str
    caller: str
    caller_role: str
    reason: str
    opens_in: float | None
    "Seconds until an announced call opens by itself."
    camera: bool
    "The camera is open: read from the device, not from the call."
    microphone: bool
    extras: tuple[str, ...] = ()
    "Second devices that are open: `hand`, `stethoscope`."
    participants: tuple[Participant, ...] = ()
    consent: str = "ask"
    "The rule of this call."
    wrong_code: bool = False
    "The last code that was typed was wrong."
    code_wait: float = 0.0
    "Seconds until the next code is looked at."
    muted: bool = False
    muted_by: str = ""
    shutter: str | None = None
    point: Pointer | None = None
    captions: tuple[str, ...] = ()
    "What is written for the person in the room, the newest last."
