"""One sound for all who listen, and the mute."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from edge.video import tuning
from edge.video.sound import BEHIND, Listener, SharedSound
from edge.video.sources import GeneratedMicrophone
from tests.edge.video.peers import CLOCK, until


async def heard(listener: Listener, packets: int) -> float:
    """Return the loudest sample of the last of some packets."""
    decoder, loudest = av.CodecContext.create("libopus", "r"), 0.0
    for _ in range(packets):
        for frame in decoder.decode(await asyncio.wait_for(listener.recv(), 10)):
            loudest = float(np.abs(frame.to_ndarray()).max())
    return loudest


@pytest.fixture
async def sound() -> SharedSound:
    return SharedSound(GeneratedMicrophone(CLOCK), tuning.speech_encoder())


async def test_everybody_hears_the_same_packets(sound: SharedSound) -> None:
    one, other = sound.join(), sound.join()
    sound.start()
    pairs = [await asyncio.gather(one.recv(), other.recv()) for _ in range(5)]
    sound.stop()
    assert all(bytes(mine) == bytes(theirs) and mine.pts == theirs.pts for mine, theirs in pairs)
    # A generated sound leaves out what is late, on a busy machine.
    steps = [later.pts - sooner.pts for (sooner, _), (later, _) in pairwise(pairs)]
    assert all(step > 0 and step % 960 == 0 for step in steps)


async def test_a_muted_sound_is_silence_until_it_is_lifted(sound: SharedSound) -> None:
    listener = sound.join()
    sound.start()
    assert await heard(listener, 10) > 1000
    sound.muted = True
    assert await heard(listener, 25) < 10
    assert await heard(sound.join(), 10) < 10
    sound.muted = False
    assert await heard(listener, 25) > 1000
    sound.stop()


async def test_one_who_has_left_is_let_go_and_the_others_go_on(sound: SharedSound) -> None:
    stays, leaves = sound.join(), sound.join()
    sound.start()
    await leaves.recv()
    sound.leave(leaves)
    with pytest.raises(MediaStreamError):
        await leaves.recv()
    assert await heard(stays, 5) > 0
    waiting = asyncio.create_task(sound.join().recv())
    await asyncio.sleep(0)
    sound.stop()
    assert (await asyncio.gather(waiting, return_exceptions=True))[0] is not None


async def test_one_who_does_not_keep_up_loses_the_oldest(sound: SharedSound) -> None:
    slow = sound.join()
    sound.start()
    first = await slow.recv()
    await until(lambda: slow.dropped >= 3)
    later = await slow.recv()
    sound.stop()
    assert later.pts is not None
    assert first.pts is not None
    assert later.pts - first.pts >= 4 * 960
    assert slow.dropped <= 3 * BEHIND
