"""Asks a node who it is: HELLO, its descriptor page by page, and one heartbeat. Sans-I/O.

For whoever needs a node for a moment and not for its readings: the update. It acknowledges nothing, so no event is
taken from the edge.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from devices.errors import DecodeError
from firmware_bridge.descriptor import Descriptor
from firmware_bridge.frames import MAJOR, Deframer, Frame
from firmware_bridge.messages import (
    MINOR,
    Describe,
    Heartbeat,
    Hello,
    HostHello,
    HostMessage,
    Page,
    from_node,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a node says about itself."""

    hello: Hello
    descriptor: Descriptor
    heartbeat: Heartbeat


class Interview:
    """Feed it what comes, send what it returns, call `ask` every half second until `facts` is there."""

    def __init__(self) -> None:
        self._deframer = Deframer()
        self._seq = 0
        self._hello: Hello | None = None
        self._pages = b""
        self._descriptor: Descriptor | None = None
        self._heartbeat: Heartbeat | None = None

    @property
    def facts(self) -> Facts | None:
        """What is known, once all of it is."""
        if self._hello is None or self._descriptor is None or self._heartbeat is None:
            return None
        return Facts(self._hello, self._descriptor, self._heartbeat)

    @property
    def foreign(self) -> int | None:
        """The node's major version when it is not ours: it can say who it is and no more."""
        return self._hello.major if self._hello is not None and self._hello.major != MAJOR else None

    def ask(self) -> bytes:
        """Return the question that is open now; empty when only the heartbeat is missing."""
        if self._hello is None:
            return self._frame(HostHello(MAJOR, MINOR))
        if self._descriptor is None and self.foreign is None:
            return self._frame(Describe(len(self._pages)))
        return b""

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the node; return what to send at once."""
        answer = b""
        for frame in self._deframer.feed(data):
            try:
                message = from_node(frame)
            except DecodeError:
                continue  # its CRC fits and it makes no sense: a node of another version; it is asked again
            if isinstance(message, Hello):
                self._greet(message)
                answer = self.ask()
            elif isinstance(message, Page) and self._turn(message):
                answer = self.ask()
            elif isinstance(message, Heartbeat):
                self._heartbeat = message
        return answer

    def _greet(self, hello: Hello) -> None:
        if self._hello is not None and self._hello.boot != hello.boot:
            # It started anew meanwhile: nothing that it said before holds.
            self._pages, self._descriptor, self._heartbeat = b"", None, None
        self._hello = hello

    def _turn(self, page: Page) -> bool:
        hello = self._hello
        if hello is None or self._descriptor is not None or page.offset != len(self._pages) or not page.data:
            return False
        self._pages += page.data
        if len(self._pages) < hello.descriptor_length:
            return True
        if zlib.crc32(self._pages) == hello.descriptor_crc:
            self._descriptor = _described(self._pages)
        self._pages = b""
        # If the sum is wrong it is asked again by `ask`: a node that is wrong every time must not fill the line.
        return False

    def _frame(self, message: HostMessage) -> bytes:
        self._seq = (self._seq + 1) & 0xFFFF
        return bytes(Frame(message.TYPE, bytes(message), self._seq))


def _described(pages: bytes) -> Descriptor | None:
    try:
        return Descriptor.parse(pages)
    except DecodeError:
        return None
