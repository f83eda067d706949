"""The one module that changes how aiortc 1.16 and aioice 0.13 behave, and why.

| what | as shipped | here |
|---|---|---|
| sound, one packet lost | stalls 300 ms and stays 280 ms late for the rest of the call | the hole is skipped, the delay stays |
| picture, last packet received | waits for the next picture: one interval, 67 ms at 15/s | complete on the RTP marker bit |
| picture, display | decoded by the agent | handed over as it came, the screen decodes |
| video bit rate | 250 kbit/s at least (H.264: 500) | 60 kbit/s, so that a weak line keeps a picture |
| sound bit rate | 96 kbit/s in two channels | 32 kbit/s in one, with error correction |
| consent checks of ICE | one try, 0.5 s: slower lines are cut after 30 s | one try, 3 s |
| pictures encoded elsewhere | nobody is asked for a whole one, nobody learns what the line carries | both are handed on |
| an answer that declines a line | refused as a whole | the line stays silent, the others connect |
| local addresses | never 127.0.0.1 | 127.0.0.1 alone, when asked for |

The figures were measured between aiortc 1.16.0 and Chromium. Everything that is touched is private to those libraries,
so `tests/edge/video/test_tuning.py` fails as soon as one of them changes it.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from aioice import ice, stun
from aiortc import RTCRtpReceiver, RTCRtpSender, codecs
from aiortc.codecs import h264, opus, vpx
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from av import AudioResampler

VIDEO_FLOOR: Final = 60_000
"Bits per second that the picture may fall to; with Opus it fits in 200 kbit/s."
VIDEO_START: Final = 600_000
"Bits per second until the other side has said what the line carries."
VIDEO_CEILING: Final = 1_500_000
"Bits per second at most: 640x480 at 15/s gains nothing beyond."
OPUS_BITRATE: Final = 32_000
"Bits per second; speech is transparent from about 24 kbit/s (memory)."
SOUND_BITRATE: Final = 64_000
"Bits per second of a stethoscope."
CONSENT_PATIENCE: Final = 3.0
"Seconds that one consent check waits; a satellite link answers in about 0.7 s (memory)."
AUDIO_PREFETCH: Final = 4
"Packets (of 20 ms) held to put late ones in order: aiortc's own figure."
LOOPBACK: Final = "127.0.0.1"

RECEIVER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"
"Where a receiver keeps its jitter buffer."
PACKET_DATA: Final = "_data"
"Where a receiver leaves the payload without its codec's header."
SENDER_ENCODER: Final = "_RTCRtpSender__encoder"
"Where a sender keeps what packs its packets; it holds the bit rate that the other side asks for (REMB)."
SENDER_WHOLE: Final = "_send_keyframe"
"What a sender calls when the other side lost a picture (PLI, FIR)."
REQUEST_TIMEOUT: Final = "_Transaction__timeout_delay"
"Where a STUN request keeps how long it waits, in seconds."

_HALF: Final = 0x8000
"Half of the RTP sequence numbers: beyond it a number is older, not newer."

_loopback: contextvars.ContextVar[bool] = contextvars.ContextVar("loopback", default=False)


def _ahead(newer: int, older: int) -> int:
    """Return by how many packets `newer` is ahead of `older`; `_HALF` or more is behind."""
    return (newer - older) & 0xFFFF


class AudioBuffer(JitterBuffer):
    """One packet is one frame; a hole is skipped once enough newer packets are there."""

    def __init__(self) -> None:
        super().__init__(capacity=16, prefetch=AUDIO_PREFETCH)
        self._newest: int | None = None

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        if self._newest is None or 0 < _ahead(sequence_number, self._newest) < _HALF:
            self._newest = sequence_number
        if self._origin is None or not self._prefetch <= _ahead(self._newest, self._origin) < _HALF:
            return None
        while (packet := self._packets[self._origin % self._capacity]) is None:
            # Ends at the latest at `_newest`, which is held.
            self._origin = (self._origin + 1) & 0xFFFF
        self.remove(1)
        return JitterFrame(data=_payload(packet), timestamp=packet.timestamp)


class VideoBuffer(JitterBuffer):
    """A picture is complete with the packet that carries the marker bit (RFC 7741 section 4.1)."""

    def __init__(self) -> None:
        super().__init__(capacity=512, is_video=True)

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        packets: list[RtpPacket] = []
        for offset in range(self._capacity):
            packet = self._packets[((self._origin or 0) + offset) % self._capacity]
            if packet is None:
                return None
            if packets and packet.timestamp != packets[0].timestamp:
                return self._take(packets)
            packets.append(packet)
            if packet.marker:
                return self._take(packets)
        return None

    def _take(self, packets: list[RtpPacket]) -> JitterFrame:
        self.remove(len(packets))
        return JitterFrame(data=b"".join(map(_payload, packets)), timestamp=packets[0].timestamp)


class Tap:
    """Takes every encoded frame out of a receiver before anything decodes it.

    Stands where the receiver keeps its jitter buffer, and needs nothing else of it: the frame goes to `sink` with its
    RTP timestamp, and a key frame is asked for by answering "picture lost" to the receiver's own question.
    """

    def __init__(self, buffer: JitterBuffer, sink: Callable[[bytes, int], None]) -> None:
        self._buffer = buffer
        self._sink = sink
        self._wanted = False
        self.frames = 0

    def request_key_frame(self) -> None:
        """Ask the other side for a whole picture, with the next packet that arrives."""
        self._wanted = True

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take one packet; answer whether the picture is lost, and never a frame to decode."""
        lost, frame = self._buffer.add(packet)
        if frame is not None:
            self.frames += 1
            self._sink(frame.data, frame.timestamp)
        lost, self._wanted = lost or self._wanted, False
        return lost, None


def _payload(packet: RtpPacket) -> bytes:
    return bytes(getattr(packet, PACKET_DATA))


_TRANSPORT: Final = ("a=ice-ufrag:", "a=ice-pwd:", "a=ice-options:", "a=fingerprint:", "a=setup:")
_DIRECTIONS: Final = ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive")
_OURS: Final = (
    "a=candidate:",
    "a=end-of-candidates",
    "a=ssrc",
    "a=msid",
    "a=rtcp:",
    *_TRANSPORT,
    *_DIRECTIONS,
)


def declined_lines_rest(answer: str, offer: str) -> str:
    """Return an answer in which lines that it declines (port 0, RFC 3264 section 6) are taken and silent.

    A browser without the codec of our pictures declines their line, with no word on the transport; aiortc refuses such an
    answer altogether, and with it the sound.

    Args:
        answer: what the page said.
        offer: what it answers.
    """
    head, *lines = answer.replace("\r\n", "\n").split("\nm=")
    _, *offered = offer.replace("\r\n", "\n").split("\nm=")
    declined = [line.split(" ", 2)[1:2] == ["0"] for line in lines]
    if all(declined) or not any(declined) or len(lines) != len(offered):
        return answer
    taken = lines[declined.index(False)]
    transport = [row for row in taken.splitlines() if row.startswith(_TRANSPORT)]
    for place, ours in enumerate(offered):
        if declined[place]:
            kept = [row for row in ours.splitlines() if not row.startswith(_OURS)]
            lines[place] = "\n".join([*kept, *transport, "a=inactive"])
    return "\nm=".join([head, *(line.rstrip("\n") for line in lines)]).replace("\n", "\r\n") + "\r\n"


def tune_receiver(receiver: RTCRtpReceiver, buffer: JitterBuffer | Tap) -> None:
    """Replace a receiver's jitter buffer; to be done before the answer arrives."""
    setattr(receiver, RECEIVER_BUFFER, buffer)


def on_key_frame_request(sender: RTCRtpSender, wanted: Callable[[], None]) -> None:
    """Call `wanted` when the other side asks for a whole picture: a sender of packets cannot make one itself."""
    setattr(sender, SENDER_WHOLE, wanted)


def estimate(sender: RTCRtpSender) -> int | None:
    """Return what the other side says that its line carries, bits per second; `None` before anything was sent."""
    rate = getattr(getattr(sender, SENDER_ENCODER), "target_bitrate", None)
    return None if rate is None else int(rate)


class _PatientTransaction(stun.Transaction):
    """A STUN request that is not repeated (only consent checks are) waits `CONSENT_PATIENCE`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kwargs.get("retransmissions") == 0:
            setattr(self, REQUEST_TIMEOUT, CONSENT_PATIENCE)


class _MonoOpusEncoder(opus.OpusEncoder):
    """Opus of one channel, since a microphone is one: two alike take a seventh more time, and share the bits.

    Any receiver takes it as it comes (RFC 7587 section 6.1: `sprop-stereo`, whose default is mono).
    """

    def __init__(self, bitrate: int, options: dict[str, str]) -> None:
        super().__init__()
        self.codec.layout = "mono"
        self.codec.bit_rate = bitrate
        self.codec.options = options
        self.resampler = AudioResampler(
            format="s16", layout="mono", rate=opus.SAMPLE_RATE, frame_size=opus.SAMPLES_PER_FRAME
        )


class _LeanOpusEncoder(_MonoOpusEncoder):
    """Opus for speech over a weak line: in-band error correction for one packet in ten lost."""

    def __init__(self) -> None:
        super().__init__(OPUS_BITRATE, {"application": "voip", "fec": "1", "packet_loss": "10"})


class _SoundEncoder(_MonoOpusEncoder):
    """Opus for what must arrive as it is: the whole spectrum, and no model of a voice."""

    def __init__(self) -> None:
        super().__init__(SOUND_BITRATE, {"application": "audio"})


def speech_encoder() -> opus.OpusEncoder:
    """Return what makes Opus of a voice."""
    return _LeanOpusEncoder()


def sound_encoder() -> opus.OpusEncoder:
    """Return what makes Opus of heart and lung sounds."""
    return _SoundEncoder()


_host_addresses = ice.get_host_addresses


def _get_host_addresses(*, use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return [LOOPBACK] if _loopback.get() else _host_addresses(use_ipv4=use_ipv4, use_ipv6=use_ipv6)


@contextmanager
def loopback_candidates(*, only: bool) -> Iterator[None]:
    """Gather 127.0.0.1 and nothing else within this block, or what aioice gathers by itself.

    A browser on this machine then reaches the room without any network, and what they say never leaves the machine.
    """
    token = _loopback.set(only)
    try:
        yield
    finally:
        _loopback.reset(token)


_REPLACED: Final = (
    (stun, "Transaction", _PatientTransaction),
    (ice, "get_host_addresses", _get_host_addresses),
    (codecs, "OpusEncoder", _LeanOpusEncoder),
)


def install() -> None:
    """Change aiortc and aioice for this process; may be called again."""
    rates = {"MIN_BITRATE": VIDEO_FLOOR, "DEFAULT_BITRATE": VIDEO_START, "MAX_BITRATE": VIDEO_CEILING}
    for codec in (vpx, h264):
        for name, rate in rates.items():
            setattr(codec, name, rate)
    # The libraries look these names up when they need them, so a new value is what they find.
    for module, name, ours in _REPLACED:
        setattr(module, name, ours)
