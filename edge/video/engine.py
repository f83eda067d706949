"""What carries a call's pictures and sound, whatever does it: one connection for each seat, over devices that are lent.

`edge.video.mesh` connects the room with every page directly. An engine that sends one picture to a server instead answers the
same questions: the offer for a seat is then the server's, and what comes from it is told by seat as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from devices.wire.messages import Signal


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page gets."""

    sdp: str
    roles: dict[str, str]
    "What the lines of second devices are for, by mid."

    @property
    def reachable(self) -> bool:
        """Whether it names any address."""
        return "\na=candidate" in self.sdp


class Events(Protocol):
    """Who is told what the connections see; all on the event loop."""

    def heard(self, seat: str, epoch: int) -> None:
        """A packet or a message came."""
        ...

    def failed(self, seat: str, epoch: int) -> None:
        """A connection failed or closed, without our doing."""
        ...

    def opened(self, seat: str) -> None:
        """The data channel is open."""
        ...

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """An encoded VP8 frame came; its RTP timestamp counts 90 kHz."""
        ...

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """An Opus packet came; its RTP timestamp counts 48 kHz."""
        ...

    def said(self, seat: str, text: str) -> None:
        """A text came on the data channel."""
        ...


class MediaEngine(Protocol):
    """Connections of one call. Everything runs on the event loop."""

    async def connect(self, seat: str, epoch: int, ice_servers: tuple[dict[str, str], ...]) -> Offer:
        """Make a new connection for a seat, closing the one that it had; return its offer, complete."""
        ...

    async def take(self, signal: Signal) -> None:
        """Take a page's answer or candidate; what belongs to no connection is ignored.

        Raises:
            ValueError: it is malformed, or comes when none is due.
        """
        ...

    def send(self, seat: str, message: str | bytes) -> bool:
        """Send on a seat's data channel; tell whether it went."""
        ...

    def request_key_frame(self, seat: str) -> None:
        """Ask a page for a whole picture."""
        ...

    async def disconnect(self, seat: str) -> None:
        """Close a seat's connection; the devices stay as they are."""
        ...
