"""One WebRTC connection to one seat's browser: what goes out, what comes in. A new epoch is a new one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

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
from aiortc.sdp import candidate_from_sdp

from devices.wire.messages import Signal, SignalKind
from edge.video import tuning
from edge.video.codecs import MIME
from edge.video.engine import Events, Offer
from edge.video.link import SILENCE

if TYPE_CHECKING:
    from devices.clock import Clock
    from edge.video.encoding import SharedEncoder, Viewer
    from edge.video.extras import Extras, Lines, Role, Slot
    from edge.video.sound import Listener, SharedSound

_log = logging.getLogger(__name__)

OPUS: Final = "audio/opus"
"The one codec of sound; that of pictures is the configuration's."

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


MAX_SAID: Final = 1024
"Characters of what a page may say at once."


class Peer:
    """A connection that offers camera, microphone and the channel `vitals`, and takes picture and voice as they come."""

    def __init__(
        self, seat: str, epoch: int, ice_servers: tuple[dict[str, str], ...], events: Events, clock: Clock
    ) -> None:
        tuning.install()
        self._clock = clock
        self._heard_at = clock.monotonic()
        self.seat = seat
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
        self._pictures: SharedEncoder | None = None
        self._viewer: Viewer | None = None
        self._sender: RTCRtpSender | None = None
        self._microphone: SharedSound | None = None
        self._listener: Listener | None = None
        self._lines: Lines | None = None
        self._extras: dict[Role, RTCRtpTransceiver] = {}
        self._codecs: dict[str, str] = {}
        self._picture = tuning.Tap(tuning.VideoBuffer(), self._take_picture)
        self._voice = tuning.Tap(tuning.AudioBuffer(), self._take_voice)

    async def offer(
        self,
        microphone: SharedSound | None,
        pictures: SharedEncoder | None,
        extras: Extras,
        *,
        loopback: bool,
    ) -> Offer:
        """Return the complete offer, candidates included."""
        self._codecs = {"audio": OPUS, "video": MIME[extras.codec]}
        if microphone is not None:
            self._microphone, self._listener = microphone, microphone.join()
            self._send(self._listener, self._voice)
        if pictures is not None:
            self._pictures, self._viewer = pictures, pictures.join()
            sender = self._send(self._viewer, self._picture)
            self._sender = sender
            pictures.listen(self._viewer, lambda: self._estimate(extras))
            tuning.on_key_frame_request(sender, pictures.request_key_frame)
        self._lines = extras.connect(lambda: self._estimate(extras))
        for role, slot in self._lines.slots.items():
            self._extra(role, slot, extras)
        # After the tracks: the other way round aiortc 1.16 closes the transport that it just bundled everything on.
        self._channel = channel = self._pc.createDataChannel("vitals", ordered=False, maxRetransmits=0)
        channel.on("open", lambda: self._events.opened(self.seat))
        channel.on("message", self._message)
        with tuning.loopback_candidates(only=loopback):
            await self._pc.setLocalDescription(await self._pc.createOffer())
        roles = {transceiver.mid: role.value for role, transceiver in self._extras.items() if transceiver.mid}
        return Offer(self._pc.localDescription.sdp, roles)

    def _send(self, track: MediaStreamTrack, tap: tuning.Tap) -> RTCRtpSender:
        sender = self._pc.addTrack(track)
        transceiver = self._pc.getTransceivers()[-1]
        _prefer(transceiver, self._codecs[track.kind])
        tuning.tune_receiver(transceiver.receiver, tap)
        return sender

    def _extra(self, role: Role, slot: Slot, extras: Extras) -> None:
        transceiver = self._pc.addTransceiver(slot, direction="sendonly")
        _prefer(transceiver, self._codecs[slot.kind])
        self._extras[role] = transceiver
        if slot.kind == "video":
            tuning.on_key_frame_request(transceiver.sender, extras.request_key_frame)

    def _estimate(self, extras: Extras) -> int | None:
        """Return what each picture may take of what the other side says that the line carries: it says so of all together.

        One that is not heard says nothing any more; what it said last must not hold the others down.
        """
        quiet = self._clock.monotonic() - self._heard_at >= SILENCE
        whole = None if self._sender is None or quiet else tuning.estimate(self._sender)
        return None if whole is None else whole // extras.pictures

    async def take(self, signal: Signal) -> None:
        """Take an answer or a candidate.

        Raises:
            ValueError: it is malformed, or comes when none is due.
        """
        try:
            if signal.kind is SignalKind.ANSWER:
                answer = tuning.declined_lines_rest(signal.sdp, self._pc.localDescription.sdp)
                await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
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
        if self._pictures is not None and self._viewer is not None:
            self._pictures.leave(self._viewer)
        if self._microphone is not None and self._listener is not None:
            self._microphone.leave(self._listener)
        if self._lines is not None:
            self._lines.leave()
        await self._pc.close()

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        _log.info("connection %d of seat %s is %s", self.epoch, self.seat, state)
        if state in {"failed", "closed"} and not self._closing:
            self._events.failed(self.seat, self.epoch)

    def _hear(self) -> None:
        self._heard_at = self._clock.monotonic()
        self._events.heard(self.seat, self.epoch)

    def _message(self, message: object) -> None:
        self._hear()
        if isinstance(message, str) and len(message) <= MAX_SAID:
            self._events.said(self.seat, message)

    def _take_picture(self, data: bytes, timestamp: int) -> None:
        self._hear()
        self._events.picture(self.seat, data, timestamp)

    def _take_voice(self, data: bytes, timestamp: int) -> None:
        self._hear()
        self._events.voice(self.seat, data, timestamp)


def _prefer(transceiver: RTCRtpTransceiver, mime: str) -> None:
    capabilities = RTCRtpSender.getCapabilities(transceiver.kind).codecs
    wanted = {mime.lower(), f"{transceiver.kind}/rtx"}
    transceiver.setCodecPreferences([codec for codec in capabilities if codec.mimeType.lower() in wanted])
