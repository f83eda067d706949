"""Whole calls between the room and a browser made of aiortc, over 127.0.0.1."""

from __future__ import annotations

import socket

import pytest

from devices.measurement import Measurement, Waveform
from devices.wire.messages import Signal, SignalKind
from edge.config import CallConfig
from edge.latest import LatestReadings
from edge.video.picture import read_stamp
from edge.video.service import CallService
from edge.video.steps import Phase
from tests.edge.video.peers import CLOCK, Browser, Room, until

ROLES = (SignalKind.RINGING, SignalKind.ACCEPTED, SignalKind.OFFER, SignalKind.CONNECTED)


async def test_a_call_from_ring_to_hang_up(room: Room, browser: Browser) -> None:
    view = room.service.view
    assert (view().phase, view().camera) == (Phase.IDLE, False)
    room.tell(SignalKind.RING, caller="Dr Benali", caller_role="physician")
    assert (view().phase, view().caller, view().camera) == (Phase.RINGING, "Dr Benali", False)
    room.service.shown("call-1")
    room.service.accept("call-1")
    await room.connect(browser)
    assert (view().phase, view().camera, view().microphone) == (Phase.CONNECTED, True, True)
    await until(lambda: len(browser.frames) > 3 and len(browser.blocks) > 10)
    picture = browser.frames[-1].to_ndarray()[:240]
    age = (CLOCK.utc() // 1000 - read_stamp(picture)) & 0xFFFFFFFF
    assert age < 5000
    room.tell(SignalKind.BYE, reason="caller_hung_up")
    assert (view().phase, view().camera, view().microphone) == (Phase.ENDED, False, False)
    assert view().reason == "caller_hung_up"
    assert tuple(room.kinds()) == ROLES


async def test_vital_signs_and_waveforms_travel_beside_the_picture(room: Room, browser: Browser) -> None:
    now = CLOCK.utc()
    room.latest.put(Measurement("oximeter", "spo2", 97, now))
    await room.ring_and_accept()
    await room.connect(browser)
    await until(lambda: any(text["type"] == "vitals" for text in browser.texts))
    first = next(text for text in browser.texts if text["type"] == "vitals")
    assert first["values"] == [{"metric": "spo2", "value": 97, "time": now, "flags": []}]
    room.latest.put(Waveform("oximeter", "pleth", now, 75, (1, -2, 3)))
    await until(lambda: browser.binaries)
    assert browser.binaries[0].endswith(b"pleth\x00\x01\x00\xfe\xff\x03\x00")
    await until(lambda: any(text["type"] == "beat" for text in browser.texts))


@pytest.mark.parametrize("end", ["refuse", "hang_up"])
async def test_a_room_that_says_no_opens_nothing(room: Room, end: str) -> None:
    room.tell(SignalKind.RING)
    room.service.shown("call-1")
    getattr(room.service, end)("call-1")
    assert room.service.view().phase is Phase.ENDED
    room.service.accept("call-1")
    assert not room.service.view().camera
    assert room.kinds()[-1] is (SignalKind.REFUSED if end == "refuse" else SignalKind.BYE)


async def test_hanging_up_before_the_camera_is_open_leaves_it_closed(room: Room) -> None:
    await room.ring_and_accept()
    room.tell(SignalKind.BYE)
    await room.service.settled()
    assert not room.service.view().camera
    assert SignalKind.OFFER not in room.kinds()


async def test_a_page_that_goes_away_is_offered_a_new_connection_over_the_same_camera(
    room: Room, browser: Browser
) -> None:
    await room.ring_and_accept()
    await room.connect(browser)
    camera = room.service._talk.devices.camera
    await browser.close()
    await room.connect(browser, epoch=2)
    assert room.service._talk.devices.camera is camera
    before = len(browser.frames)
    await until(lambda: len(browser.frames) > before + 2)
    room.tell(SignalKind.ANSWER, 1, sdp="v=0")
    assert room.counters["call_old_epoch"] == 1
    assert SignalKind.LOST in room.kinds()


async def test_the_hub_may_ask_for_a_new_connection(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    await room.connect(browser)
    await browser.close()
    room.tell(SignalKind.RESTART, 5)
    await room.connect(browser, epoch=5)
    assert room.service.view().phase is Phase.CONNECTED


async def test_a_malformed_answer_is_counted_and_the_call_goes_on(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    offer = await room.hear(SignalKind.OFFER)
    for sdp in ("nonsense", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 X 96\r\n"):
        room.tell(SignalKind.ANSWER, sdp=sdp)
    await room.service.settled()
    assert room.counters["call_malformed"] == 2
    room.tell(SignalKind.ANSWER, sdp=await browser.answer(offer.sdp))
    room.tell(SignalKind.CANDIDATE, candidate="candidate:garbage", sdp_mid="0")
    await room.hear(SignalKind.CONNECTED)
    await room.service.settled()
    assert room.counters["call_malformed"] == 3


async def test_candidates_may_overtake_the_answer_and_hidden_names_are_not_looked_up(
    room: Room, browser: Browser
) -> None:
    await room.ring_and_accept()
    offer = await room.hear(SignalKind.OFFER)
    hidden = "candidate:1 1 udp 2113937151 0b6a5c6e-hidden.local 50000 typ host"
    for candidate in (hidden, ""):
        room.tell(SignalKind.CANDIDATE, candidate=candidate, sdp_mid="0", sdp_mline_index=0)
    room.tell(SignalKind.ANSWER, sdp=await browser.answer(offer.sdp))
    await room.hear(SignalKind.CONNECTED)
    assert room.counters["call_malformed"] == 0


async def test_a_second_caller_is_busy(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    await room.connect(browser)
    room.tell(SignalKind.RING, call="call-2")
    assert (room.said[-1].kind, room.said[-1].call) == (SignalKind.BUSY, "call-2")
    assert room.service.view().call == "call-1"


async def test_a_camera_that_does_not_open_ends_the_call_with_its_reason() -> None:
    said: list[Signal] = []
    config = CallConfig(camera="v4l2:/dev/no-camera", ice_loopback=True)
    service = CallService(config, said.append, CLOCK, LatestReadings())
    await service.start()
    service.handle(Signal("call-1", 1, SignalKind.RING, CLOCK.utc()))
    service.shown("call-1")
    service.accept("call-1")
    await until(lambda: said[-1].kind is SignalKind.BYE)
    assert said[-1].reason == "device_failed"
    assert not service.view().camera
    await service.stop()


async def test_stopping_the_edge_ends_the_call(room: Room, browser: Browser) -> None:
    await room.ring_and_accept()
    await room.connect(browser)
    await room.service.stop()
    assert (room.said[-1].kind, room.said[-1].reason) == (SignalKind.BYE, "edge_stopping")
    assert not room.service.view().camera


async def test_an_announced_call_counts_down_and_opens(browser: Browser) -> None:
    said: list[Signal] = []
    config = CallConfig(consent="announce", announce_seconds=0.3, size=(320, 240), ice_loopback=True)
    service = CallService(config, said.append, CLOCK, LatestReadings())
    await service.start()
    service.handle(Signal("call-1", 1, SignalKind.RING, CLOCK.utc()))
    assert service.view().opens_in is None
    service.shown("call-1")
    opens_in = service.view().opens_in
    assert opens_in is not None
    assert 0 < opens_in <= 0.3
    await until(lambda: any(signal.kind is SignalKind.OFFER for signal in said))
    assert service.view().camera
    await service.stop()


async def test_a_screen_whose_port_is_taken_leaves_the_room_running() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = CallConfig(screen_port=taken.getsockname()[1])
        service = CallService(config, lambda _: None, CLOCK, LatestReadings())
        await service.start()
        assert service.screen is None
        await service.stop()


async def test_a_room_without_any_address_says_so(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.video.tuning._get_host_addresses", lambda **_: [])
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [])
    monkeypatch.setattr("edge.video.tuning._REPLACED", ())
    await room.ring_and_accept()
    await until(lambda: room.said[-1].kind is SignalKind.BYE)
    assert room.said[-1].reason == "no_connection"
    assert not room.service.view().camera


async def test_an_error_nobody_thought_of_ends_one_call_and_not_the_next(
    room: Room, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    with monkeypatch.context() as patch:
        patch.setattr("edge.video.peer.Peer.__init__", fail)
        await room.ring_and_accept()
        await until(lambda: room.said[-1].kind is SignalKind.BYE)
    assert room.said[-1].reason == "device_failed"
    assert not room.service.view().camera
    assert room.counters["call_faults"] == 1
    assert "nobody thought of this" in caplog.text
    room.said.clear()
    room.tell(SignalKind.RING, call="call-2")
    room.service.shown("call-2")
    room.service.accept("call-2")
    await room.hear(SignalKind.OFFER)
