"""What those who take part in a call say and are told: people, pages, rooms, and why something is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from devices.errors import VeilleuseError
from hub.consult.room import Call


class CallRefusedError(VeilleuseError):
    """Something about a call cannot be done; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Rooms(Protocol):
    """Sends signals to rooms; `hub.ingest.link.EdgeLink` does."""

    def send(self, edge: str, kind: str, message: object) -> None:
        """Seal and publish; may be called at any time, does not block."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, or comes into a call."""

    username: str
    display_name: str
    role: str
    reason: str = ""
    "Why; goes into the record, not to the room."


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a participant's page is told."""

    kind: str
    "`state`, `offer`, `answer`, `candidate`, `chat` or `bye`."
    call: Call
    seat: str
    "Whose page is told."
    epoch: int = 1
    peer: str = "room"
    "From whom it comes: the room, or another seat."
    sdp: str = ""
    candidate: str = ""
    sdp_mid: str = ""
    sdp_mline_index: int | None = None
    text: str = ""
    reason: str = ""
    ice_servers: tuple[dict[str, str], ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    "With an offer of the room: what the lines of second devices are for, by mid."

    @property
    def last(self) -> bool:
        """Whether nothing comes after it."""
        return self.kind == "bye" or self.call.over


@dataclass(frozen=True, slots=True)
class PageSignal:
    """What a participant's page says."""

    kind: str
    "`offer`, `answer`, `candidate`, `restart`, `chat` or `bye`."
    epoch: int
    peer: str = "room"
    sdp: str = ""
    candidate: str = ""
    sdp_mid: str = ""
    sdp_mline_index: int | None = None
    text: str = ""


Page = Callable[[PageMessage], None]
