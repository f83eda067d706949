"""Takes back what a display or a light shows of an alert that is over or in somebody's hands.

What is owed is known from the disk: everything that may be shown and stands for such an alert. That it is about to be
taken back is written down before it is done, and what came of it afterwards; a hub that ends in between does it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from hub.alerting.escalation.climb import USEFUL
from hub.alerting.model import Alert
from hub.notify.base import Notice, Outcome, Recalling, Retry, Sent
from hub.notify.log import Log
from hub.store import journal, tellings
from hub.store.tellings import Notification

SEND = 40.0
"Seconds for what a channel promises to do in 30."
_LOOK = 1.0
"Seconds between two looks into the log."
_RETRY = 60.0
"Longest pause between two attempts, in seconds."
_WHY = "the alert is over or in somebody's hands"


class Recalls:
    """The recalls of one channel."""

    def __init__(
        self, log: Log, clock: Clock, channel: Recalling, notice: Callable[[Notification, Alert], Notice]
    ) -> None:
        """Prepare; `notice` makes what a channel is given of a line of the log."""
        self._log = log
        self._clock = clock
        self._channel = channel
        self._notice = notice
        self._later: dict[str, int] = {}
        "What could not be taken back yet, and when it is tried again."

    async def remember(self) -> None:
        """Tell the channel what its displays show, as the log has it."""
        name = self._channel.name
        self._channel.remember(await self._log.read(lambda connection: tellings.shown(connection, name)))

    async def run(self) -> None:
        """Take back what is owed, until cancelled."""
        while True:
            row = await self._log.read(self._owed)
            if row is None:
                await asyncio.sleep(_LOOK)
            else:
                await self._take_back(row)

    def _owed(self, connection: Connection) -> Notification | None:
        now = self._clock.utc()
        # What could not be taken back waits for its own time and holds up nothing else.
        self._later = {key: time for key, time in self._later.items() if time > now}
        return tellings.next_recall(connection, self._channel.name, self._later)

    async def _take_back(self, row: Notification) -> None:
        began = self._clock.utc()

        def begin(connection: Connection) -> tuple[Alert | None, int]:
            tellings.begin_recall(connection, row, _WHY, began)
            return journal.alert(connection, row.stands_for), tellings.recall_since(connection, row)

        alert, since = await self._log.write(begin)
        outcome = Sent() if alert is None else await self._recall(self._notice(row, alert))
        now = self._clock.utc()
        if isinstance(outcome, Retry) and now < since + USEFUL:
            self._later[row.id] = now + round(min(_RETRY, max(1.0, outcome.after)) * SECOND)
            return
        trouble = "" if isinstance(outcome, Sent) else outcome.reason
        await self._log.write(lambda connection: tellings.end_recall(connection, row, trouble, now))

    async def _recall(self, notice: Notice) -> Outcome:
        try:
            async with asyncio.timeout(SEND):
                return await self._channel.recall(notice)
        except TimeoutError:
            return Retry(f"the channel did not answer in {SEND:g} s")
