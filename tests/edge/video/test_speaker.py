"""The loudspeaker on an ALSA device, and how several voices share it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from devices.errors import ConfigError
from edge.video import tuning
from edge.video.mixing import MAX_AHEAD, MAX_WAITING, Rounds
from edge.video.speaker import Speaker, Voice, mixed
from tests.edge.video.peers import until

SILENCE = b"\xf8\xff\xfe"
"An Opus packet of 20 ms of silence (RFC 6716 section 3.1: configuration 31, mono, one frame)."


@pytest.fixture
def null_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An ALSA configuration whose only device takes everything and plays nothing."""
    path = tmp_path / "asound.conf"
    path.write_text("pcm.nothing { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(path))
    return "nothing"


def spoken(hertz: float, packets: int) -> list[bytes]:
    """Return a tone in Opus."""
    encoder, made = tuning.sound_encoder(), list[bytes]()
    for block in range(packets):
        time = (block * 960 + np.arange(960)) / 48_000
        samples = (8_000 * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, block * 960
        made += encoder.encode(frame)[0]
    return made


def power(sound: NDArray[np.int16], hertz: float) -> float:
    """Return the level of a tone."""
    time = np.arange(len(sound)) / 48_000
    return float(np.abs((sound * np.exp(-2j * np.pi * hertz * time)).mean()))


async def over(speaker: Speaker) -> None:
    speaker.close()
    await asyncio.to_thread(speaker._thread.join, 10)
    assert not speaker._thread.is_alive()


async def test_packets_are_decoded_and_played(null_device: str, caplog: pytest.LogCaptureFixture) -> None:
    told: list[NDArray[np.int16]] = []
    speaker = Speaker(null_device, told.append)
    for _ in range(5):
        speaker.play("p1", SILENCE)
    await until(lambda: sum(map(len, told)) == 5 * 960)
    await over(speaker)
    assert "failed" not in caplog.text


async def test_two_voices_are_heard_at_once_and_told_as_one_reference(null_device: str) -> None:
    told: list[NDArray[np.int16]] = []
    speaker = Speaker(null_device, told.append)
    high, low = spoken(1_000, 30), spoken(400, 30)
    for number, (one, other) in enumerate(zip(high, low, strict=True)):
        speaker.play("p1", one)
        speaker.play("p2", other)
        await until(lambda count=number: len(told) > count)
    await over(speaker)
    sound = np.concatenate(told)
    assert len(sound) <= 33 * 960
    late = sound[10 * 960 :]
    assert min(power(late, 1_000), power(late, 400)) > 100 * power(late, 2_345)


async def test_a_packet_that_is_no_opus_is_left_out_and_counted(
    null_device: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[NDArray[np.int16]] = []
    speaker = Speaker(null_device, told.append)
    speaker.play("p1", b"\xff" * 3)
    speaker.play("p1", SILENCE)
    await until(lambda: told)
    await over(speaker)
    assert speaker.skipped == 1
    assert "failed" not in caplog.text


def test_a_device_that_is_not_there_is_named(null_device: str) -> None:
    with pytest.raises(ConfigError, match="no_such_device"):
        Speaker("no_such_device")


def test_a_voice_is_decoded_to_both_channels() -> None:
    assert len(Voice().decode(SILENCE)) == 2 * 960


def test_a_sum_is_clipped_and_as_long_as_the_longest() -> None:
    loud, short = np.full(4, 30_000, np.int16), np.full(2, 30_000, np.int16)
    assert mixed([loud, short]).tolist() == [32_767, 32_767, 30_000, 30_000]
    assert mixed([-loud, -loud]).tolist() == [-32_768] * 4
    assert len(mixed([])) == 0


def test_everybody_who_has_a_packet_gives_one_to_a_round() -> None:
    rounds = Rounds()
    for voice, packet in (("p1", b"a"), ("p2", b"x"), ("p1", b"b")):
        rounds.put(voice, packet)
    assert rounds.take() == {"p1": b"a", "p2": b"x"}
    assert rounds.take() == {"p1": b"b"}


def test_a_follower_waits_for_the_leader_and_leads_when_that_is_gone() -> None:
    rounds = Rounds()
    rounds.put("p1", b"a")
    rounds.put("p1", b"b")
    assert rounds.take() == {"p1": b"a"}
    rounds.put("p2", b"x")
    assert rounds.take() == {"p1": b"b", "p2": b"x"}
    rounds.put("p2", b"y")
    assert rounds.take() == {"p2": b"y"}


def test_whoever_runs_ahead_loses_the_oldest() -> None:
    rounds = Rounds()
    for number in range(MAX_WAITING + 3):
        rounds.put("p1", bytes([number]))
    assert rounds.skipped == 3
    assert rounds.take() == {"p1": b"\x03"}
    for number in range(MAX_AHEAD + 2):
        rounds.put("p2", bytes([number]))
    assert rounds.skipped == 5
    assert rounds.take() == {"p1": b"\x04", "p2": b"\x02"}


def test_one_who_has_left_is_not_played() -> None:
    rounds = Rounds()
    rounds.put("p1", b"a")
    rounds.put("p2", b"x")
    rounds.forget("p2")
    rounds.forget("p3")
    assert rounds.take() == {"p1": b"a"}


def test_closing_lets_go_of_who_waits() -> None:
    rounds = Rounds()
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(rounds.take()))
    thread.start()
    rounds.close()
    thread.join(10)
    assert got == [None]


@given(st.lists(st.sampled_from(["p1", "p2", "p3", "take"]), max_size=120))
def test_no_packet_is_played_twice_or_out_of_order(steps: list[str]) -> None:
    rounds, number, last = Rounds(), 0, dict[str, int]()
    waiting = 0
    for step in steps:
        if step != "take":
            number += 1
            before = rounds.skipped
            rounds.put(step, number.to_bytes(2, "big"))
            waiting += 1 - (rounds.skipped - before)
        elif waiting and rounds._voices.get(rounds._leader or "p1"):
            # Only rounds that wait for nobody: this test has one thread.
            got = rounds.take()
            assert got
            waiting -= len(got)
            for voice, packet in got.items():
                value = int.from_bytes(packet, "big")
                assert value > last.get(voice, 0)
                last[voice] = value
