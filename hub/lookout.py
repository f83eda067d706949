"""What rings because it waits too long: looked for every ten seconds, and rung when it changed.

What waits is somebody else's to say (`Sought`): a request that no physician takes, a question that no expert answers. From there on it
is an alert: it climbs its ladder, it is acknowledged, and it is in the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from devices.clock import Clock
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code
from hub.live import Live
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

EVERY: Final = 10.0
"Seconds between two looks."

Edges = Mapping[str, str | None]
"Device of every resident's room; who has left the home is not in it, and nobody is sent for them."
Found = Mapping[Code, tuple[Trouble, ...]]
"All that waits too long, for every kind that is looked for; nothing of a kind ends what rang of it."
Ring = Callable[[Code, Sequence[Trouble]], None]


@dataclass(frozen=True, slots=True)
class Sought:
    """Something that may wait too long."""

    unknown: str
    "What nobody knows while the store cannot be read, for the log."
    find: Callable[[Connection, Edges, int], Found]
    "Reads what waits, and returns what rings at a time (microseconds UTC)."


class Lookout:
    """Lives on the event loop."""

    def __init__(self, database: Database, live: Live, clock: Clock, ring: Ring, sought: Sought) -> None:
        """Make it; `run` begins.

        Args:
            database: where it is written what waits.
            live: the ward as it is now.
            clock: the hub's clock.
            ring: lets exactly these troubles of one kind ring (`Writer.ring`).
            sought: what is looked for.
        """
        self._database = database
        self._live = live
        self._clock = clock
        self._ring = ring
        self._sought = sought
        self._said: dict[Code, tuple[Trouble, ...]] = {}

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look once, and ring what changed; the first word after a start ends what rang before it."""
        edges = {who: known.edge for who, known in self._live.ward.roll.inhabitants.items()}
        try:
            found = await asyncio.to_thread(self._find, edges, self._clock.utc())
        except StoreUnavailableError as error:
            # What was said stands; health says what is wrong with the store.
            _log.error("nobody knows %s: %s", self._sought.unknown, error)
            return
        for code, troubles in found.items():
            if self._said.get(code) != troubles:
                self._said[code] = troubles
                self._ring(code, troubles)

    def _find(self, edges: Edges, now: int) -> Found:
        with self._database.read() as connection:
            return self._sought.find(connection, edges, now)
