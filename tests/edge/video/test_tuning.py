"""What `edge.video.tuning` touches in aiortc and aioice is still there, and does what is said of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version

import aiortc.rtcrtpreceiver
import pytest
from aioice import ice, stun
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, codecs
from aiortc.codecs import h264, opus, vpx
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket
from av import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SystemClock
from edge.video import tuning
from edge.video.sources import GeneratedCamera


def audio(number: int) -> RtpPacket:
    packet = RtpPacket(payload_type=96, sequence_number=number & 0xFFFF, timestamp=number * 960)
    setattr(packet, tuning.PACKET_DATA, number.to_bytes(4, "big"))
    return packet


def video(number: int, picture: int, *, marker: bool) -> RtpPacket:
    packet = RtpPacket(payload_type=97, sequence_number=number & 0xFFFF, timestamp=picture * 6000)
    packet.marker = int(marker)
    setattr(packet, tuning.PACKET_DATA, bytes([number & 0xFF]))
    return packet


def heard(numbers: list[int]) -> list[int]:
    buffer, out = tuning.AudioBuffer(), []
    for number in numbers:
        _, frame = buffer.add(audio(number))
        if frame is not None:
            out.append(int.from_bytes(frame.data, "big"))
    return out


# ---- contracts: these fail when a library changes what is touched ----


def test_these_are_the_versions_that_were_measured() -> None:
    assert version("aiortc").startswith("1.16.")
    assert version("aioice").startswith("0.13.")


def test_the_jitter_buffer_is_where_it_is_replaced() -> None:
    source = inspect.getsource(aiortc.rtcrtpreceiver.RTCRtpReceiver)
    assert "pli_flag, encoded_frame = self.__jitter_buffer.add(packet)" in source
    assert "if encoded_frame is not None and self.__decoder_thread:" in source
    assert "await self._send_rtcp_pli(packet.ssrc)" in source


def test_the_jitter_buffer_has_what_is_overridden() -> None:
    buffer = JitterBuffer(capacity=16, prefetch=4)
    assert {"_capacity", "_origin", "_packets", "_prefetch"} <= vars(buffer).keys()
    assert list(inspect.signature(JitterBuffer._remove_frame).parameters) == ["self", "sequence_number"]
    assert "return pli_flag, self._remove_frame(packet.sequence_number)" in inspect.getsource(
        JitterBuffer.add
    )


def test_the_payload_is_where_it_is_read() -> None:
    assert "packet._data = depayload(codec, packet.payload)" in inspect.getsource(aiortc.rtcrtpreceiver)


def test_names_are_looked_up_where_they_are_replaced() -> None:
    assert "stun.Transaction(" in inspect.getsource(ice.StunProtocol.request)
    assert "addresses = get_host_addresses(\n" in inspect.getsource(ice.Connection.gather_candidates)
    assert "return OpusEncoder()" in inspect.getsource(codecs.get_encoder)
    for module in (vpx, h264):
        source = inspect.getsource(module)
        assert "max(MIN_BITRATE, min(bitrate, MAX_BITRATE))" in source
        assert "self.__target_bitrate = DEFAULT_BITRATE" in source


def test_only_consent_checks_are_sent_without_repetition() -> None:
    assert "retransmissions=0" in inspect.getsource(ice.Connection.query_consent)
    assert inspect.getsource(ice).count("retransmissions=0") == 1


# ---- what it does ----


async def test_a_consent_check_waits_longer_and_others_do_not() -> None:
    tuning.install()
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    patient = stun.Transaction(request, ("127.0.0.1", 1), None, retransmissions=0)  # type: ignore[arg-type]  # not sent
    usual = stun.Transaction(request, ("127.0.0.1", 1), None)  # type: ignore[arg-type]  # not sent
    assert getattr(patient, tuning.REQUEST_TIMEOUT) == tuning.CONSENT_PATIENCE
    assert getattr(usual, tuning.REQUEST_TIMEOUT) == stun.RETRY_RTO == 0.5


@pytest.mark.parametrize("made", [vpx.Vp8Encoder, h264.H264Encoder])
def test_pictures_start_at_our_bit_rates(made: type[vpx.Vp8Encoder | h264.H264Encoder]) -> None:
    tuning.install()
    encoder = made()
    assert encoder.target_bitrate == tuning.VIDEO_START
    encoder.target_bitrate = 1
    assert encoder.target_bitrate == tuning.VIDEO_FLOOR
    encoder.target_bitrate = 10**9
    assert encoder.target_bitrate == tuning.VIDEO_CEILING


def test_speech_has_our_bit_rate() -> None:
    tuning.install()
    speech = codecs.OpusEncoder()
    assert isinstance(speech, opus.OpusEncoder)
    assert speech.codec.bit_rate == tuning.OPUS_BITRATE


@pytest.mark.parametrize("made", [tuning.speech_encoder, tuning.sound_encoder])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_a_microphone_is_one_channel_on_the_wire(made: Callable[[], opus.OpusEncoder], layout: str) -> None:
    encoder, packets = made(), list[bytes]()
    for number in range(3):
        frame = AudioFrame(format="s16", layout=layout, samples=opus.SAMPLES_PER_FRAME)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = opus.SAMPLE_RATE, number * opus.SAMPLES_PER_FRAME
        packets += encoder.encode(frame)[0]
    assert packets
    # RFC 6716 section 3.1: bit 2 of the first octet says that there are two.
    assert not any(packet[0] & 0b100 for packet in packets)


@pytest.mark.parametrize("asked", ["loopback", "network"])
async def test_loopback_candidates_are_offered_when_asked_for(asked: str) -> None:
    tuning.install()
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("x")
    with tuning.loopback_candidates(only=asked == "loopback"):
        await connection.setLocalDescription(await connection.createOffer())
    lines = [line for line in connection.localDescription.sdp.splitlines() if line.startswith("a=candidate")]
    await connection.close()
    on_loopback = [line for line in lines if " 127.0.0.1 " in line]
    assert (lines == on_loopback and len(lines) == 1) if asked == "loopback" else not on_loopback


def test_sound_without_loss_keeps_aiortcs_own_delay() -> None:
    assert heard(list(range(100))) == list(range(96))


def test_a_lost_packet_is_a_hole_and_no_stall() -> None:
    out = heard([n for n in range(100) if n != 60])
    assert out == [n for n in range(95) if n != 60] + [95]


def test_a_late_packet_is_put_in_order() -> None:
    numbers = list(range(100))
    numbers[50], numbers[51] = 51, 50
    assert heard(numbers) == list(range(96))


def test_a_long_outage_leaves_no_delay() -> None:
    out = heard([*range(100), *range(140, 200)])
    assert out[-1] == 195


@given(st.sets(st.integers(5, 150)), st.integers(0, 0xFFFF))
def test_sound_never_stalls_and_never_repeats(lost: set[int], first: int) -> None:
    sent = [first + n for n in range(200) if n not in lost]
    out = heard(sent)
    assert out == sorted(set(out))
    assert set(out) <= set(sent)
    assert out[-1] == sent[-1] - tuning.AUDIO_PREFETCH


def test_a_picture_is_complete_with_its_last_packet() -> None:
    buffer = tuning.VideoBuffer()
    assert buffer.add(video(0, 0, marker=False))[1] is None
    frame = buffer.add(video(1, 0, marker=True))[1]
    assert frame is not None
    assert (frame.data, frame.timestamp) == (b"\x00\x01", 0)


def test_a_picture_without_a_marker_is_complete_with_the_next() -> None:
    buffer = tuning.VideoBuffer()
    buffer.add(video(0, 0, marker=False))
    frame = buffer.add(video(1, 1, marker=False))[1]
    assert frame is not None
    assert frame.data == b"\x00"


def test_a_picture_with_a_hole_waits_for_what_is_missing() -> None:
    buffer = tuning.VideoBuffer()
    buffer.add(video(0, 0, marker=False))
    assert buffer.add(video(2, 0, marker=True))[1] is None
    frame = buffer.add(video(1, 0, marker=False))[1]
    assert frame is not None
    assert frame.data == b"\x00\x01\x02"


def test_a_tap_takes_frames_and_asks_for_whole_pictures() -> None:
    taken: list[tuple[bytes, int]] = []
    tap = tuning.Tap(tuning.VideoBuffer(), lambda data, timestamp: taken.append((data, timestamp)))
    assert tap.add(video(0, 0, marker=True)) == (False, None)
    tap.request_key_frame()
    assert tap.add(video(1, 1, marker=True)) == (True, None)
    assert tap.add(video(2, 2, marker=True)) == (False, None)
    assert taken == [(b"\x00", 0), (b"\x01", 6000), (b"\x02", 12000)]
    assert tap.frames == 3


def test_a_sender_of_packets_is_asked_where_we_listen() -> None:
    source = inspect.getsource(RTCRtpSender)
    assert "self._send_keyframe()" in source
    assert "self.__encoder.target_bitrate = bitrate" in source
    assert "payloads, timestamp = self.__encoder.pack(data)" in source


async def test_what_a_line_carries_is_unknown_before_anything_was_sent() -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sender = peer.addTrack(GeneratedCamera(SystemClock(), (160, 120), 15))
    asked: list[bool] = []
    tuning.on_key_frame_request(sender, lambda: asked.append(True))
    getattr(sender, tuning.SENDER_WHOLE)()
    assert (tuning.estimate(sender), asked) == (None, [True])
    setattr(sender, tuning.SENDER_ENCODER, vpx.Vp8Encoder())
    getattr(sender, tuning.SENDER_ENCODER).target_bitrate = 300_000
    assert tuning.estimate(sender) == 300_000
    await peer.close()


OFFER = "v=0\r\nm=audio 9 X 96\r\na=mid:0\r\na=ice-ufrag:us\r\nm=video 9 X 99\r\na=mid:1\r\na=rtpmap:99 H264/90000\r\na=setup:actpass\r\na=sendrecv\r\n"


def test_a_line_that_is_declined_is_taken_and_silent() -> None:
    answer = "v=0\r\nm=audio 5 X 96\r\na=mid:0\r\na=ice-ufrag:them\r\na=setup:active\r\nm=video 0 X 120\r\na=mid:1\r\na=inactive\r\n"
    rest = tuning.declined_lines_rest(answer, OFFER)
    assert rest == answer[: answer.index("m=video")] + (
        "m=video 9 X 99\r\na=mid:1\r\na=rtpmap:99 H264/90000\r\na=ice-ufrag:them\r\na=setup:active\r\na=inactive\r\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "v=0\r\nm=audio 5 X 96\r\nm=video 9 X 99\r\n",
        "v=0\r\nm=audio 0 X 96\r\nm=video 0 X 99\r\n",
        "v=0\r\nm=audio 0 X 96\r\n",
        "v=0\r\nm=\r\nm=x\r\nm=audio 0\r\n",
    ],
    ids=["none", "takes all", "takes nothing", "another number of lines", "garbage"],
)
def test_an_answer_that_declines_nothing_or_all_stays_as_it_is(answer: str) -> None:
    assert tuning.declined_lines_rest(answer, OFFER) == answer


@given(st.text(alphabet="m=audio 09\r\nX:"), st.text(alphabet="m=audio 09\r\nX:"))
def test_any_answer_gives_an_answer(answer: str, offer: str) -> None:
    assert isinstance(tuning.declined_lines_rest(answer, offer), str)
