"""The room's screen: who may reach it, what it is told, what it may say."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from devices.clock import ManualClock
from edge.kiosk.files import page_file
from edge.kiosk.screen import MAX_SCREENS, MAX_WAITING, RoomScreen, Settings
from edge.video.steps import Phase
from edge.video.view import Participant, Pointer, RoomView
from tests.edge.video.peers import until

REST = RoomView(Phase.IDLE, "", "", "", "", None, camera=False, microphone=False)
RING = replace(REST, phase=Phase.RINGING, call="call-1", caller="Dr Benali", caller_role="physician")
KEY, DELTA = b"\x10key", b"\x11delta"


@dataclass
class Calls:
    """Keeps what the screen said."""

    shows: RoomView = REST
    said: list[tuple[str, ...]] = field(default_factory=list)
    listener: Callable[[], None] = lambda: None

    def view(self) -> RoomView:
        return self.shows

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listener = listener
        return lambda: None

    def shown(self, call: str, seat: str = "") -> None:
        self.said.append(("shown", call, seat) if seat else ("shown", call))

    def screen_gone(self) -> None:
        self.said.append(("gone",))

    def accept(self, call: str, code: str = "") -> None:
        self.said.append(("accept", call, code) if code else ("accept", call))

    def refuse(self, call: str) -> None:
        self.said.append(("refuse", call))

    def hang_up(self, call: str) -> None:
        self.said.append(("hang_up", call))

    def decline(self, call: str, seat: str) -> None:
        self.said.append(("decline", call, seat))

    def mute(self, call: str, *, on: bool) -> None:
        self.said.append(("mute", call, str(on)))

    def request_key_frame(self, seat: str) -> None:
        self.said.append(("key", seat))

    async def hear(self, *wanted: str) -> None:
        async with asyncio.timeout(60):
            while True:
                if wanted in self.said:
                    return
                await asyncio.sleep(0.01)


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "room.html").write_text("<p>chambre</p>")
    (tmp_path / "assets" / "room.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


@pytest.fixture
async def screen(calls: Calls, files: Path) -> AsyncIterator[RoomScreen]:
    made = RoomScreen(
        Settings(0, "page", files, "default-src 'none'; script-src 'self'"),
        calls,
        ManualClock(),
        lambda: True,
    )
    await made.start()
    yield made
    await made.stop()


def page(screen: RoomScreen, **headers: str) -> connect:
    origin = headers.pop("origin", f"http://127.0.0.1:{screen.port}")
    return connect(f"ws://127.0.0.1:{screen.port}/ecran", origin=origin, additional_headers=headers)  # type: ignore[arg-type]  # a plain string is an origin


async def state(connection: ClientConnection) -> dict[str, Any]:
    while True:
        message = await asyncio.wait_for(connection.recv(), 10)
        if isinstance(message, str):
            return dict(json.loads(message))


async def get(screen: RoomScreen, path: str, host: str = "") -> tuple[str, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", screen.port)
    host = host or f"127.0.0.1:{screen.port}"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


async def test_the_page_and_its_files_are_served_under_a_policy(screen: RoomScreen) -> None:
    head, body = await get(screen, "/?langue=en")
    assert head.startswith("HTTP/1.1 200")
    assert "content-security-policy: default-src 'none'; script-src 'self'" in head
    assert body == b"<p>chambre</p>"
    head, body = await get(screen, "/assets/room.js")
    assert "content-type: text/javascript" in head
    assert body == b"1"


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt",
        "/assets/../secret.txt",
        "/assets/",
        "/assets/none.js",
        "/assets/..",
        "//etc/passwd",
        "/room.html",
    ],
)
async def test_nothing_else_is_served(screen: RoomScreen, path: str) -> None:
    head, body = await get(screen, path)
    assert head.startswith("HTTP/1.1 404")
    assert b"secret" not in body
    assert screen.refused == 1


def test_a_link_out_of_the_folder_is_not_followed(files: Path) -> None:
    (files / "assets" / "out.txt").symlink_to(files / "secret.txt")
    assert page_file(files, "/assets/out.txt") is None


async def test_another_host_name_is_refused(screen: RoomScreen) -> None:
    head, _ = await get(screen, "/", host=f"evil.example:{screen.port}")
    assert head.startswith("HTTP/1.1 421")


async def test_another_pages_socket_is_refused(screen: RoomScreen, calls: Calls) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await page(screen, origin="http://evil.example")
    assert refused.value.response.status_code == 403
    assert calls.said == []


async def test_it_listens_on_this_machine_alone(screen: RoomScreen) -> None:
    assert screen._server is not None
    assert {one.getsockname()[0] for one in screen._server.sockets} == {"127.0.0.1"}


async def test_a_page_that_is_not_built_is_said(calls: Calls) -> None:
    made = RoomScreen(Settings(0, "none", None, ""), calls, ManualClock(), lambda: True)
    await made.start()
    head, body = await get(made, "/")
    assert head.startswith("HTTP/1.1 503")
    assert b"make setup" in body
    await made.stop()


async def test_a_page_is_told_the_state_at_once_and_after_every_change(
    screen: RoomScreen, calls: Calls
) -> None:
    async with page(screen) as connection:
        first = await state(connection)
        assert (first["phase"], first["hub"], first["loudspeaker"]) == ("idle", True, "page")
        calls.shows = RING
        calls.listener()
        ring = await state(connection)
        assert (ring["phase"], ring["caller"], ring["camera"]) == ("ringing", "Dr Benali", False)


async def test_a_page_hears_the_device_every_second(screen: RoomScreen) -> None:
    async with page(screen) as connection:
        for _ in range(2):
            assert (await state(connection))["type"] == "state"


async def test_what_is_pressed_arrives(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as connection:
        for kind in ("shown", "accept", "refuse", "hang_up"):
            await connection.send(json.dumps({"type": kind, "call": "call-1"}))
            await calls.hear(kind, "call-1")
    pressed = [said for said in calls.said if said[1:] == ("call-1",)]
    assert [kind for kind, _ in pressed] == ["shown", "accept", "refuse", "hang_up"]


async def test_a_hidden_page_shows_nothing_and_accepts_nothing(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as connection:
        await connection.send(json.dumps({"type": "hidden", "call": "call-1"}))
        await calls.hear("gone")
        await connection.send(json.dumps({"type": "accept", "call": "call-1"}))
        await connection.send(json.dumps({"type": "refuse", "call": "call-1"}))
        await calls.hear("refuse", "call-1")
    assert ("accept", "call-1") not in calls.said


async def test_the_last_page_that_closes_is_noticed(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as first:
        async with page(screen) as second:
            await state(second)
        await state(first)
        assert ("gone",) not in calls.said
    await calls.hear("gone")


@pytest.mark.parametrize(
    "junk", ["", "{", "[]", "3", '{"type":1,"call":"a"}', '{"type":"open"}', b"\xff", "null"]
)
async def test_junk_is_counted_and_changes_nothing(
    screen: RoomScreen, calls: Calls, junk: str | bytes
) -> None:
    async with page(screen) as connection:
        await connection.send(junk)
        await connection.send(json.dumps({"type": "refuse", "call": "after"}))
        await calls.hear("refuse", "after")
    assert screen.refused == 1


async def test_too_many_pages_are_refused(screen: RoomScreen) -> None:
    async with asyncio.TaskGroup() as group:
        opened = [group.create_task(page(screen).__aenter__()) for _ in range(MAX_SCREENS)]
    with pytest.raises(InvalidStatus) as refused:
        await page(screen)
    assert refused.value.response.status_code == 503
    for one in opened:
        await one.result().close()


async def frames(connection: ClientConnection, count: int) -> list[bytes]:
    got: list[bytes] = []
    while len(got) < count:
        message = await asyncio.wait_for(connection.recv(), 10)
        if isinstance(message, bytes):
            got.append(message)
    return got


async def test_a_picture_begins_with_a_whole_one(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as connection:
        await state(connection)
        screen.picture("p1", DELTA, 1)
        assert ("key", "p1") in calls.said
        screen.picture("p1", KEY, 0x1_0000_0002)
        screen.picture("p1", DELTA, 3)
        assert await frames(connection, 2) == [
            b"\x01\x01\x01\x00\x02\x00\x00\x00" + KEY,
            b"\x01\x00\x01\x00\x03\x00\x00\x00" + DELTA,
        ]


async def test_a_slow_page_loses_pictures_until_the_next_whole_one(screen: RoomScreen) -> None:
    async with page(screen) as connection:
        await state(connection)
        screen.picture("p1", KEY, 0)
        for number in range(1, 3 * MAX_WAITING):
            screen.picture("p1", DELTA, number)
        await frames(connection, MAX_WAITING + 1)
        screen.picture("p1", DELTA, 98)
        screen.picture("p1", KEY, 99)
        assert (await frames(connection, 1))[0].endswith(KEY)


async def test_the_voice_goes_to_the_page_only_where_the_page_is_the_loudspeaker(
    screen: RoomScreen, calls: Calls, files: Path
) -> None:
    silent = RoomScreen(Settings(0, "none", files, ""), calls, ManualClock(), lambda: False)
    await silent.start()
    async with page(screen) as heard, page(silent) as unheard:
        await state(heard)
        assert (await state(unheard))["hub"] is False
        for one in (screen, silent):
            one.voice("p1", b"opus", 5)
            one.picture("p1", KEY, 6)
        assert await frames(heard, 2) == [
            b"\x02\x01\x01\x00\x05\x00\x00\x00opus",
            b"\x01\x01\x01\x00\x06\x00\x00\x00" + KEY,
        ]
        assert (await frames(unheard, 1))[0].endswith(KEY)
    await silent.stop()


def film(count: int) -> list[bytes]:
    """Return encoded pictures, the first one whole."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 64, 48, "yuv420p", Fraction(1, 15)
    codec.options = {"deadline": "realtime", "lag-in-frames": "0"}
    made = []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 8 * number, np.uint8), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts = number
        made += [bytes(packet) for packet in codec.encode(frame)]
    return made


SEATED = replace(
    REST, phase=Phase.CONNECTED, participants=(Participant("p1", "Dr Benali", "physician", "connected"),)
)


async def asked(screen: RoomScreen, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", screen.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{screen.port}\r\n\r\n".encode())
    return reader, writer


async def next_image(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(60):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        return (await reader.readexactly(length + 2))[:-2]


async def test_a_browser_without_a_decoder_gets_a_stream_of_jpeg(screen: RoomScreen, calls: Calls) -> None:
    calls.shows = SEATED
    reader, writer = await asked(screen, "/image?seat=p1")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert b"multipart/x-mixed-replace" in head
    await calls.hear("key", "p1")
    pictures = film(4)
    for picture in (pictures[1], *pictures):
        screen.picture("p1", picture, 0)
    images = [await next_image(reader) for _ in range(4)]
    assert all(image[:2] == b"\xff\xd8" for image in images)
    greys = [_grey(image) for image in images]
    assert greys == sorted(greys)
    assert abs(greys[-1] - 24) < 12
    writer.close()
    await until(lambda: not screen._images.streams)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "pictures of p1"]


def _grey(jpeg: bytes) -> float:
    frame = av.CodecContext.create("mjpeg", "r").decode(av.Packet(jpeg))[0]
    assert isinstance(frame, av.VideoFrame)
    return float(frame.to_ndarray(format="gray").mean())


async def test_a_picture_that_cannot_be_decoded_is_counted_and_the_next_whole_one_is_shown(
    screen: RoomScreen, calls: Calls
) -> None:
    calls.shows = SEATED
    reader, writer = await asked(screen, "/image?seat=p1")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    whole = film(1)[0]
    screen.picture("p1", b"\x10garbage", 0)
    await until(lambda: screen._images.failed)
    screen.picture("p1", whole, 1)
    assert (await next_image(reader))[:2] == b"\xff\xd8"
    writer.close()


@pytest.mark.parametrize("query", ["", "?seat=p2", "?seat=../p1", "?seat="])
async def test_there_is_no_stream_of_nobody(screen: RoomScreen, calls: Calls, query: str) -> None:
    calls.shows = SEATED
    head, _ = await get(screen, f"/image{query}")
    assert head.startswith("HTTP/1.1 404")


async def test_a_screen_that_stops_ends_its_streams(calls: Calls, files: Path) -> None:
    calls.shows = SEATED
    made = RoomScreen(Settings(0, "none", files, ""), calls, ManualClock(), lambda: True)
    await made.start()
    reader, writer = await asked(made, "/image?seat=p1")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    await asyncio.wait_for(made.stop(), 10)
    with contextlib.suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_what_a_page_says_of_people_and_sound_arrives(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as connection:
        for said, heard in (
            ({"type": "shown", "seat": "p2"}, ("shown", "call-1", "p2")),
            ({"type": "accept", "code": "2468"}, ("accept", "call-1", "2468")),
            ({"type": "decline", "seat": "p2"}, ("decline", "call-1", "p2")),
            ({"type": "mute", "on": True}, ("mute", "call-1", "True")),
        ):
            await connection.send(json.dumps({**said, "call": "call-1"}))
            await calls.hear(*heard)
    assert screen.refused == 0


@pytest.mark.parametrize(
    "said",
    [
        {"type": "shown", "seat": 2},
        {"type": "accept", "code": 2468},
        {"type": "decline", "seat": None},
        {"type": "mute"},
        {"type": "mute", "on": 1},
        {"type": "volume", "value": 2},
        {"type": "volume", "value": "loud"},
    ],
)
async def test_what_is_no_press_is_counted(screen: RoomScreen, calls: Calls, said: dict[str, object]) -> None:
    async with page(screen) as connection:
        await connection.send(json.dumps({**said, "call": "call-1"}))
        await connection.send(json.dumps({"type": "refuse", "call": "after"}))
        await calls.hear("refuse", "after")
    assert screen.refused == 1
    assert [one for one in calls.said if one[0] in {"accept", "decline", "mute", "shown"}] == []


async def test_the_volume_is_told_to_the_next_page(screen: RoomScreen) -> None:
    async with page(screen) as connection:
        assert (await state(connection))["volume"] == 1
        await connection.send(json.dumps({"type": "volume", "call": "", "value": 0.4}))
        async with asyncio.timeout(60):
            while (await state(connection))["volume"] != 0.4:
                pass
    async with page(screen) as again:
        assert (await state(again))["volume"] == 0.4


async def test_the_state_says_who_is_there_and_what_is_asked(screen: RoomScreen, calls: Calls) -> None:
    calls.shows = replace(
        RING,
        consent="nurse",
        wrong_code=True,
        participants=(Participant("p2", "Dr Durand", "regulator", "waiting", 7.5),),
        muted=True,
        muted_by="p2",
        shutter="closed",
        point=Pointer("p2", "hand", 0.5, 0.25),
        captions=("Montrez votre jambe",),
    )
    async with page(screen) as connection:
        told = await state(connection)
    assert (told["consent"], told["carer_code"], told["wrong_code"]) == ("nurse", True, True)
    assert told["participants"] == [
        {"seat": "p2", "name": "Dr Durand", "role": "regulator", "state": "waiting", "admits_in": 7.5}
    ]
    assert (told["muted"], told["muted_by"], told["shutter"]) == (True, "p2", "closed")
    assert told["point"] == {"from": "p2", "on": "hand", "x": 0.5, "y": 0.25}
    assert told["captions"] == ["Montrez votre jambe"]


async def test_each_seat_begins_with_a_whole_picture(screen: RoomScreen, calls: Calls) -> None:
    async with page(screen) as connection:
        await state(connection)
        screen.picture("p1", KEY, 1)
        screen.picture("p2", DELTA, 2)
        screen.picture("p1", DELTA, 3)
        screen.picture("p2", KEY, 4)
        got = await frames(connection, 3)
    assert [(frame[2], frame[4]) for frame in got] == [(1, 1), (1, 3), (2, 4)]
    assert ("key", "p2") in calls.said
