"""The server behind the room's page: on 127.0.0.1 alone, for pages that it served itself.

To the page: JSON `{"type":"state", ...}` after every change and every second; binary frames `kind (1 picture, 2 voice),
key frame (0 or 1), 0, 0, RTP timestamp (uint32, little-endian), data`. From the page: JSON `{"type", "call"}` with type
`shown`, `hidden`, `accept`, `refuse` or `hang_up`; `seen` with an alarm's key as `call`; `sound` with `ready` or `locked`.
The page decodes picture and voice; the agent does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from devices.clock import Clock
from devices.limits import Priority
from edge.kiosk.files import file_response, page_file, text_response

_log = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
SOCKET: Final = "/ecran"
PICTURE, VOICE = 1, 2
REFRESH: Final = 1.0
"Seconds between two messages when nothing changes: a page that hears nothing for 3 s says so."
MAX_SCREENS: Final = 8
"Connections at a time; a room has one screen, and a page that loads again has two for a moment."
MAX_WAITING: Final = 16
"Pictures that wait for a slow screen, one second of them; beyond, they are left out until the next whole one."
MAX_MESSAGE: Final = 1024
"Bytes that a page may say at once."
_HEADER: Final = struct.Struct("<BBHI")


class View(Protocol):
    """What is shown; `edge.video.service.RoomView` is one."""

    @property
    def phase(self) -> str:
        """`idle`, `ringing`, `connecting`, `connected`, `reconnecting` or `ended`."""
        ...

    @property
    def call(self) -> str:
        """Identifier of the call."""
        ...

    @property
    def caller(self) -> str:
        """Name of who calls."""
        ...

    @property
    def caller_role(self) -> str:
        """Role of who calls."""
        ...

    @property
    def reason(self) -> str:
        """Why the last call ended."""
        ...

    @property
    def opens_in(self) -> float | None:
        """Seconds until an announced call opens by itself."""
        ...

    @property
    def camera(self) -> bool:
        """The camera is open."""
        ...

    @property
    def microphone(self) -> bool:
        """The microphone is open."""
        ...


class Calls(Protocol):
    """Whose screen this is; `edge.video.service.CallService` is one."""

    def view(self) -> View:
        """Return what is shown now."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change; the result ends that."""
        ...

    def shown(self, call: str) -> None:
        """The ring is on the screen."""
        ...

    def screen_gone(self) -> None:
        """No screen shows anything."""
        ...

    def accept(self, call: str) -> None:
        """Accepted in the room."""
        ...

    def refuse(self, call: str) -> None:
        """Refused in the room."""
        ...

    def hang_up(self, call: str) -> None:
        """Ended in the room."""
        ...

    def request_key_frame(self) -> None:
        """A screen needs a whole picture."""
        ...


class Shown(Protocol):
    """An alarm on the screen; `edge.ringing.ShownAlarm` is one."""

    @property
    def key(self) -> str:
        """Names the occurrence."""
        ...

    @property
    def kind(self) -> str:
        """Metric, or kind of the event."""
        ...

    @property
    def priority(self) -> Priority:
        """Its priority."""
        ...

    @property
    def value(self) -> float | None:
        """The worst value."""
        ...

    @property
    def side(self) -> str:
        """`low` or `high`."""
        ...

    @property
    def since(self) -> float:
        """Seconds since it began."""
        ...

    @property
    def ringing(self) -> bool:
        """It is to be heard now."""
        ...

    @property
    def seen(self) -> bool:
        """Somebody in the room said that it was seen."""
        ...

    @property
    def over(self) -> bool:
        """Its condition ended."""
        ...


class Alarms(Protocol):
    """What rings here while the hub does not answer; `edge.ringing.Ringing` is one."""

    @property
    def away(self) -> bool:
        """Whether the hub does not answer."""
        ...

    def view(self) -> Sequence[Shown]:
        """Return what is shown, worst first."""
        ...

    def seen(self, key: str) -> None:
        """An alarm was seen by a caregiver."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after changes; the result ends that."""
        ...


@dataclass(slots=True, eq=False)
class _Screen:
    """One connected page."""

    connection: ServerConnection
    waiting: asyncio.Queue[str | bytes] = field(default_factory=asyncio.Queue)
    visible: bool = True
    needs_key: bool = True
    audible: bool = False
    "The page says that its sound is unlocked."


@dataclass(frozen=True, slots=True)
class Settings:
    """What the screen says of the room beside the call."""

    port: int
    loudspeaker: str
    files: Path | None
    "Folder of the built page."
    policy: str
    "Content security policy of the page."


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

    def picture(self, data: bytes, timestamp: int) -> None:
        """Send an encoded VP8 frame; the first one that a page gets is a whole one."""
        # RFC 6386 section 9.1: the lowest bit of the frame tag is 0 in a key frame.
        key = bool(data) and not data[0] & 1
        frame = _HEADER.pack(PICTURE, key, 0, timestamp & 0xFFFFFFFF) + data
        for screen in self._screens:
            if screen.waiting.qsize() > MAX_WAITING:
                screen.needs_key = True
            elif key or not screen.needs_key:
                screen.needs_key = False
                screen.waiting.put_nowait(frame)
                continue
            self._calls.request_key_frame()

    def voice(self, data: bytes, timestamp: int) -> None:
        """Send an Opus packet."""
        if self._settings.loudspeaker != "page":
            return
        frame = _HEADER.pack(VOICE, 1, 0, timestamp & 0xFFFFFFFF) + data
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

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        hosts = {f"{name}:{self.port}" for name in (HOST, "localhost")}
        if request.headers.get("host") not in hosts:
            # A name that somebody points at 127.0.0.1 must not reach the room through a browser here.
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "host is not this screen")
        path = request.path.partition("?")[0]
        if path == SOCKET:
            if request.headers.get("origin") not in {f"http://{host}" for host in hosts}:
                return self._refuse(HTTPStatus.FORBIDDEN, "origin is not this screen")
            if len(self._screens) >= MAX_SCREENS:
                return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many screens")
            return None
        folder = self._settings.files
        if folder is None:
            return self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, "the room's page is not built: run `make setup`"
            )
        found = page_file(folder, path)
        if found is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "no such file")
        return file_response(found, self._settings.policy)

    def _refuse(self, status: HTTPStatus, why: str) -> Response:
        self.refused += 1
        return text_response(status, why)

    async def _serve(self, connection: ServerConnection) -> None:
        screen = _Screen(connection)
        self._screens.add(screen)
        sender = asyncio.create_task(self._send(screen), name="screen sender")
        screen.waiting.put_nowait(self._state())
        self._calls.request_key_frame()
        try:
            async for message in connection:
                self._said(screen, message)
        except ConnectionClosed:
            pass
        finally:
            self._screens.discard(screen)
            sender.cancel()
            await asyncio.wait([sender])
            self._look()

    async def _send(self, screen: _Screen) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await screen.connection.send(await screen.waiting.get())

    def _said(self, screen: _Screen, message: str | bytes) -> None:
        try:
            body = json.loads(message)
            kind, call = body["type"], body["call"]
        except (ValueError, KeyError, TypeError, UnicodeDecodeError):
            kind = call = ""
        if not isinstance(kind, str) or not isinstance(call, str):
            kind = call = ""
        match kind:
            case "shown":
                screen.visible = True
                self._calls.shown(call)
            case "hidden":
                screen.visible = False
                self._look()
            case "accept" if screen.visible:
                self._calls.accept(call)
            case "refuse":
                self._calls.refuse(call)
            case "hang_up":
                self._calls.hang_up(call)
            case "seen" if screen.visible and self._alarms is not None:
                self._alarms.seen(call)
            case "sound" if call in {"ready", "locked"}:
                # Said only by a page that is on the glass.
                screen.visible, screen.audible = True, call == "ready"
            case _:
                self.refused += 1

    def _look(self) -> None:
        if not any(screen.visible for screen in self._screens):
            self._calls.screen_gone()


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
