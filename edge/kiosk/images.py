"""The pictures of a call as a stream of JPEG, for a browser that has no `VideoDecoder`.

`GET /image?seat=p1` answers `multipart/x-mixed-replace`: an `<img>` shows it. Nothing is decoded while nobody asks.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge.kiosk.still import StillMaker

_log = logging.getLogger(__name__)

MAX_STREAMS: Final = 8
"Streams at a time: four people, and a page that loads again."
MAX_WAITING: Final = 30
"Pictures that wait to be decoded; beyond, the stream begins anew with a whole one."
MAX_BUFFER: Final = 256 * 1024
"Octets that a slow page may leave lying: some pictures; it gets the next ones when it has taken these."
BOUNDARY: Final = b"veilleuse-picture"
HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n"
    b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
)


def part(jpeg: bytes) -> bytes:
    """Return one picture as the stream has it."""
    head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(jpeg))
    return head + jpeg + b"\r\n"


class _Seat:
    """One seat's pictures, decoded for all who ask."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.takers: set[asyncio.Transport] = set()
        self.whole = False
        self.task: asyncio.Task[None] | None = None


class Images:
    """Streams of JPEG by seat. Lives on the event loop; decoding runs in a thread."""

    def __init__(self, codec: str, request_key_frame: Callable[[str], None]) -> None:
        """Prepare.

        Args:
            codec: of the pictures.
            request_key_frame: asks a seat for a whole picture.
        """
        self._codec = codec
        self._request_key_frame = request_key_frame
        self._seats: dict[str, _Seat] = {}
        self.failed = 0
        "Pictures that could not be decoded."

    @property
    def streams(self) -> int:
        """How many there are."""
        return sum(len(seat.takers) for seat in self._seats.values())

    def open(self, seat: str, transport: asyncio.Transport) -> None:
        """Begin a stream."""
        known = self._seats.get(seat)
        if known is None:
            known = self._seats[seat] = _Seat()
            known.task = asyncio.create_task(self._decode(seat, known), name=f"pictures of {seat}")
        known.takers.add(transport)
        transport.write(HEAD)
        self._request_key_frame(seat)

    def close(self, seat: str, transport: asyncio.Transport) -> None:
        """End a stream; with its last one a seat's pictures are no longer decoded."""
        known = self._seats.get(seat)
        if known is None:
            return
        known.takers.discard(transport)
        if not known.takers:
            del self._seats[seat]
            if known.task is not None:
                known.task.cancel()

    def stop(self) -> None:
        """End every stream."""
        for name, seat in tuple(self._seats.items()):
            for taker in tuple(seat.takers):
                taker.abort()
                self.close(name, taker)

    def picture(self, seat: str, data: bytes, *, key: bool) -> None:
        """Take an encoded picture."""
        known = self._seats.get(seat)
        if known is None:
            return
        if known.waiting.qsize() >= MAX_WAITING:
            known.whole = False
        known.whole = known.whole or key
        if known.whole:
            known.waiting.put_nowait(data)
        else:
            self._request_key_frame(seat)

    async def _decode(self, name: str, seat: _Seat) -> None:
        maker = await asyncio.to_thread(_load, self._codec)
        while True:
            data = await seat.waiting.get()
            try:
                jpeg = await asyncio.to_thread(maker.make, data)
            except ValueError as error:
                self.failed += 1
                seat.whole = False
                _log.info("a picture of %s cannot be decoded: %s", name, error)
                continue
            if jpeg is not None:
                self._give(seat, part(jpeg))

    @staticmethod
    def _give(seat: _Seat, data: bytes) -> None:
        for taker in seat.takers:
            if taker.get_write_buffer_size() <= MAX_BUFFER:
                taker.write(data)


def _load(codec: str) -> StillMaker:
    made: StillMaker = importlib.import_module("edge.kiosk.still").StillMaker(codec)
    return made
