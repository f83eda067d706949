"""A call with several people, over real connections: one camera, one encoder, four viewers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.latest import LatestReadings
from edge.video.encoding import SharedEncoder
from edge.video.service import CallService
from edge.video.sources import GeneratedCamera
from edge.video.steps import Phase
from tests.edge.video.peers import CLOCK, Browser, Room, until


@pytest.fixture(autouse=True)
def wide_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every line carry a picture: on a busy machine these browsers, all in one process, would say that none does."""
    monkeypatch.setattr("edge.video.tuning.estimate", lambda _sender: 600_000)


@pytest.fixture
def call_config() -> CallConfig:
    return CallConfig(size=(320, 240), hand_camera="generated", ice_loopback=True)


@pytest.fixture
async def browsers() -> AsyncIterator[dict[str, Browser]]:
    made = {f"p{number}": Browser() for number in range(1, 6)}
    yield made
    for browser in made.values():
        await browser.close()


async def fill(room: Room, browsers: dict[str, Browser], count: int) -> None:
    """Call, and let people of the home come in, until there are so many."""
    await room.ring_and_accept()
    await room.connect(browsers["p1"])
    for number in range(2, count + 1):
        await room.join(browsers[f"p{number}"], f"p{number}")
    for number in range(1, count + 1):
        await until(lambda one=f"p{number}": told(browsers[one], "room"))


def say(browser: Browser, **said: object) -> None:
    assert browser.channel is not None
    browser.channel.send(json.dumps(said))


def told(browser: Browser, kind: str) -> list[dict[str, Any]]:
    return [text for text in browser.texts if text["type"] == kind]


def loudness(browser: Browser, last: int) -> float:
    """Return the loudest sample of the last blocks that a browser heard."""
    return max(float(np.abs(block.to_ndarray()).max()) for block in browser.blocks[-last:])  # type: ignore[attr-defined]  # frames of sound


async def flowing(browser: Browser) -> None:
    """Wait for more pictures and sound."""
    pictures, blocks = len(browser.frames), len(browser.blocks)
    await until(lambda: len(browser.frames) > pictures + 3 and len(browser.blocks) > blocks + 5)


async def test_four_people_see_and_hear_the_room_from_one_encoder(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 4)
    for number in range(1, 5):
        await flowing(browsers[f"p{number}"])
    assert len(room.service._talk._pictures._viewers) == 4
    view = room.service.view()
    assert [(one.seat, one.state) for one in view.participants] == [
        (f"p{number}", "connected") for number in range(1, 5)
    ]
    await until(lambda: told(browsers["p4"], "room"))
    assert [one["seat"] for one in told(browsers["p1"], "room")[-1]["people"]] == ["p1", "p2", "p3", "p4"]


async def test_a_fifth_is_declined_and_comes_in_when_one_has_left(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 4)
    room.tell(SignalKind.JOIN, caller="Mme Cinq", caller_role="nurse", peer="p5")
    assert (room.said[-1].kind, room.said[-1].peer, room.said[-1].reason) == (
        SignalKind.DECLINED,
        "p5",
        "full",
    )
    room.tell(SignalKind.LEFT, peer="p3")
    await room.join(browsers["p5"], "p5")
    await flowing(browsers["p5"])
    await flowing(browsers["p1"])
    assert sorted(one.seat for one in room.service.view().participants) == ["p1", "p2", "p4", "p5"]
    assert len(room.service._talk._pictures._viewers) == 4


async def test_one_that_fails_leaves_the_others_pictures_flowing(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 3)
    await browsers["p2"].close()
    await room.hear(SignalKind.LOST, peer="p2")
    await flowing(browsers["p1"])
    await room.connect(browsers["p2"], epoch=2, peer="p2")
    await flowing(browsers["p2"])
    await flowing(browsers["p3"])
    assert room.service.view().phase is Phase.CONNECTED
    assert {one.epoch for one in room.said if one.kind is SignalKind.OFFER and one.peer != "p2"} == {1}


async def test_a_muted_room_is_silent_for_all_and_stays_so_through_a_new_connection(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 2)
    await flowing(browsers["p1"])
    await until(lambda: loudness(browsers["p1"], 5) > 1000)
    say(browsers["p2"], type="mute", on=True)
    await until(lambda: told(browsers["p1"], "room")[-1]["muted"])
    assert told(browsers["p1"], "room")[-1]["muted_by"] == "p2"
    for seat in ("p1", "p2"):
        await until(lambda one=seat: loudness(browsers[one], 5) < 10)
    view = room.service.view()
    assert (view.muted, view.muted_by, view.microphone) == (True, "p2", True)
    await browsers["p1"].close()
    browsers["p1"].blocks.clear()
    await room.connect(browsers["p1"], epoch=2)
    await until(lambda: len(browsers["p1"].blocks) > 50)
    assert loudness(browsers["p1"], 40) < 10
    say(browsers["p1"], type="mute", on=False)
    await until(lambda: loudness(browsers["p2"], 5) > 1000)


async def test_what_the_room_muted_nobody_elsewhere_lets_speak(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 1)
    room.service.mute("call-1", on=True)
    say(browsers["p1"], type="mute", on=False)
    await until(lambda: room.counters["call_not_allowed"])
    assert room.service.view().muted_by == "room"
    room.service.mute("call-1", on=False)
    assert not room.service.view().muted


async def test_a_regulator_steers_nothing(room: Room, browsers: dict[str, Browser]) -> None:
    await fill(room, browsers, 1)
    room.tell(SignalKind.JOIN, caller="Dr Durand, SAMU 35", caller_role="regulator", peer="p2")
    room.service.shown("call-1", "p2")
    await room.connect(browsers["p2"], peer="p2")
    await until(lambda: told(browsers["p2"], "room"))
    say(browsers["p2"], type="want", role="hand", on=True)
    say(browsers["p2"], type="mute", on=True)
    say(browsers["p2"], type="point", on="room", x=0.5, y=0.5)
    say(browsers["p2"], type="write", text="Bonjour")
    await until(lambda: room.counters["call_not_allowed"] == 4)
    view = room.service.view()
    assert (view.extras, view.muted, view.point, view.captions) == ((), False, None, ())
    say(browsers["p1"], type="want", role="hand", on=True)
    await until(lambda: room.service.view().extras == ("hand",))


async def test_what_is_written_stands_on_the_rooms_screen_and_everybody_knows(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 2)
    say(browsers["p1"], type="write", text="Montrez votre jambe")
    for seat in ("p1", "p2"):
        await until(lambda one=seat: told(browsers[one], "written"))
        assert told(browsers[seat], "written")[-1] == {
            "type": "written",
            "from": "p1",
            "text": "Montrez votre jambe",
        }
    assert room.service.view().captions == ("Montrez votre jambe",)
    # Of who is not the large picture the name is beside it; the newest line takes the place of the one before.
    say(browsers["p2"], type="write", text="Voulez-vous vos lunettes ?")
    await until(lambda: room.service.view().captions == ("Voulez-vous vos lunettes ? — Mme p2",))
    room.tell(SignalKind.LEFT, peer="p2")
    await until(lambda: room.service.view().captions == ())


async def test_what_is_written_goes_when_somebody_takes_it_away_or_after_its_time(
    room: Room, browsers: dict[str, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(room, browsers, 1)
    say(browsers["p1"], type="write", text="Bonjour")
    await until(lambda: room.service.view().captions)
    say(browsers["p1"], type="write", text="")
    await until(lambda: not room.service.view().captions)
    monkeypatch.setattr("edge.video.service.WRITTEN", SECOND)
    say(browsers["p1"], type="write", text="Au revoir")
    await until(lambda: len(told(browsers["p1"], "written")) == 4)
    assert [one["text"] for one in told(browsers["p1"], "written")] == ["Bonjour", "", "Au revoir", ""]
    assert not room.service.view().captions


async def test_a_pointer_is_told_to_the_others_and_to_the_rooms_screen(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 3)
    say(browsers["p1"], type="point", on="room", x=0.25, y=1)
    for seat in ("p2", "p3"):
        await until(lambda one=seat: told(browsers[one], "point"))
        assert told(browsers[seat], "point")[-1] == {
            "type": "point",
            "from": "p1",
            "on": "room",
            "x": 0.25,
            "y": 1.0,
        }
    assert told(browsers["p1"], "point") == []
    point = room.service.view().point
    assert point is not None
    assert (point.seat, point.x, point.y) == ("p1", 0.25, 1.0)
    say(browsers["p1"], type="point", on="room", x=None)
    await until(lambda: room.service.view().point is None)


async def test_a_second_camera_reaches_everybody_and_one_who_comes_later(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 2)
    say(browsers["p2"], type="want", role="hand", on=True)
    await until(lambda: room.service.view().extras == ("hand",))
    await room.join(browsers["p3"], "p3")
    for seat in ("p1", "p2", "p3"):
        browser = browsers[seat]
        offer = await room.hear(SignalKind.OFFER, peer=seat)
        mid = next(iter(offer.roles))
        line = next(each for each in browser.peer.getTransceivers() if each.mid == mid)
        kept = browser.frames_of(line.receiver.track)
        await until(lambda one=kept: len(one) > 3)
    assert room.service.view().extras == ("hand",)


async def test_nothing_stays_behind_when_a_call_with_four_is_over(
    room: Room, browsers: dict[str, Browser]
) -> None:
    await fill(room, browsers, 4)
    room.tell(SignalKind.BYE)
    assert not room.service.view().camera
    await room.service.settled()
    for browser in browsers.values():
        await browser.close()
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not [name for name in names if name.startswith(("seat", "picture", "sound"))]


async def test_a_line_that_fell_silent_does_not_hold_the_others_down() -> None:
    camera = GeneratedCamera(CLOCK, (320, 240), 15)
    pictures = SharedEncoder(camera, (320, 240), 15, CLOCK, lambda _rung: None)
    carried: dict[str, int | None] = {"p1": 340_000, "p2": 150_000}
    for seat in carried:
        pictures.listen(pictures.join(), lambda one=seat: carried[one])
    pictures.start()
    await until(lambda: pictures.ladder.bitrate == 150_000)
    carried["p2"] = None
    await until(lambda: pictures.ladder.bitrate == 340_000)
    carried["p1"] = None
    bitrate = pictures.ladder.bitrate
    await asyncio.sleep(1.2)
    assert pictures.ladder.bitrate == bitrate
    pictures.stop()
    camera.stop()


async def test_the_shutter_is_told_while_there_is_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["closed"]
    monkeypatch.setattr("edge.video.service.shutter", lambda _: told[0])
    service = CallService(CallConfig(camera="v4l2:/dev/no-camera"), lambda _: None, CLOCK, LatestReadings())
    await service.start()
    assert service.view().shutter is None
    service.handle(Signal("call-1", 1, SignalKind.RING, CLOCK.utc()))
    await until(lambda: service.view().shutter == "closed")
    assert json.loads(service.room_text())["shutter"] == "closed"
    told[0] = "open"
    await until(lambda: service.view().shutter == "open")
    await service.stop()
