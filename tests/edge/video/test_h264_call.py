"""A call in H.264, both ways, and one with a camera that encodes by itself and then fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.wire.messages import SignalKind
from edge.config import CallConfig
from edge.media.bitstream import whole
from tests.edge.video.peers import Browser, Room, until
from tests.edge.video.test_hardware import SIZE, install, pictures


@pytest.fixture
def call_config() -> CallConfig:
    return CallConfig(size=SIZE, codec="h264", hand_camera="generated", ice_loopback=True)


def quality(browser: Browser) -> dict[str, object]:
    return [text for text in browser.texts if text["type"] == "quality"][-1]


async def test_both_ways_speak_h264(room: Room, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    assert room.service.screen is not None
    monkeypatch.setattr(room.service.screen, "picture", lambda _seat, data, _timestamp: seen.append(data))
    await room.ring_and_accept()
    await room.connect(browser)
    offer = await room.hear(SignalKind.OFFER)
    assert "H264/90000" in offer.sdp
    assert "VP8/90000" not in offer.sdp
    await until(lambda: len(browser.frames) > 3)
    assert {(frame.width, frame.height) for frame in browser.frames} == {SIZE}  # type: ignore[attr-defined]  # pictures
    await until(lambda: any(whole("h264", data) for data in seen))


@pytest.fixture
async def own_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, await pictures(60), once=True)


@pytest.mark.usefixtures("own_camera")
class TestWithACameraThatEncodes:
    @pytest.fixture
    def call_config(self) -> CallConfig:
        return CallConfig(size=SIZE, camera="rpicam:", codec="h264", ice_loopback=True)

    async def test_its_pictures_arrive_and_when_it_fails_the_sound_goes_on(
        self, room: Room, browser: Browser
    ) -> None:
        await room.ring_and_accept()
        await room.connect(browser)
        await until(lambda: len(browser.frames) > 3)
        assert room.service.view().camera
        await until(lambda: any(text["type"] == "quality" and text["failed"] for text in browser.texts))
        assert quality(browser) == {
            "type": "quality", "rung": "sound", "height": 0, "best": True, "failed": True
        }  # fmt: skip
        assert not room.service.view().camera
        heard = len(browser.blocks)
        await until(lambda: len(browser.blocks) > heard + 50)
        assert SignalKind.BYE not in room.kinds()


def declining(answer: str) -> str:
    """Return an answer as Firefox gives it without H.264: the picture's line has no port and no transport."""
    head, *lines = answer.split("\r\nm=")
    place = next(number for number, line in enumerate(lines) if line.startswith("video"))
    (mid,) = [row for row in lines[place].splitlines() if row.startswith("a=mid:")]
    rows = ["video 0 UDP/TLS/RTP/SAVPF 120", "c=IN IP4 0.0.0.0", "a=inactive", mid, "a=rtpmap:120 VP8/90000"]
    lines[place] = "\r\n".join(rows)
    return "\r\nm=".join([head, *lines])


async def test_a_browser_without_h264_hears_the_room(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    offer = await room.hear(SignalKind.OFFER)
    answer = await browser.answer(offer.sdp)
    room.tell(SignalKind.ANSWER, sdp=declining(answer))
    await room.hear(SignalKind.CONNECTED)
    await until(lambda: len(browser.blocks) > 20)
    await until(lambda: any(text["type"] == "quality" for text in browser.texts))
    assert browser.frames == []
    assert SignalKind.BYE not in room.kinds()
