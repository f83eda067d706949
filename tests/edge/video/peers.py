"""A browser made of aiortc, and a room to call: what the tests of calls share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from devices.clock import SystemClock
from devices.wire.messages import Signal, SignalKind
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.video import tuning
from edge.video.service import CallService
from edge.video.sources import GeneratedCamera, GeneratedMicrophone

CLOCK = SystemClock()


async def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something holds, or fail."""
    async with asyncio.timeout(seconds):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


@dataclass
class Browser:
    """The physician's side: answers offers, speaks on the channel, keeps what it got."""

    frames: list[object] = field(default_factory=list)
    blocks: list[object] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)
    binaries: list[bytes] = field(default_factory=list)
    peer: RTCPeerConnection | None = None
    channel: RTCDataChannel | None = None
    sends: bool = True
    lines: dict[str, list[object]] = field(default_factory=dict)
    "What came over second lines, by track."
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def answer(self, sdp: str) -> str:
        """Make a new connection for an offer."""
        self.peer = peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        peer.on("track", self._track)
        peer.on("datachannel", self._channel)
        await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        if self.sends:
            peer.addTrack(GeneratedMicrophone(CLOCK))
            peer.addTrack(GeneratedCamera(CLOCK, (160, 120), 15))
        with tuning.loopback_candidates(only=True):
            await peer.setLocalDescription(await peer.createAnswer())
        return str(peer.localDescription.sdp)

    def frames_of(self, track: MediaStreamTrack) -> list[object]:
        """Return what came over one line, and goes on to come."""
        return self.lines.setdefault(track.id, [])

    def _track(self, track: MediaStreamTrack) -> None:
        mains = self.frames if track.kind == "video" else self.blocks
        # The first line of each kind is the room's own camera and microphone.
        lines = [] if self.peer is None else self.peer.getTransceivers()
        first = next(line.receiver.track for line in lines if line.kind == track.kind) is track
        into = mains if first else self.frames_of(track)
        self.tasks.append(asyncio.create_task(self._drain(track, into)))

    @staticmethod
    async def _drain(track: MediaStreamTrack, into: list[object]) -> None:
        try:
            while True:
                into.append(await track.recv())
        except MediaStreamError:
            pass

    def _channel(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        channel.on("message", self._message)
        channel.send(json.dumps({"type": "beat"}))

    def _message(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.binaries.append(message)
            return
        self.texts.append(json.loads(message))
        if self.channel is not None and self.channel.readyState == "open":
            self.channel.send(json.dumps({"type": "beat"}))

    async def close(self) -> None:
        """Close as a page that goes away does."""
        if self.peer is not None:
            await self.peer.close()
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
        self.tasks = []


@dataclass
class Room:
    """A room's call service, what it told the hub, and the hub's side of the wire."""

    service: CallService
    latest: LatestReadings
    counters: Counters
    said: list[Signal] = field(default_factory=list)

    def tell(self, kind: SignalKind, epoch: int = 1, call: str = "call-1", **more: object) -> None:
        """Send a signal as the hub does."""
        self.service.handle(Signal(call, epoch, kind, CLOCK.utc(), **more))  # type: ignore[arg-type]  # by name

    def kinds(self) -> list[SignalKind]:
        """Return the kinds of what was said."""
        return [signal.kind for signal in self.said]

    async def hear(self, kind: SignalKind, epoch: int = 1, peer: str = "p1") -> Signal:
        """Wait for a signal of the room about a seat."""

        def heard() -> Signal | None:
            wanted = (kind, epoch, peer)
            return next((one for one in self.said if (one.kind, one.epoch, one.peer) == wanted), None)

        await until(heard)
        found = heard()
        assert found is not None
        return found

    async def ring_and_accept(self) -> None:
        """Ring, show, accept."""
        self.tell(SignalKind.RING, caller="Dr Benali", caller_role="physician")
        self.service.shown("call-1")
        self.service.accept("call-1")

    async def connect(self, browser: Browser, epoch: int = 1, peer: str = "p1") -> None:
        """Answer the offer of an epoch and wait until picture and sound flow."""
        offer = await self.hear(SignalKind.OFFER, epoch, peer)
        self.tell(SignalKind.ANSWER, epoch, sdp=await browser.answer(offer.sdp), peer=peer)
        await self.hear(SignalKind.CONNECTED, epoch, peer)

    async def join(self, browser: Browser, peer: str, role: str = "nurse") -> None:
        """Let somebody from the home come in."""
        self.tell(SignalKind.JOIN, caller=f"Mme {peer}", caller_role=role, peer=peer)
        await self.connect(browser, peer=peer)
