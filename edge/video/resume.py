"""A call that outlives the room's device: what is kept of it on disk, and when it may go on after a restart.

A device that is killed in a call, or loses power, would leave the physician with a dead picture and the resident with a
second ring. Instead the call goes on, when all of this holds:

* somebody in the room had accepted this very call, and it was open when the device stopped;
* that is at most two minutes ago, by a clock that was right then and now: a device that does not know the time forgets;
* the hub asks for this call by its id (somebody's page asks for a new connection): nothing opens by itself;
* the room's screen is there to show it: nobody is filmed by a room that does not say so;
* nobody hung up meanwhile, no other call came, and the device was not stopped in order (that ends its call).

Whatever came into the call before it stopped comes back in the same way and no one else does; the room's microphone is as
muted as it was. `Memory` and `Recall` are pure; `Keeper` is the file.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import os
from pathlib import Path
from typing import Final

import msgspec

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from edge.video.admission import Rule

_log = logging.getLogger(__name__)

LASTS: Final = 120 * SECOND
"From the last time that the call was seen open. A restart takes 5 s, a reboot of the device about 60 s (memory)."
EVERY: Final = 10 * SECOND
"Between two times that an open call is noted."
MAX_BYTES: Final = 16 * 1024
"Of the file: five people with long names; anything larger is not ours."


class Seated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was in the call."""

    seat: str
    name: str
    role: str


class Memory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An open call."""

    call: str
    rule: Rule
    people: tuple[Seated, ...]
    muted: bool
    muted_by: str
    seen: int
    "When it was last seen open, microseconds UTC."


class Verdict(enum.StrEnum):
    """What a signal means for a call that is remembered."""

    OTHER = "other"
    "Nothing: it concerns another call, or the memory is over."
    WAIT = "wait"
    "It is noted; the screen is not there yet."
    GO_ON = "go_on"
    "The call goes on."


class Recall:
    """A call that may go on. Times are monotonic microseconds."""

    def __init__(self, memory: Memory, until: int) -> None:
        self.memory = memory
        self._until = until
        self._seats = {one.seat for one in memory.people}
        self._over = False
        self._asked: dict[str, Signal] = {}

    def over(self, now: int) -> bool:
        """Tell whether it is too late, or somebody ended it."""
        return self._over or now >= self._until

    def receive(self, signal: Signal, now: int, *, screen: bool) -> Verdict:
        """Take a signal, whatever it is about.

        Args:
            signal: from the hub.
            now: the time.
            screen: the room's screen is there.
        """
        if signal.kind is SignalKind.RING:
            self._over = True
        if self.over(now) or signal.call != self.memory.call:
            return Verdict.OTHER
        if signal.kind is SignalKind.BYE:
            self._over = True
            return Verdict.OTHER
        if signal.kind is SignalKind.LEFT:
            self._seats.discard(signal.peer)
            self._asked.pop(signal.peer, None)
            return Verdict.WAIT
        if signal.kind is not SignalKind.RESTART or signal.peer not in self._seats:
            # Of a connection that ended with the device.
            return Verdict.WAIT
        self._asked[signal.peer] = signal
        return Verdict.GO_ON if screen else Verdict.WAIT

    def asked(self, now: int) -> tuple[Signal, ...]:
        """Return who asked for a new connection, the newest of each; once the screen is there the call goes on with them."""
        return () if self.over(now) else tuple(self._asked.values())

    @property
    def people(self) -> tuple[Seated, ...]:
        """Return who was in the call and has not left it since."""
        return tuple(one for one in self.memory.people if one.seat in self._seats)


class Keeper:
    """The file in which the room's device keeps its call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: Memory | None = None

    def keep(self, memory: Memory) -> None:
        """Note an open call, when something changed or it is time to."""
        kept = self._kept
        fresh = kept is not None and memory.seen - kept.seen < EVERY
        if fresh and kept is not None and msgspec.structs.replace(memory, seen=kept.seen) == kept:
            return
        new = self._path.with_name(self._path.name + ".new")
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(memory))
            new.replace(self._path)
        except OSError as error:
            # The call goes on; it would only not outlive this process.
            _log.warning("the call is not noted in %s: %s", self._path, error)
        self._kept = memory

    def forget(self) -> None:
        """The call is over."""
        self._kept = None
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def recall(self, utc: int, now: int) -> Recall | None:
        """Read what was open when the device stopped; nothing when it is too old, or cannot be read.

        Args:
            utc: microseconds UTC.
            now: monotonic, microseconds.
        """
        try:
            with self._path.open("rb") as file:
                memory = msgspec.json.decode(file.read(MAX_BYTES), type=Memory)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.warning("%s tells of no call: %s", self._path, error)
            self.forget()
            return None
        ago = utc - memory.seen
        # Half a minute back: the clock was set meanwhile.
        if not -EVERY <= ago < LASTS or not memory.people:
            self.forget()
            return None
        return Recall(memory, now + LASTS - max(0, ago))
