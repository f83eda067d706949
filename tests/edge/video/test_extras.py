"""A hand camera and a stethoscope join and leave within a call, over real connections."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet

from devices.clock import SECOND, ManualClock
from devices.errors import ConfigError
from devices.wire.messages import SignalKind
from edge.config import CallConfig
from edge.video.extras import Extras, Role, Slot
from edge.video.sources import HEART_TONE, GeneratedHeart, open_camera, open_stethoscope
from tests.edge.video.peers import CLOCK, Browser, Room, until


@pytest.fixture
def call_config() -> CallConfig:
    return CallConfig(size=(320, 240), hand_camera="generated", stethoscope="generated", ice_loopback=True)


def want(browser: Browser, role: str, *, on: bool) -> None:
    assert browser.channel is not None
    browser.channel.send(json.dumps({"type": "want", "role": role, "on": on}))


def told(browser: Browser) -> dict[str, object]:
    return [text for text in browser.texts if text["type"] == "extras"][-1]


async def talking(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    await room.connect(browser)
    await until(lambda: any(text["type"] == "extras" for text in browser.texts))


def of_line(browser: Browser, roles: dict[str, str], role: Role) -> MediaStreamTrack:
    assert browser.peer is not None
    mid = next(mid for mid, one in roles.items() if one == role)
    return next(each.receiver.track for each in browser.peer.getTransceivers() if each.mid == mid)


async def test_lines_of_second_devices_are_named_beside_the_offer(room: Room, browser: Browser) -> None:
    await talking(room, browser)
    offer = await room.hear(SignalKind.OFFER)
    assert sorted(offer.roles.values()) == ["hand", "stethoscope"]
    assert all(f"a=mid:{mid}\r\n" in offer.sdp for mid in offer.roles)
    assert told(browser) == {
        "type": "extras",
        "available": ["hand", "stethoscope"],
        "active": [],
        "failed": "",
    }
    assert room.service.view().extras == ()


async def test_a_hand_camera_joins_and_leaves_and_joins_again(room: Room, browser: Browser) -> None:
    await talking(room, browser)
    roles = (await room.hear(SignalKind.OFFER)).roles
    await until(lambda: len(browser.frames) > 3)
    kept = browser.frames_of(of_line(browser, roles, Role.HAND))
    assert kept == []
    for _ in range(2):
        want(browser, "hand", on=True)
        await until(lambda: room.service.view().extras == ("hand",))
        before = len(kept)
        await until(lambda n=before: len(kept) > n + 3)
        want(browser, "hand", on=False)
        await until(lambda: room.service.view().extras == ())
        assert told(browser)["active"] in ([], ["hand"])
    await until(lambda: told(browser)["active"] == [])
    before = len(browser.frames)
    await until(lambda: len(browser.frames) > before + 3)
    assert room.kinds().count(SignalKind.OFFER) == 1


async def test_a_stethoscope_is_heard_as_it_is(room: Room, browser: Browser) -> None:
    await talking(room, browser)
    roles = (await room.hear(SignalKind.OFFER)).roles
    kept = browser.frames_of(of_line(browser, roles, Role.STETHOSCOPE))
    want(browser, "stethoscope", on=True)
    await until(lambda: len(kept) > 120)
    sound = np.concatenate([frame.to_ndarray()[0].reshape(-1, 2)[:, 0] for frame in kept[20:]])
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    loudest = np.fft.rfftfreq(len(sound), 1 / 48_000)[spectrum.argmax()]
    assert abs(loudest - HEART_TONE) < 5


async def test_a_new_connection_has_what_was_open(room: Room, browser: Browser) -> None:
    await talking(room, browser)
    want(browser, "hand", on=True)
    await until(lambda: room.service.view().extras == ("hand",))
    await browser.close()
    browser.texts.clear()
    await room.connect(browser, epoch=2)
    roles = (await room.hear(SignalKind.OFFER, 2)).roles
    kept = browser.frames_of(of_line(browser, roles, Role.HAND))
    await until(lambda: len(kept) > 3)
    assert room.service.view().extras == ("hand",)


async def test_everything_closes_with_the_call(room: Room, browser: Browser) -> None:
    await talking(room, browser)
    want(browser, "hand", on=True)
    want(browser, "stethoscope", on=True)
    await until(lambda: room.service.view().extras == ("hand", "stethoscope"))
    room.tell(SignalKind.BYE)
    assert room.service.view().extras == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"type":"want"}',
        '{"type":"want","role":"otter","on":true}',
        '{"type":"want","role":"hand","on":1}',
        '{"type":"want","role":["hand"],"on":true}',
        "[" * 1000,
        json.dumps({"type": "want", "role": "hand", "on": True, "why": "x" * 2000}),
    ],
)
async def test_what_is_no_wish_opens_nothing(room: Room, browser: Browser, text: str) -> None:
    await talking(room, browser)
    assert browser.channel is not None
    browser.channel.send(text)
    want(browser, "stethoscope", on=True)
    await until(lambda: room.service.view().extras == ("stethoscope",))


async def test_a_wish_before_the_room_agreed_opens_nothing(room: Room) -> None:
    room.tell(SignalKind.RING)
    room.service.shown("call-1")
    room.service.said("p1", '{"type":"want","role":"hand","on":true}')
    assert room.service.view().extras == ()


async def test_a_device_that_is_not_there_is_told_and_the_call_goes_on() -> None:
    changes: list[bool] = []
    config = CallConfig(hand_camera="v4l2:/dev/video99", stethoscope="file:/nowhere.wav")
    extras = Extras(config, CLOCK, lambda: changes.append(True))
    for role in Role:
        extras.switch(role, on=True)
        assert (extras.failed, extras.active) == (role, ())
    assert len(changes) == 2
    extras.close()


def test_wrong_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="'sofa' is not generated"):
        open_stethoscope("sofa", CLOCK)
    with pytest.raises(ConfigError, match="'sofa' is not generated"):
        open_camera("sofa", (320, 240), 15, CLOCK)


class Packets(MediaStreamTrack):
    """Yields packets whose times begin at zero."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._next = 0

    async def recv(self) -> Packet:
        await asyncio.sleep(0)
        if self.readyState != "live":
            raise MediaStreamError
        packet = Packet(b"x")
        packet.time_base, packet.pts = Fraction(1, 90_000), self._next * 6_000
        self._next += 1
        return packet


async def test_times_go_on_when_a_device_comes_back() -> None:
    clock = ManualClock()
    slot = Slot("video", clock)
    first, second = Packets(), Packets()
    slot.fill(first)
    assert [(await slot.recv()).pts for _ in range(3)] == [0, 6_000, 12_000]
    clock.advance(10 * SECOND)
    slot.fill(second)
    assert [(await slot.recv()).pts for _ in range(2)] == [900_000, 906_000]
    second.stop()
    waiting = asyncio.create_task(slot.recv())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    clock.advance(SECOND)
    slot.fill(Packets())
    assert (await waiting).pts == 990_000
    slot.stop()
    with pytest.raises(MediaStreamError):
        await slot.recv()


async def test_a_line_that_ends_lets_go_of_who_waits() -> None:
    slot = Slot("audio", CLOCK)
    waiting = asyncio.create_task(slot.recv())
    await asyncio.sleep(0)
    slot.stop()
    with pytest.raises(MediaStreamError):
        await waiting


async def test_the_drawn_heart_beats_once_a_second() -> None:
    heart = GeneratedHeart(CLOCK)
    sound = heart._sound(np.arange(4 * 48_000) / 48_000)
    power = np.convolve(sound**2, np.ones(2_400), "same")
    assert power[48_000 + 1_200] > 20 * power[48_000 + 38_000]
    frame = await heart.recv()
    assert isinstance(frame, av.AudioFrame)
    assert frame.samples == 960
