"""The loudspeaker on an ALSA device."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devices.errors import ConfigError
from edge.video.speaker import MAX_WAITING, Speaker

SILENCE = b"\xf8\xff\xfe"
"An Opus packet of 20 ms of silence (RFC 6716 section 3.1: configuration 31, mono, one frame)."


@pytest.fixture
def null_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An ALSA configuration whose only device takes everything and plays nothing."""
    path = tmp_path / "asound.conf"
    path.write_text("pcm.nothing { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    return "nothing"


async def test_packets_are_decoded_and_played(null_device: str, caplog: pytest.LogCaptureFixture) -> None:
    speaker = Speaker(null_device)
    for _ in range(5):
        speaker.play(SILENCE)
        await asyncio.sleep(0.02)
    speaker.close()
    await asyncio.to_thread(speaker._thread.join, 10)
    assert not speaker._thread.is_alive()
    assert "failed" not in caplog.text


async def test_packets_that_come_too_fast_are_left_out(null_device: str) -> None:
    speaker = Speaker(null_device)
    speaker.close()
    await asyncio.to_thread(speaker._thread.join, 10)
    for _ in range(MAX_WAITING + 3):
        speaker.play(SILENCE)
    assert speaker.skipped == 3


async def test_a_packet_that_is_no_opus_is_left_out_and_counted(
    null_device: str, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = Speaker(null_device)
    speaker.play(b"\xff" * 3)
    speaker.play(SILENCE)
    await asyncio.sleep(0.1)
    speaker.close()
    await asyncio.to_thread(speaker._thread.join, 10)
    assert speaker.skipped == 1
    assert "failed" not in caplog.text


def test_a_device_that_is_not_there_is_named(null_device: str) -> None:
    with pytest.raises(ConfigError, match="no_such_device"):
        Speaker("no_such_device")
