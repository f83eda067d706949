"""Loudspeaker and microphone by the names of PipeWire's nodes: a PipeWire of its own, whose only device hears itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from devices.clock import SystemClock
from devices.errors import ConfigError
from edge.config import CallConfig
from edge.media.names import sound_device
from edge.video.sources import AUDIO_BLOCK, SAMPLE_RATE, Devices
from edge.video.speaker import Speaker
from tests.edge.video.peers import until

CONFIG = """
context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink  node.name = haut-parleur  media.class = Audio/Sink
  object.linger = true  audio.position = [ FL FR ]
} } ]
"""
TONE = 1000


@pytest.fixture(scope="module")
def pipewire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PipeWire and its session manager on sockets of their own."""
    folder = tmp_path_factory.mktemp("pipewire")
    place = folder / ".config/pipewire/pipewire.conf.d/test.conf"
    place.parent.mkdir(parents=True)
    place.write_text(CONFIG)
    theirs = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config")}
    log = (folder / "log").open("wb")
    server = subprocess.Popen(["pipewire"], env={**os.environ, **theirs}, stdout=log, stderr=log)
    session = ["dbus-run-session", "--", "wireplumber"]
    # A group of its own: `dbus-run-session` leaves its bus behind when it is ended.
    manager = subprocess.Popen(
        session, env={**os.environ, **theirs}, stdout=log, stderr=log, start_new_session=True
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in theirs.items():
            patch.setenv(name, value)
        try:
            _wait_for_manager(server)
            yield
        finally:
            os.killpg(manager.pid, signal.SIGTERM)
            server.terminate()
            manager.wait(10)
            server.wait(10)
            log.close()


def _wait_for_manager(server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert server.poll() is None
        said = subprocess.run(["pw-dump"], check=False, capture_output=True, text=True, timeout=10).stdout
        if "haut-parleur" in said and "WirePlumber" in said:
            return
        assert time.monotonic() < deadline, said[-2000:]
        time.sleep(0.1)


def tone() -> Iterator[bytes]:
    """Yield Opus packets of a tone."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SAMPLE_RATE, "mono", "s16"
    encoder.open()
    for number in range(10_000):
        times = (number * AUDIO_BLOCK + np.arange(AUDIO_BLOCK)) / SAMPLE_RATE
        samples = (8000 * np.sin(2 * np.pi * TONE * times)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = SAMPLE_RATE, number * AUDIO_BLOCK
        for packet in encoder.encode(frame):
            yield bytes(packet)


@pytest.fixture
async def playing(pipewire: None) -> AsyncIterator[None]:
    """A tone on the loudspeaker."""
    speaker = Speaker(sound_device("pipewire:haut-parleur"))

    async def play() -> None:
        for packet in tone():
            speaker.play("p1", packet)
            await asyncio.sleep(0.018)

    task = asyncio.create_task(play())
    yield
    assert not task.done(), "it went on to the end"
    task.cancel()
    speaker.close()
    await until(lambda: not speaker._thread.is_alive())


@pytest.mark.usefixtures("playing")
async def test_a_microphone_of_that_name_hears_a_loudspeaker_of_that_name() -> None:
    devices = Devices(CallConfig(size=(160, 120), microphone="pipewire:haut-parleur"), SystemClock())
    devices.open()
    assert devices.microphone is not None
    peak = 0.0
    async with asyncio.timeout(20):
        while abs(peak - TONE) > 5:
            blocks = [await devices.microphone.recv() for _ in range(20)]
            heard = np.concatenate([block.to_ndarray()[0, ::2] for block in blocks])  # type: ignore[union-attr]  # sound
            spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
            peak = int(np.argmax(spectrum)) * SAMPLE_RATE / len(heard) if np.abs(heard).max() > 500 else 0.0
    devices.close()
    assert not devices.microphone_open


@pytest.mark.usefixtures("pipewire")
def test_a_node_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(ConfigError, match="'pipewire:casque' is no node of PipeWire; it has haut-parleur"):
        sound_device("pipewire:casque")


def test_where_no_pipewire_runs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(ConfigError, match="does not say what nodes it has"):
        sound_device("pipewire:haut-parleur")
