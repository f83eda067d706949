"""What drivers of serial sensors share: an incremental parser finds frames, and its codec says what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from devices.drivers.base import Needs, Write
from devices.measurement import Reading

Frame = TypeVar("Frame")
Taken_contra = TypeVar("Taken_contra", contravariant=True)


class Parser(Protocol[Frame]):
    """Finds frames in a stream of bytes, whatever the chunks; never raises on them."""

    rejected: int

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that these bytes complete."""
        ...


class Meaning(Protocol[Taken_contra]):
    """Turns frames into readings."""

    def take(self, frames: Iterable[Taken_contra], now: int) -> list[Reading]:
        """Return what these frames say; `now` is when the last of them arrived."""
        ...


class StreamDriver(Generic[Frame]):
    """A driver that listens; protocols that also speak override `start`, `confirm` or `poll`."""

    def __init__(self, needs: Needs, parser: Parser[Frame], meaning: Meaning[Frame]) -> None:
        self.needs = needs
        self._parser = parser
        self._meaning = meaning

    @property
    def rejected(self) -> int:
        """Malformed frames seen so far."""
        return self._parser.rejected

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return "frame with a wrong start, length or sum" if self._parser.rejected else ""

    def start(self, now: int) -> list[Write]:
        """Return nothing."""
        return []

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what these bytes say."""
        frames = self._parser.feed(data)
        return self._meaning.take(frames, now) if frames else []

    def confirm(self) -> list[Write]:
        """Return nothing."""
        return []

    def poll(self, now: int) -> list[Write]:
        """Return nothing."""
        return []
