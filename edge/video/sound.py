"""One sound, encoded once, for all who listen; and the room's mute.

As `edge.video.encoding` does for pictures: a track that yields encoded packets is only cut into RTP packets by aiortc, so every
listener gets the same ones. A muted sound goes on as silence: nothing of the room is encoded, whatever connections
come and go, and the device may stay open.
"""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Any, Final

import av
from aiortc import MediaStreamTrack
from aiortc.codecs.base import Encoder
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from edge.video.sources import AUDIO_BLOCK, SAMPLE_RATE

BEHIND: Final = 10
"Packets (200 ms) that wait for one listener; beyond, the oldest go: old sound helps nobody."
_TIME_BASE: Final = Fraction(1, SAMPLE_RATE)


class Listener(MediaStreamTrack):
    """One listener's copy of the packets."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets: asyncio.Queue[Packet[Any] | None] = asyncio.Queue()
        self._takes = False
        self.dropped = 0
        "Packets that this listener did not get, because it did not keep up."

    def push(self, packet: Packet[Any]) -> None:
        """Give a packet."""
        # What is said before the connection stands would be old when it does, and delay what follows.
        if not self._takes:
            return
        while self._packets.qsize() >= BEHIND:
            self._packets.get_nowait()
            self.dropped += 1
        self._packets.put_nowait(packet)

    async def recv(self) -> Packet[Any]:
        """Return the next packet."""
        if self.readyState != "live":
            raise MediaStreamError
        self._takes = True
        packet = await self._packets.get()
        if packet is None:
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        """End: whoever waits for a packet learns it."""
        if self.readyState == "live":
            super().stop()
            self._packets.put_nowait(None)


class SharedSound:
    """Takes sound from a device while it is open, and gives packets to every listener. Lives on the event loop."""

    def __init__(self, source: MediaStreamTrack, encoder: Encoder) -> None:
        """Prepare.

        Args:
            source: yields sound.
            encoder: makes Opus of it, one packet of each block.
        """
        self._source = source
        self._encoder = encoder
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self.muted = False
        "Silence goes out instead of what the device hears."

    def start(self) -> None:
        """Begin to take sound."""
        self._task = asyncio.create_task(self._take(), name="sound")

    def stop(self) -> None:
        """End; the device is its owner's to close."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for listener in tuple(self._listeners):
            self.leave(listener)

    def join(self) -> Listener:
        """Return a track for one more listener."""
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)
        listener.stop()

    async def _take(self) -> None:
        while True:
            try:
                frame = await self._source.recv()
            except MediaStreamError:
                return
            if not isinstance(frame, av.AudioFrame) or not self._listeners:
                continue
            if self.muted:
                for plane in frame.planes:
                    plane.update(bytes(plane.buffer_size))
            payloads, first = self._encoder.encode(frame)
            for place, payload in enumerate(payloads):
                packet: Packet[Any] = Packet(payload)
                packet.time_base, packet.pts = _TIME_BASE, first + place * AUDIO_BLOCK
                for listener in self._listeners:
                    listener.push(packet)
