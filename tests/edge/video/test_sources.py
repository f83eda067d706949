"""Camera and microphone: what each setting opens, and that what is open is told from the device."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from devices.clock import SystemClock
from devices.errors import ConfigError
from edge.config import CallConfig
from edge.media.names import find_alsa
from edge.video.picture import read_stamp
from edge.video.sources import AUDIO_BLOCK, SAMPLE_RATE, TONE, Devices

CLOCK = SystemClock()


def small(camera: str = "generated", microphone: str = "generated") -> CallConfig:
    return CallConfig(camera=camera, microphone=microphone, size=(160, 120), fps=30)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A film of ten pictures."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 20 * number, np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


async def test_a_generated_camera_carries_the_time() -> None:
    devices = Devices(small(), CLOCK)
    devices.open()
    assert devices.camera is not None
    frames = [await devices.camera.recv() for _ in range(3)]
    now = CLOCK.utc() // 1000
    stamps = [read_stamp(frame.to_ndarray()[:120]) for frame in frames]  # type: ignore[union-attr]  # pictures
    assert stamps == sorted(stamps)
    assert all(0 <= (now & 0xFFFFFFFF) - one < 5000 for one in stamps)
    times = [frame.pts for frame in frames]
    assert times == sorted(set(times))
    assert all(time is not None and time % 3000 == 0 for time in times)
    devices.close()


async def test_a_camera_that_was_late_leaves_pictures_out() -> None:
    devices = Devices(small(), CLOCK)
    devices.open()
    assert devices.camera is not None
    await devices.camera.recv()
    devices.camera._started -= 2_000_000  # type: ignore[attr-defined]  # two seconds were lost
    frame = await devices.camera.recv()
    assert frame.pts is not None
    assert frame.pts >= 58 * 3000
    devices.close()


async def test_a_generated_microphone_sounds_an_a() -> None:
    devices = Devices(small(), CLOCK)
    devices.open()
    assert devices.microphone is not None
    blocks = [await devices.microphone.recv() for _ in range(10)]
    samples = np.concatenate([block.to_ndarray().ravel() for block in blocks])  # type: ignore[union-attr]  # sound
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(int(np.argmax(spectrum)) * SAMPLE_RATE / len(samples) - TONE) < 5
    times = [block.pts for block in blocks]
    # A machine under load leaves some out, as a sound card would.
    assert times == sorted(set(times))
    assert all(time is not None and time % AUDIO_BLOCK == 0 for time in times)
    assert blocks[0].time_base == Fraction(1, SAMPLE_RATE)
    devices.close()


async def test_silence_is_silent() -> None:
    devices = Devices(small(microphone="silence"), CLOCK)
    devices.open()
    assert devices.microphone is not None
    assert not (await devices.microphone.recv()).to_ndarray().any()  # type: ignore[union-attr]  # sound
    devices.close()


async def test_a_film_is_a_camera(film: Path) -> None:
    devices = Devices(small(camera=f"file:{film}"), CLOCK)
    devices.open()
    assert devices.camera is not None
    frame = await devices.camera.recv()
    assert (frame.width, frame.height) == (160, 120)  # type: ignore[union-attr]  # a picture
    devices.close()
    assert not devices.camera_open


async def test_what_is_open_is_read_from_the_devices() -> None:
    devices = Devices(small(), CLOCK)
    assert not devices.camera_open
    devices.open()
    assert (devices.camera_open, devices.microphone_open) == (True, True)
    assert devices.camera is not None
    devices.camera.stop()
    assert (devices.camera_open, devices.microphone_open) == (False, True)
    devices.close()
    assert (devices.camera_open, devices.microphone_open) == (False, False)
    with pytest.raises(MediaStreamError):
        await devices.camera.recv()


@pytest.mark.parametrize(
    ("camera", "microphone", "named"),
    [
        ("v4l2:/dev/video-none", "silence", "video-none"),
        ("file:/nowhere/film.mkv", "silence", "film.mkv"),
        ("webcam", "silence", "'webcam'"),
        ("generated", "radio", "'radio'"),
        ("generated", "alsa:no_such_device", "cannot be opened"),
    ],
)
async def test_a_device_that_does_not_open_is_named_and_leaves_nothing_open(
    camera: str, microphone: str, named: str
) -> None:
    devices = Devices(small(camera, microphone), CLOCK)
    with pytest.raises(ConfigError, match=named):
        devices.open()
    assert (devices.camera_open, devices.microphone_open) == (False, False)


async def test_a_file_without_pictures_is_no_camera(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(ConfigError, match="no stream"):
        Devices(small(camera=f"file:{path}"), CLOCK).open()


def test_alsa_is_found_only_where_nobody_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/mine")
    find_alsa()
    assert os.environ["ALSA_CONFIG_PATH"] == "/mine"
