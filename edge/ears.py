"""What is within reach of a room: sensors that the radio hears, and serial ports that are plugged in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from devices.clock import Clock
from devices.wire.messages import Candidate
from edge.discovery import listening
from edge.radio import LinkOpener
from edge.timekeeping import Timekeeper

MAX_PORTS = 32
"Ports looked at; a machine with more is no room's device."


class RoomEars:
    """`edge.survey.Ears` over the room's radio and the folder of its plugged ports."""

    def __init__(self, links: LinkOpener, timekeeper: Timekeeper, clock: Clock, serial_folder: str) -> None:
        """Take the room's links, which have the radio, what places times, and the folder of plugged ports."""
        self._links = links
        self._timekeeper = timekeeper
        self._clock = clock
        self._folder = Path(serial_folder)

    def listen(self) -> AbstractAsyncContextManager[Callable[[], Iterable[Candidate]]]:
        """Listen as long as the context lasts; it gives what was heard so far.

        Entering raises `TransportError` when the radio does not work.
        """
        return listening(self._links, self._timekeeper, self._clock.monotonic)

    async def ports(self) -> list[Candidate]:
        """Return the plugged serial ports. Which protocol is spoken there, their names do not tell."""
        return await asyncio.to_thread(self._ports)

    def _ports(self) -> list[Candidate]:
        try:
            names = sorted(each.name for each in self._folder.iterdir())
        except OSError:
            # The system removes the folder with the last port.
            return []
        return [Candidate("", link=str(self._folder / name), name=name) for name in names[:MAX_PORTS]]
