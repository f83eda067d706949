"""The room's screen: who may reach it, what it is told, what it may say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from devices.clock import ManualClock
from edge.kiosk.files import page_file
from edge.kiosk.screen import MAX_SCREENS, MAX_WAITING, RoomScreen, Settings
from edge.video.call import Phase
from edge.video.service import RoomView

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

    def shown(self, call: str) -> None:
        self.said.append(("shown", call))

    def screen_gone(self) -> None:
        self.said.append(("gone",))

    def accept(self, call: str) -> None:
        self.said.append(("accept", call))

    def refuse(self, call: str) -> None:
        self.said.append(("refuse", call))

    def hang_up(self, call: str) -> None:
        self.said.append(("hang_up", call))

    def request_key_frame(self) -> None:
        self.said.append(("key",))

    async def hear(self, *wanted: str) -> None:
        async with asyncio.timeout(10):
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
        screen.picture(DELTA, 1)
        assert ("key",) in calls.said
        screen.picture(KEY, 0x1_0000_0002)
        screen.picture(DELTA, 3)
        assert await frames(connection, 2) == [
            b"\x01\x01\x00\x00\x02\x00\x00\x00" + KEY,
            b"\x01\x00\x00\x00\x03\x00\x00\x00" + DELTA,
        ]


async def test_a_slow_page_loses_pictures_until_the_next_whole_one(screen: RoomScreen) -> None:
    async with page(screen) as connection:
        await state(connection)
        screen.picture(KEY, 0)
        for number in range(1, 3 * MAX_WAITING):
            screen.picture(DELTA, number)
        await frames(connection, MAX_WAITING + 1)
        screen.picture(DELTA, 98)
        screen.picture(KEY, 99)
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
            one.voice(b"opus", 5)
            one.picture(KEY, 6)
        assert await frames(heard, 2) == [
            b"\x02\x01\x00\x00\x05\x00\x00\x00opus",
            b"\x01\x01\x00\x00\x06\x00\x00\x00" + KEY,
        ]
        assert (await frames(unheard, 1))[0].endswith(KEY)
    await silent.stop()
