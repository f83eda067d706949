"""Watches the escalation from the disk alone, and rings when a step or a channel is late.

It shares nothing with the scheduler but the database: its own loop, its own arithmetic, its own read of the alerts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from devices.limits import Priority
from hub.alerting.escalation.audit import find_late
from hub.alerting.escalation.climb import Trouble
from hub.health import Health
from hub.store import journal, tellings
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError

EVERY = 1.0
"Seconds between two looks."
QUEUE = 45 * SECOND
"How long something may wait for its channel to begin: longer than any one `Channel.send` takes."

_log = logging.getLogger(__name__)


class Auditor:
    """See the module."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        climbing: AbstractSet[Priority],
        ring: Callable[[Sequence[Trouble]], None],
        health: Health,
    ) -> None:
        """Make an auditor.

        Args:
            database: where alerts, escalations and log are.
            clock: the hub's clock.
            climbing: priorities that have a ladder.
            ring: lets exactly these troubles ring on the ward.
            health: what is wrong.
        """
        self._database = database
        self._clock = clock
        self._climbing = climbing
        self._ring = ring
        self._health = health
        self._said: list[Trouble] | None = None

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(EVERY)

    def look(self) -> list[Trouble]:
        """Look once; rings what it finds and returns it."""
        # The time before the state: what is written while we read is not held against anybody.
        now = self._clock.utc()
        try:
            with self._database.read() as connection:
                found = self._find(connection, now)
        except StoreUnavailableError as error:
            self._health.failing("escalation", f"nobody knows whether alerts are passed on: {error}")
            return []
        if found != self._said:
            self._said = found
            self._ring(found)
            for trouble in found:
                _log.error("an alert at edge %s is not passed on in time: %s", trouble.edge, trouble.detail)
        if found:
            # Said here too: who is late may be the very part that would ring.
            self._health.failing("escalation", f"{len(found)} alerts are not passed on in time")
        else:
            self._health.well("escalation")
        return found

    def _find(self, connection: Connection, now: int) -> list[Trouble]:
        alerts = {alert.id: alert for alert, _ in journal.open_alerts(connection)}
        climbs = {climb.alert: climb for climb in tellings.escalations(connection)}
        told = tellings.told_steps(connection, climbs)
        found = {t.edge: t for t in find_late(alerts.values(), climbs, told, self._climbing, now)}
        for channel, (key, since) in sorted(tellings.oldest_waiting(connection).items()):
            alert = alerts.get(key)
            if alert is not None and now - since > QUEUE:
                late = Trouble(alert.edge, alert.resident, f"channel {channel} takes nothing")
                found.setdefault(alert.edge, late)
        return [found[edge] for edge in sorted(found)]
