"""What the room's screen needs of a call and of alarms, and asks nobody's class for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from devices.limits import Priority


class Seated(Protocol):
    """Somebody in the call; `edge.video.view.Participant` is one."""

    @property
    def seat(self) -> str:
        """Such as `p1`."""
        ...

    @property
    def name(self) -> str:
        """As the hub tells it."""
        ...

    @property
    def role(self) -> str:
        """Role."""
        ...

    @property
    def state(self) -> str:
        """`ringing`, `waiting`, `connecting`, `connected` or `reconnecting`."""
        ...

    @property
    def admits_in(self) -> float | None:
        """Seconds until one who waits comes in."""
        ...


class Pointed(Protocol):
    """Where somebody points; `edge.video.view.Pointer` is one."""

    @property
    def seat(self) -> str:
        """Whose pointer it is."""
        ...

    @property
    def on(self) -> str:
        """`room` or `hand`."""
        ...

    @property
    def x(self) -> float:
        """Share of the width, from the left."""
        ...

    @property
    def y(self) -> float:
        """Share of the height, from the top."""
        ...


class View(Protocol):
    """What is shown; `edge.video.view.RoomView` is one."""

    @property
    def phase(self) -> str:
        """`idle`, `ringing`, `connecting`, `connected`, `reconnecting` or `ended`."""
        ...

    @property
    def call(self) -> str:
        """Identifier of the call."""
        ...

    @property
    def caller(self) -> str:
        """Name of who calls."""
        ...

    @property
    def caller_role(self) -> str:
        """Role of who calls."""
        ...

    @property
    def reason(self) -> str:
        """Why the last call ended."""
        ...

    @property
    def opens_in(self) -> float | None:
        """Seconds until an announced call opens by itself."""
        ...

    @property
    def camera(self) -> bool:
        """The camera is open."""
        ...

    @property
    def microphone(self) -> bool:
        """The microphone is open."""
        ...

    @property
    def extras(self) -> tuple[str, ...]:
        """Second devices that are open."""
        ...

    @property
    def participants(self) -> Sequence[Seated]:
        """Who is in the call, or asks to be."""
        ...

    @property
    def consent(self) -> str:
        """The rule of this call: `nurse`, `ask`, `announce` or `emergency`."""
        ...

    @property
    def wrong_code(self) -> bool:
        """The last code that was typed was wrong."""
        ...

    @property
    def code_wait(self) -> float:
        """Seconds until the next code is looked at."""
        ...

    @property
    def muted(self) -> bool:
        """The room's microphone sends silence."""
        ...

    @property
    def muted_by(self) -> str:
        """A seat, `room`, or empty."""
        ...

    @property
    def shutter(self) -> str | None:
        """`open`, `closed`, or `None` where the camera does not tell."""
        ...

    @property
    def point(self) -> Pointed | None:
        """Where somebody points."""
        ...

    @property
    def captions(self) -> Sequence[str]:
        """What is written for the person in the room, the newest last."""
        ...


class Calls(Protocol):
    """Whose screen this is; `edge.video.service.CallService` is one."""

    def view(self) -> View:
        """Return what is shown now."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change; the result ends that."""
        ...

    def shown(self, call: str, seat: str = "") -> None:
        """The call, or the name of who asks to come in, is on the screen."""
        ...

    def screen_gone(self) -> None:
        """No screen shows anything."""
        ...

    def accept(self, call: str, code: str = "") -> None:
        """Accepted in the room."""
        ...

    def refuse(self, call: str) -> None:
        """Refused in the room."""
        ...

    def decline(self, call: str, seat: str) -> None:
        """One who comes later is refused, or sent away."""
        ...

    def mute(self, call: str, *, on: bool) -> None:
        """The microphone is silenced in the room, or speaks again."""
        ...

    def hang_up(self, call: str) -> None:
        """Ended in the room."""
        ...

    def request_key_frame(self, seat: str) -> None:
        """A screen needs a whole picture of this seat."""
        ...


class Shown(Protocol):
    """An alarm on the screen; `edge.ringing.ShownAlarm` is one."""

    @property
    def key(self) -> str:
        """Names the occurrence."""
        ...

    @property
    def kind(self) -> str:
        """Metric, or kind of the event."""
        ...

    @property
    def priority(self) -> Priority:
        """Its priority."""
        ...

    @property
    def value(self) -> float | None:
        """The worst value."""
        ...

    @property
    def side(self) -> str:
        """`low` or `high`."""
        ...

    @property
    def since(self) -> float:
        """Seconds since it began."""
        ...

    @property
    def ringing(self) -> bool:
        """It is to be heard now."""
        ...

    @property
    def seen(self) -> bool:
        """Somebody in the room said that it was seen."""
        ...

    @property
    def over(self) -> bool:
        """Its condition ended."""
        ...


class Alarms(Protocol):
    """What rings here while the hub does not answer; `edge.ringing.Ringing` is one."""

    @property
    def away(self) -> bool:
        """Whether the hub does not answer."""
        ...

    def view(self) -> Sequence[Shown]:
        """Return what is shown, worst first."""
        ...

    def seen(self, key: str) -> None:
        """An alarm was seen by a caregiver."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after changes; the result ends that."""
        ...
