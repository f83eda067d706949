"""The server behind the room's page: on 127.0.0.1 alone, for pages that it served itself.

To the page: JSON `{"type":"state", ...}` (its fields are in `_state`) after every change and every second; binary frames
`kind (1 picture in VP8, 2 voice, 3 picture in H.264), key frame (0 or 1), seat (uint16: 1 is p1), RTP timestamp (uint32), data`, little-endian.

From the page: JSON with `type` and `call`:

* `shown`: the call is on the glass, in whatever phase; with `seat`, the name of that one who asks to come in is.
* `hidden`: the page is not on the glass.
* `accept`, with `code` (text of digits) where the state says `carer_code`; `refuse`; `hang_up`.
* `decline` with `seat`: that one does not come in, or goes.
* `mute` with `on`: the room's microphone.
* `seen` with an alarm's key as `call`; `sound` with `ready` or `locked`; `volume` with `value` (0 to 1), which every page is
  told and the next one begins with.

The page decodes picture and voice; the agent does not. For a browser that cannot decode pictures, `GET /image?seat=p1` is a
stream of JPEG (`edge.kiosk.images`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from devices.clock import SECOND, Clock
from edge.kiosk.files import file_response, page_file, text_response
from edge.kiosk.images import MAX_STREAMS, Images
from edge.kiosk.views import Alarms, Calls, Pointed, Seated, Shown
from edge.media.bitstream import whole
from edge.media.names import Codec

_log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
SOCKET: Final = "/ecran"
IMAGE: Final = "/image"
GLASS: Final = "/glass"
"Whether a page that can be seen said something lately: 200 or 503, for who keeps the kiosk (`edge.kiosk.keeper`)."
LATELY: Final = 6 * SECOND
"A page that can be seen says every 2 s whether it can be heard; one that hangs says nothing."
ASK: Final = 10.0
"Seconds within which a connection must have asked for something."
PICTURE, VOICE, PICTURE_H264 = 1, 2, 3
REFRESH: Final = 1.0
"Seconds between two messages when nothing changes: a page that hears nothing for 3 s says so."
MAX_SCREENS: Final = 8
"Connections at a time; a room has one screen, and a page that loads again has two for a moment."
MAX_WAITING: Final = 16
"Pictures that wait for a slow screen, one second of them; beyond, they are left out until the next whole one."
MAX_MESSAGE: Final = 1024
"Bytes that a page may say at once."
_PICTURES: Final[dict[Codec, int]] = {"vp8": PICTURE, "h264": PICTURE_H264}
_HEADER: Final = struct.Struct("<BBHI")


@dataclass(slots=True, eq=False)
class _Screen:
    """One connected page."""

    connection: ServerConnection
    waiting: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)
    visible: bool = True
    whole: set[str] = field(default_factory=set)
    "Seats of which it has a whole picture to build on."
    audible: bool = False
    "The page says that its sound is unlocked."
    said: int | None = None
    "When it said something last, monotonic."


@dataclass(frozen=True, slots=True)
class Settings:
    """What the screen says of the room beside the call."""

    port: int
    loudspeaker: str
    files: Path | None
    "Folder of the built page."
    policy: str
    "Content security policy of the page."
    codec: Codec = "vp8"
    "What the pictures of the pages are encoded in."


class _Connection(ServerConnection):
    """A connection that must ask for something soon; what it then gets may take as long as a call."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.loop.call_later(ASK, self._look)

    def _look(self) -> None:
        if self.request is None:
            self.transport.abort()


class RoomScreen:
    """Serves the page and keeps it told."""

    def __init__(
        self,
        settings: Settings,
        calls: Calls,
        clock: Clock,
        hub_connected: Callable[[], bool],
        alarms: Alarms | None = None,
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._clock = clock
        self._hub_connected = hub_connected
        self._alarms = alarms
        self._screens: set[_Screen] = set()
        self._server: Server | None = None
        self._refresher: asyncio.Task[None] | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self._volume = 1.0
        self._images = Images(settings.codec, calls.request_key_frame)
        self.refused = 0
        "Requests and messages that were not the page's."

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it does."""
        if self._server is None:
            return 0
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def heard(self) -> int:
        """How many pages are visible and say that their sound is unlocked."""
        return sum(screen.visible and screen.audible for screen in self._screens)

    @property
    def seen(self) -> bool:
        """Whether a page is there and visible."""
        return any(screen.visible for screen in self._screens)

    @property
    def alive(self) -> bool:
        """Whether a page that is visible said something lately."""
        now = self._clock.monotonic()
        return any(
            screen.visible and screen.said is not None and now - screen.said < LATELY
            for screen in self._screens
        )

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._server = await serve(
            self._serve,
            HOST,
            self._settings.port,
            process_request=self._request,
            create_connection=_Connection,
            open_timeout=None,
            compression=None,
            max_size=MAX_MESSAGE,
            server_header=None,
        )
        self._unsubscribe = [self._calls.subscribe(self.tell)]
        if self._alarms is not None:
            self._unsubscribe.append(self._alarms.subscribe(self.tell))
        self._refresher = asyncio.create_task(self._refresh(), name="screen refresh")
        _log.info("the room's screen is at http://%s:%d/", HOST, self.port)

    async def stop(self) -> None:
        """Close every page and the port."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        if self._refresher is not None:
            self._refresher.cancel()
            await asyncio.wait([self._refresher])
        self._images.stop()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    # ---- to the page ----

    def tell(self) -> None:
        """Send the state to every page."""
        if not self._screens:
            return
        text = self._state()
        for screen in self._screens:
            # A page that takes nothing is cut off by the keep-alive; until then it must not fill the memory.
            if screen.waiting.qsize() <= 2 * MAX_WAITING:
                screen.waiting.put_nowait(text)

    def picture(self, seat: str, data: bytes, timestamp: int) -> None:
        """Send an encoded picture; the first one of a seat that a page gets is a whole one."""
        codec = self._settings.codec
        key = whole(codec, data)
        self._images.picture(seat, data, key=key)
        frame = _framed(_PICTURES[codec], seat, timestamp, data, key=key)
        for screen in self._screens:
            if screen.waiting.qsize() > MAX_WAITING:
                screen.whole.discard(seat)
            elif key or seat in screen.whole:
                screen.whole.add(seat)
                screen.waiting.put_nowait(frame)
                continue
            self._calls.request_key_frame(seat)

    def voice(self, seat: str, data: bytes, timestamp: int) -> None:
        """Send an Opus packet."""
        if self._settings.loudspeaker != "page":
            return
        frame = _framed(VOICE, seat, timestamp, data, key=True)
        for screen in self._screens:
            if screen.waiting.qsize() <= MAX_WAITING:
                screen.waiting.put_nowait(frame)

    def _state(self) -> str:
        view = self._calls.view()
        return json.dumps(
            {
                "type": "state",
                "time": self._clock.utc(),
                "phase": view.phase,
                "call": view.call,
                "caller": view.caller,
                "caller_role": view.caller_role,
                "reason": view.reason,
                "opens_in": view.opens_in,
                "camera": view.camera,
                "microphone": view.microphone,
                "extras": list(view.extras),
                "participants": [_seated(one) for one in view.participants],
                "consent": view.consent,
                "carer_code": view.consent == "nurse" and view.phase == "ringing",
                "wrong_code": view.wrong_code,
                "code_wait": view.code_wait,
                "muted": view.muted,
                "muted_by": view.muted_by,
                "shutter": view.shutter,
                "point": _pointed(view.point),
                "captions": list(view.captions),
                "volume": self._volume,
                "loudspeaker": self._settings.loudspeaker.partition(":")[0],
                "hub": self._hub_connected() and not (self._alarms is not None and self._alarms.away),
                "alarms": [] if self._alarms is None else [_told(alarm) for alarm in self._alarms.view()],
            }
        )

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH)
            self.tell()

    # ---- from the page ----

    async def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        hosts = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        if request.headers.get("host") not in hosts:
            # A name that somebody points at 127.0.0.1 must not reach the room through a browser here.
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "host is not this screen")
        path, _, query = request.path.partition("?")
        if path == SOCKET:
            if request.headers.get("origin") not in {f"http://{host}" for host in hosts}:
                return self._refuse(HTTPStatus.FORBIDDEN, "origin is not this screen")
            if len(self._screens) >= MAX_SCREENS:
                return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many screens")
            return None
        if path == GLASS:
            if self.alive:
                return text_response(HTTPStatus.OK, "a page is there")
            return text_response(HTTPStatus.SERVICE_UNAVAILABLE, "no page says anything")
        if path == IMAGE:
            return await self._stream(connection, query)
        folder = self._settings.files
        if folder is None:
            return self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, "the room's page is not built: run `make setup`"
            )
        found = page_file(folder, path)
        if found is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "no such file")
        return file_response(found, self._settings.policy)

    async def _stream(self, connection: ServerConnection, query: str) -> Response | None:
        seat = parse_qs(query).get("seat", [""])[0]
        if seat not in {one.seat for one in self._calls.view().participants}:
            return self._refuse(HTTPStatus.NOT_FOUND, "nobody sits there")
        if self._images.streams >= MAX_STREAMS:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many streams")
        self._images.open(seat, connection.transport)
        try:
            await connection.wait_closed()
        finally:
            self._images.close(seat, connection.transport)
        # Nothing is sent to a connection that is closed.
        return None

    def _refuse(self, status: HTTPStatus, why: str) -> Response:
        self.refused += 1
        return text_response(status, why)

    async def _serve(self, connection: ServerConnection) -> None:
        screen = _Screen(connection)
        self._screens.add(screen)
        sender = asyncio.create_task(self._send(screen), name="screen sender")
        screen.waiting.put_nowait(self._state())
        for one in self._calls.view().participants:
            self._calls.request_key_frame(one.seat)
        try:
            async for message in connection:
                self._said(screen, message)
        except ConnectionClosed:
            pass
        finally:
            self._screens.discard(screen)
            # Before anything is awaited: what this page showed is not shown any more.
            self._look()
            sender.cancel()
            await asyncio.wait([sender])

    async def _send(self, screen: _Screen) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await screen.connection.send(await screen.waiting.get())

    def _said(self, screen: _Screen, message: str | bytes) -> None:
        screen.said = self._clock.monotonic()
        body = _body(message)
        call = body.get("call")
        if not isinstance(call, str) or not self._pressed(screen, body, call):
            self.refused += 1

    def _pressed(self, screen: _Screen, body: dict[str, object], call: str) -> bool:
        """Do what the page says; tell whether it is something that a page may say."""
        seat, code, on, value = (body.get(name, "") for name in ("seat", "code", "on", "value"))
        match body.get("type"):
            case "shown" if isinstance(seat, str):
                screen.visible = True
                self._calls.shown(call, seat)
            case "hidden":
                screen.visible = False
                self._look()
            case "accept" if screen.visible and isinstance(code, str):
                self._calls.accept(call, code)
            case "refuse":
                self._calls.refuse(call)
            case "decline" if isinstance(seat, str):
                self._calls.decline(call, seat)
            case "mute" if screen.visible and isinstance(on, bool):
                self._calls.mute(call, on=on)
            case "hang_up":
                self._calls.hang_up(call)
            case "seen" if screen.visible and self._alarms is not None:
                self._alarms.seen(call)
            case "sound" if call in {"ready", "locked"}:
                # Said only by a page that is on the glass.
                screen.visible, screen.audible = True, call == "ready"
            case "volume" if isinstance(value, int | float) and 0 <= value <= 1:
                self._volume = float(value)
                self.tell()
            case _:
                return False
        return True

    def _look(self) -> None:
        if not any(screen.visible for screen in self._screens):
            self._calls.screen_gone()


def _body(message: str | bytes) -> dict[str, object]:
    """Return what a page says; empty for what is no object."""
    try:
        body = json.loads(message)
    except (ValueError, UnicodeDecodeError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _framed(kind: int, seat: str, timestamp: int, data: bytes, *, key: bool) -> bytes:
    return _HEADER.pack(kind, key, int(seat[1:]), timestamp & 0xFFFFFFFF) + data


def _seated(one: Seated) -> dict[str, str | float | None]:
    return {
        "seat": one.seat,
        "name": one.name,
        "role": one.role,
        "state": one.state,
        "admits_in": one.admits_in,
    }


def _pointed(point: Pointed | None) -> dict[str, str | float] | None:
    return None if point is None else {"from": point.seat, "on": point.on, "x": point.x, "y": point.y}


def _told(alarm: Shown) -> dict[str, str | float | bool | None]:
    return {
        "key": alarm.key,
        "kind": alarm.kind,
        "priority": alarm.priority.value,
        "value": alarm.value,
        "side": alarm.side,
        "since": alarm.since,
        "ringing": alarm.ringing,
        "seen": alarm.seen,
        "over": alarm.over,
    }
