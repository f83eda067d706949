"""The microphone without the loudspeaker, in rooms made of arithmetic; AEC3 itself is real."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from hypothesis import given
from hypothesis import strategies as st

from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.video.echo import BLOCK, MOST, EchoFree, Reference
from edge.video.service import CallService
from edge.video.sources import AUDIO_BLOCK
from tests.edge.video.peers import CLOCK, Browser, Room, until
from tests.edge.video.rooms import RATE, Sound, decibels, echo, sixteen, speech


class Bedside(MediaStreamTrack):
    """A microphone that hears a recorded room, while the loudspeaker's part is put into a reference."""

    kind = "audio"

    def __init__(self, played: Sound, heard: Sound, reference: Reference, *, stereo: bool = False) -> None:
        super().__init__()
        self._played, self._mic = sixteen(played), sixteen(heard)
        self._reference = reference
        self._at = 0
        self._layout = "stereo" if stereo else "mono"

    async def recv(self) -> av.AudioFrame:
        start, self._at = self._at, self._at + 960
        if self.readyState != "live" or self._at > len(self._mic):
            raise MediaStreamError
        self._reference.put(self._played[start : self._at])
        part = self._mic[start : self._at]
        both = np.repeat(part, 2) if self._layout == "stereo" else part
        frame = av.AudioFrame.from_ndarray(both[None, :], format="s16", layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), start
        return frame


async def cleaned(played: Sound, heard: Sound, *, stereo: bool = False) -> np.ndarray:
    reference = Reference()
    track = EchoFree(Bedside(played, heard, reference, stereo=stereo), reference)
    out = []
    try:
        while True:
            frame = await track.recv()
            assert (frame.samples, frame.sample_rate, frame.layout.name) == (AUDIO_BLOCK, RATE, "mono")
            out.append(frame.to_ndarray()[0])
    except MediaStreamError:
        return np.concatenate(out)


@pytest.mark.parametrize(
    ("delay", "drift"), [(0.06, 0.0), (0.18, 0.0), (0.06, 50e-6)], ids=["60 ms", "180 ms", "two clocks"]
)
async def test_the_physician_does_not_hear_themselves(delay: float, drift: float) -> None:
    played = speech(20, 1)
    heard = echo(played, 2, delay=delay, drift=drift)
    out = await cleaned(played, heard)
    late = slice(12 * RATE, 19 * RATE)
    loss = decibels(sixteen(heard)[late]) - decibels(out[late])
    print(f"echo return loss {loss:.1f} dB at {delay * 1000:.0f} ms and {drift * 1e6:.0f} ppm")
    assert loss > 30


async def test_who_lies_in_the_bed_is_heard_all_the_same() -> None:
    played, said = speech(12, 3), np.zeros(12 * RATE)
    said[8 * RATE :] = speech(4, 4)
    heard = echo(played, 5) + said
    out = await cleaned(played, heard, stereo=True)
    voice, kept = said[8 * RATE : 11 * RATE], out[8 * RATE : 11 * RATE].astype(float)
    # The canceller holds the sound back for some milliseconds.
    alike = max(
        abs(np.corrcoef(kept[lag : lag + 2 * RATE], voice[: 2 * RATE])[0, 1]) for lag in range(0, 1_000, 12)
    )
    assert alike > 0.5


async def test_a_room_where_nobody_calls_sounds_as_it_is() -> None:
    said = speech(4, 6)
    out = await cleaned(np.zeros(4 * RATE), said)
    assert abs(decibels(out[RATE:]) - decibels(sixteen(said)[RATE : len(out)])) < 1.5


async def test_it_ends_the_microphone() -> None:
    reference = Reference()
    microphone = Bedside(np.zeros(RATE), np.zeros(RATE), reference)
    track = EchoFree(microphone, reference)
    await track.recv()
    track.stop()
    assert microphone.readyState == "ended"
    with pytest.raises(MediaStreamError):
        await track.recv()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3_000)), max_size=30))
def test_the_reference_keeps_order_and_the_newest(steps: list[tuple[bool, int]]) -> None:
    reference, put, last = Reference(), 0, 0
    for adds, count in steps:
        if adds:
            put += count
            reference.put(np.arange(put - count + 1, put + 1).astype(np.int16))
            continue
        got = [int(one) & 0xFFFF for one in reference.take(count)]
        known = [one for one in got if one]
        assert known == sorted(known)
        assert got[: len(known)] == known
        assert not known or known[0] > last
        last = known[-1] if known else last
    left = [one for one in reference.take(MOST + BLOCK) if one]
    assert len(left) <= MOST
    assert put == 0 or last == put or (int(left[-1]) & 0xFFFF) == put


async def test_a_call_s_microphone_is_without_its_loudspeaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    """Two ALSA devices that are there and silent: what goes out comes through the canceller, and closes with the call."""
    path = tmp_path / "asound.conf"
    path.write_text("pcm.nothing { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    config = CallConfig(
        size=(320, 240), microphone="alsa:nothing", loudspeaker="alsa:nothing", ice_loopback=True
    )
    said: list[Signal] = []
    room = Room(CallService(config, said.append, CLOCK, LatestReadings()), LatestReadings(), Counters(), said)
    await room.service.start()
    await room.ring_and_accept()
    await room.connect(browser)
    assert isinstance(room.service._talk.devices.microphone, EchoFree)
    await until(lambda: len(browser.blocks) > 10)
    assert room.service.view().microphone
    room.tell(SignalKind.BYE)
    assert not room.service.view().microphone
    await room.service.stop()
