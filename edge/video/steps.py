"""The words in which a room's call speaks to its shell: where it stands, and what is to be done. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.wire.messages import CALLER, Signal, SignalKind


class Phase(enum.StrEnum):
    """Where a call, or the connection to one of its seats, stands."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    ENDED = "ended"


OPEN = frozenset({Phase.CONNECTING, Phase.CONNECTED, Phase.RECONNECTING})
"Phases in which camera and microphone may be open."


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the hub."""

    kind: SignalKind
    call: str
    epoch: int
    reason: str = ""
    peer: str = CALLER


@dataclass(frozen=True, slots=True)
class Connect:
    """Make a new connection to a seat under `epoch`, opening the devices if they are not."""

    peer: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Give an answer or a candidate to the connection of its seat."""

    signal: Signal


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection to one seat; the others stay."""

    peer: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close every connection, camera and microphone."""


Effect = Say | Connect | Pass | Drop | Close
