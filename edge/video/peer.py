"""One WebRTC connection to the physician's browser: what goes out, what comes in. A new epoch is a new one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiortc import (
    InvalidAccessError,
    InvalidStateError,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp

from devices.wire.messages import Signal, SignalKind
from edge.video import tuning

if TYPE_CHECKING:
    from av.frame import Frame
    from av.packet import Packet

    from edge.video.sources import Devices

_log = logging.getLogger(__name__)

CODECS: Final = {"audio": "audio/opus", "video": "video/VP8"}
"The one codec of each kind: VP8 costs the room less than H.264 at the quality of a consultation."

MALFORMED: Final = (
    InvalidAccessError,
    InvalidStateError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
)
"What aiortc raises, depending on where, when a description or a candidate is not what it says."

MAX_EARLY: Final = 64
"Candidates kept until the answer comes: aioice loses those, and the end of candidates, that overtake it."

MAX_BACKLOG: Final = 64 * 1024
"Bytes waiting on the data channel above which new ones are left out: old vital signs help nobody."


@dataclass(frozen=True, slots=True)
class PeerEvents:
    """Who is told what this connection sees; all on the event loop."""

    heard: Callable[[int], None]
    "Epoch: a packet or a message came."
    failed: Callable[[int], None]
    "Epoch: failed or closed, without our doing."
    opened: Callable[[], None]
    "The data channel is open."
    picture: Callable[[bytes, int], None]
    "An encoded VP8 frame and its RTP timestamp (90 kHz)."
    voice: Callable[[bytes, int], None]
    "An Opus packet and its RTP timestamp (48 kHz)."


class _Lent(MediaStreamTrack):
    """A device lent to one connection: when that closes, the device stays as it is."""

    def __init__(self, source: MediaStreamTrack) -> None:
        super().__init__()
        self.kind = source.kind
        self._source = source

    async def recv(self) -> Frame | Packet[Any]:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._source.recv()


class Peer:
    """A connection that offers camera, microphone and the channel `vitals`, and takes picture and voice as they come."""

    def __init__(self, epoch: int, ice_servers: tuple[dict[str, str], ...], events: PeerEvents) -> None:
        tuning.install()
        self.epoch = epoch
        self._events = events
        self._closing = False
        self._answered = False
        self._early: list[Signal] = []
        # Never without a configuration: aiortc would ask a public STUN server where we are.
        servers = [
            RTCIceServer(one["url"], one.get("username"), one.get("credential")) for one in ice_servers
        ]
        self._pc = RTCPeerConnection(RTCConfiguration(servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._pc.on("connectionstatechange", self._state_changed)
        self._channel: RTCDataChannel | None = None
        self._picture = tuning.Tap(tuning.VideoBuffer(), self._take_picture)
        self._voice = tuning.Tap(tuning.AudioBuffer(), self._take_voice)

    async def offer(self, devices: Devices, *, loopback: bool) -> str:
        """Return the complete offer, candidates included."""
        for track, tap in ((devices.microphone, self._voice), (devices.camera, self._picture)):
            if track is not None:
                self._pc.addTrack(_Lent(track))
                transceiver = self._pc.getTransceivers()[-1]
                _prefer(transceiver, CODECS[track.kind])
                tuning.tune_receiver(transceiver.receiver, tap)
        # After the tracks: the other way round aiortc 1.16 closes the transport that it just bundled everything on.
        self._channel = channel = self._pc.createDataChannel("vitals", ordered=False, maxRetransmits=0)
        channel.on("open", self._events.opened)
        channel.on("message", self._message)
        with tuning.loopback_candidates(only=loopback):
            await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._pc.localDescription.sdp

    async def take(self, signal: Signal) -> None:
        """Take an answer or a candidate.

        Raises:
            ValueError: it is malformed, or comes when none is due.
        """
        try:
            if signal.kind is SignalKind.ANSWER:
                await self._pc.setRemoteDescription(RTCSessionDescription(signal.sdp, "answer"))
                self._answered = True
                early, self._early = self._early, []
                for candidate in early:
                    await self._add_candidate(candidate)
            elif self._answered:
                await self._add_candidate(signal)
            elif len(self._early) < MAX_EARLY:
                self._early.append(signal)
        except MALFORMED as error:
            raise ValueError(f"{signal.kind} of epoch {signal.epoch} is refused: {error}") from error

    async def _add_candidate(self, signal: Signal) -> None:
        text = signal.candidate.removeprefix("candidate:")
        if not text:
            await self._pc.addIceCandidate(None)
            return
        candidate = candidate_from_sdp(text)
        if candidate.ip.endswith(".local"):
            # A browser that hides its address reaches ours instead; asking the network for the name would tell
            # everybody there that a call begins.
            return
        candidate.sdpMid, candidate.sdpMLineIndex = signal.sdp_mid or None, signal.sdp_mline_index
        await self._pc.addIceCandidate(candidate)

    def send(self, message: str | bytes) -> bool:
        """Send on the data channel; tell whether it went."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or channel.bufferedAmount > MAX_BACKLOG:
            return False
        channel.send(message)
        return True

    def request_key_frame(self) -> None:
        """Ask the page for a whole picture."""
        self._picture.request_key_frame()

    async def close(self) -> None:
        """End the connection; the devices stay as they are."""
        self._closing = True
        await self._pc.close()

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        _log.info("connection of epoch %d is %s", self.epoch, state)
        if state in {"failed", "closed"} and not self._closing:
            self._events.failed(self.epoch)

    def _message(self, _message: object) -> None:
        self._events.heard(self.epoch)

    def _take_picture(self, data: bytes, timestamp: int) -> None:
        self._events.heard(self.epoch)
        self._events.picture(data, timestamp)

    def _take_voice(self, data: bytes, timestamp: int) -> None:
        self._events.heard(self.epoch)
        self._events.voice(data, timestamp)


def _prefer(transceiver: RTCRtpTransceiver, mime: str) -> None:
    capabilities = RTCRtpSender.getCapabilities(transceiver.kind).codecs
    wanted = {mime.lower(), f"{transceiver.kind}/rtx"}
    transceiver.setCodecPreferences([codec for codec in capabilities if codec.mimeType.lower() in wanted])
