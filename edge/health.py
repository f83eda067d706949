"""What the edge says of itself: the heartbeat's facts, and whether the watchdog may be fed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import version

from devices.wire.messages import Presence
from edge.notify import Notifier
from edge.recorder import Recorder
from edge.sensor import Sensor
from edge.supervisor import Attempt
from edge.uplink import Parts

WRITER_PATIENCE = 20.0
"Seconds in which the spool's thread must take a turn; a card's worst commit is a second or two."


class Health:
    """Looks at the parts of one edge."""

    def __init__(self, edge: str, parts: Parts, recorder: Recorder, sensors: Sequence[Sensor]) -> None:
        self._edge = edge
        self._parts = parts
        self._recorder = recorder
        self._sensors = sensors
        self._version = version("veilleuse")
        self._rounds: dict[str, int] = {}

    def presence(self) -> Presence:
        """Return the heartbeat of now."""
        parts = self._parts
        counters = parts.counters.snapshot()
        if parts.spool.unreadable:
            counters["spool_unreadable"] = parts.spool.unreadable
        return Presence(
            self._edge,
            "",
            "online",
            parts.timekeeper.now(parts.clock.monotonic()),
            parts.timekeeper.synchronised,
            self._version,
            parts.spool.pending + self._recorder.held,
            parts.spool.disk_free(),
            parts.spool.full or self._recorder.stuck,
            tuple(sensor.fact() for sensor in self._sensors),
            counters,
            judges=True,
        )

    async def alive(self) -> bool:
        """Tell whether the data's path moves: the spool's thread takes a turn, and the sensors' tasks go on."""
        try:
            async with asyncio.timeout(WRITER_PATIENCE):
                await self._parts.writer.run(int)
        except TimeoutError:
            return False
        # A sensor without a link is its own matter, told to the hub; one whose link stands must be looked after.
        before = self._rounds
        self._rounds = {sensor.id: sensor.rounds for sensor in self._sensors if sensor.standing}
        return all(before.get(sensor) != rounds for sensor, rounds in self._rounds.items())


class Watchdog:
    """Feeds systemd's watchdog as long as every edge of the process is alive."""

    def __init__(self, notifier: Notifier, interval: float, edges: Sequence[Health]) -> None:
        self._notifier = notifier
        self._interval = interval
        self._edges = edges

    async def run(self, attempt: Attempt) -> None:
        """Look and feed, for ever."""
        while True:
            if all([await edge.alive() for edge in self._edges]):
                self._notifier.send("WATCHDOG=1")
                attempt.works()
            await asyncio.sleep(self._interval)
