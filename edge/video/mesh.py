"""The media engine without a server: the room connects with every page directly, and encodes once for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from devices.clock import Clock
from devices.wire.messages import Signal
from edge.video.encoding import SharedEncoder
from edge.video.engine import Events, Offer
from edge.video.extras import Extras
from edge.video.peer import Peer
from edge.video.sound import SharedSound

CLOSE: Final = 0.5
"Seconds that a connection has to close before the next one is made; it goes on closing meanwhile."


@dataclass(frozen=True, slots=True)
class Lent:
    """Devices of the room, open, for as many connections as there are."""

    microphone: SharedSound | None
    pictures: SharedEncoder | None
    extras: Extras


class Mesh:
    """One `Peer` for each seat; `edge.video.engine.MediaEngine`."""

    def __init__(self, lent: Lent, events: Events, clock: Clock, *, loopback: bool) -> None:
        """Prepare.

        Args:
            lent: the room's devices.
            events: who is told.
            clock: the edge's clock.
            loopback: offer 127.0.0.1 alone.
        """
        self._lent = lent
        self._events = events
        self._clock = clock
        self._loopback = loopback
        self._peers: dict[str, Peer] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def connect(self, seat: str, epoch: int, ice_servers: tuple[dict[str, str], ...]) -> Offer:
        """Make a new connection for a seat, closing the one that it had; return its offer, complete."""
        await self.disconnect(seat)
        peer = self._peers[seat] = Peer(seat, epoch, ice_servers, self._events, self._clock)
        lent = self._lent
        return await peer.offer(lent.microphone, lent.pictures, lent.extras, loopback=self._loopback)

    async def take(self, signal: Signal) -> None:
        """Take a page's answer or candidate; what belongs to no connection is ignored.

        Raises:
            ValueError: it is malformed, or comes when none is due.
        """
        peer = self._peers.get(signal.peer)
        if peer is not None and peer.epoch == signal.epoch:
            await peer.take(signal)

    def send(self, seat: str, message: str | bytes) -> bool:
        """Send on a seat's data channel; tell whether it went."""
        peer = self._peers.get(seat)
        return peer is not None and peer.send(message)

    def request_key_frame(self, seat: str) -> None:
        """Ask a page for a whole picture."""
        peer = self._peers.get(seat)
        if peer is not None:
            peer.request_key_frame()

    async def disconnect(self, seat: str) -> None:
        """Close a seat's connection; the devices stay as they are."""
        peer = self._peers.pop(seat, None)
        if peer is None:
            return
        # Giving an address back to a relay that does not answer takes aioice a minute: nobody waits for that.
        closing = asyncio.create_task(peer.close(), name=f"closing {seat}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        done, _ = await asyncio.wait([closing], timeout=CLOSE)
        for task in done:
            task.result()
