"""Second camera and second sound of a call: a hand camera for skin, ear or throat, and a stethoscope.

Their lines are in the offer from the beginning, empty; a device that joins fills its line and one that leaves empties it, so
nothing is negotiated while people talk, and nothing glitches. The page knows the lines by the roles told beside the
offer. A device is opened when it is asked for within a call that the room has agreed to, and never else; it closes with the
call. A stethoscope's sound goes through no processing: what helps a voice destroys a heart sound.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, Protocol

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av.frame import Frame
from av.packet import Packet

from devices.clock import SECOND, Clock
from devices.errors import ConfigError
from edge.media.names import Codec, coding
from edge.video import sources, tuning
from edge.video.encoding import SharedEncoder, Viewer
from edge.video.picture import SkinPicture
from edge.video.sound import Listener, SharedSound

_log = logging.getLogger(__name__)


class Role(enum.StrEnum):
    """What a second device is for."""

    HAND = "hand"
    STETHOSCOPE = "stethoscope"


KINDS: Final = {Role.HAND: "video", Role.STETHOSCOPE: "audio"}


class ExtraConfig(sources.SourceConfig, Protocol):
    """What `edge.config.CallConfig` says of second devices."""

    @property
    def hand_camera(self) -> str:
        """As `camera`; empty for none."""
        ...

    @property
    def stethoscope(self) -> str:
        """`generated`, `file:PATH` or `alsa:DEVICE`; empty for none."""
        ...


class Slot(MediaStreamTrack):
    """One line of a connection, which a device may fill and empty while the connection goes on."""

    def __init__(self, kind: str, clock: Clock) -> None:
        super().__init__()
        self.kind = kind
        self._clock = clock
        self._began = clock.monotonic()
        self._source: MediaStreamTrack | None = None
        self._shift: int | None = None
        self._changed = asyncio.Event()

    def fill(self, source: MediaStreamTrack | None) -> None:
        """Take another source, or none."""
        self._source, self._shift = source, None
        self._changed.set()

    async def recv(self) -> Frame | Packet[Any]:
        """Return the source's next frame or packet, once there is one."""
        while self.readyState == "live":
            source = self._source
            if source is None:
                self._changed.clear()
                await self._changed.wait()
                continue
            try:
                got = await source.recv()
            except MediaStreamError:
                if self._source is source:
                    self._source = None
                continue
            if self._source is source:
                return self._placed(got)
        raise MediaStreamError

    def stop(self) -> None:
        """End the line; the device stays as it is."""
        super().stop()
        self._changed.set()

    def _placed(self, got: Frame | Packet[Any]) -> Frame | Packet[Any]:
        """Put a source's times after those of the one before: a receiver drops what seems to be older."""
        base = got.time_base or Fraction(1, SECOND)
        pts = got.pts or 0
        if self._shift is None:
            self._shift = int(Fraction(self._clock.monotonic() - self._began, SECOND) / base) - pts
        if isinstance(got, Packet):
            # The same packet goes to others.
            mine: Packet[Any] = Packet(bytes(got))
            mine.time_base, mine.pts = base, pts + self._shift
            return mine
        got.pts = pts + self._shift
        return got


class Lines:
    """The lines of second devices in one connection, filled by what is open."""

    def __init__(self, extras: Extras, estimate: Callable[[], int | None]) -> None:
        self._extras = extras
        self._estimate = estimate
        self._lent: dict[Role, Viewer | Listener] = {}
        self.slots: dict[Role, Slot] = {}
        "The lines, by what they are for."

    def fill(self, role: Role, hand: SharedEncoder | None, sound: SharedSound | None) -> None:
        """Fill a line with a device that is open."""
        slot = self.slots.get(role)
        if slot is None:
            return
        if role is Role.STETHOSCOPE and sound is not None:
            self._lent[role] = listener = sound.join()
            slot.fill(listener)
        elif role is Role.HAND and hand is not None:
            self._lent[role] = viewer = hand.join()
            hand.listen(viewer, self._estimate)
            slot.fill(viewer)

    def empty(self, role: Role) -> None:
        """Empty a line: its device closes."""
        slot = self.slots.get(role)
        if slot is not None:
            slot.fill(None)
        self._lent.pop(role, None)

    def leave(self) -> None:
        """End the lines; the devices stay as they are."""
        self._extras.disconnect(self, self._lent)
        self._lent = {}
        for slot in self.slots.values():
            slot.stop()


class Extras:
    """The second devices of one call, for all its connections. Lives on the event loop."""

    def __init__(self, config: ExtraConfig, clock: Clock, changed: Callable[[], None]) -> None:
        """Prepare; nothing is opened.

        Args:
            config: the `[call]` table.
            clock: the edge's clock.
            changed: told when a device opened or closed.
        """
        self._config = config
        self._clock = clock
        self._changed = changed
        self._hand: SharedEncoder | None = None
        self._camera: MediaStreamTrack | None = None
        self._source: MediaStreamTrack | None = None
        self._sound: SharedSound | None = None
        self._lines: list[Lines] = []
        self.failed: Role | None = None
        "What could not be opened when it was last asked for."

    @property
    def available(self) -> tuple[Role, ...]:
        """What this room has."""
        named = {Role.HAND: self._config.hand_camera, Role.STETHOSCOPE: self._config.stethoscope}
        return tuple(role for role, name in named.items() if name)

    @property
    def codec(self) -> Codec:
        """What its pictures are encoded in."""
        return self._config.codec

    @property
    def active(self) -> tuple[Role, ...]:
        """What is open, read from the devices."""
        tracks = ((Role.HAND, self._camera), (Role.STETHOSCOPE, self._source))
        return tuple(role for role, track in tracks if track is not None and track.readyState == "live")

    @property
    def pictures(self) -> int:
        """How many pictures share a line with the room's own, that one included."""
        return 2 if self._hand is not None else 1

    def connect(self, estimate: Callable[[], int | None]) -> Lines:
        """Return new lines for a new connection, filled by what is open.

        Args:
            estimate: tells what one picture may take of the connection's line, bits per second; `None` is not known.
        """
        lines = Lines(self, estimate)
        lines.slots = {role: Slot(KINDS[role], self._clock) for role in self.available}
        self._lines.append(lines)
        for role in self.active:
            lines.fill(role, self._hand, self._sound)
        return lines

    def disconnect(self, lines: Lines, lent: dict[Role, Viewer | Listener]) -> None:
        """Take back what a connection was lent."""
        if lines in self._lines:
            self._lines.remove(lines)
        for track in lent.values():
            if isinstance(track, Listener):
                if self._sound is not None:
                    self._sound.leave(track)
            elif self._hand is not None:
                self._hand.leave(track)

    def switch(self, role: Role, *, on: bool) -> None:
        """Open or close a device; one that cannot be opened is told as `failed`.

        Blocks while a real device answers.
        """
        if role not in self.available or on == (role in self.active):
            return
        self.failed = None
        try:
            if on:
                self._open(role)
            else:
                self._close(role)
        except ConfigError as error:
            _log.error("%s: %s", role, error)
            self.failed = role
        self._changed()

    def request_key_frame(self) -> None:
        """A page lost the hand camera's picture."""
        if self._hand is not None:
            self._hand.request_key_frame()

    def close(self) -> None:
        """Close everything."""
        for role in Role:
            self._close(role)
        for lines in tuple(self._lines):
            lines.leave()

    def _open(self, role: Role) -> None:
        # What failed by itself may still be held.
        self._close(role)
        config = self._config
        if role is Role.STETHOSCOPE:
            self._source = sources.open_stethoscope(config.stethoscope, self._clock)
            self._sound = SharedSound(self._source, tuning.sound_encoder())
            self._sound.start()
        else:
            self._camera = sources.open_camera(
                config.hand_camera, config.size, config.fps, self._clock, SkinPicture
            )
            self._hand = SharedEncoder(
                self._camera,
                config.size,
                config.fps,
                self._clock,
                lambda _rung: self._changed(),
                coding(config.hand_camera, config.codec),
            )
            self._hand.start()
        for lines in self._lines:
            lines.fill(role, self._hand, self._sound)

    def _close(self, role: Role) -> None:
        for lines in self._lines:
            lines.empty(role)
        if role is Role.STETHOSCOPE:
            if self._sound is not None and self._source is not None:
                self._sound.stop()
                self._source.stop()
            self._sound = self._source = None
        else:
            if self._hand is not None and self._camera is not None:
                self._hand.stop()
                self._camera.stop()
            self._hand = self._camera = None
