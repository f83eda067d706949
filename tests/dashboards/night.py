"""A ward at night: a real hub, and rooms whose sealed messages go straight to its writer, so that 120 are no burden."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

from devices.clock import SECOND, SystemClock
from devices.limits import Limit, Priority
from devices.measurement import Link
from devices.wire.messages import Envelope, Lane, Observation, Presence, SensorFact, encode
from devices.wire.seal import Keys, edge_secret, seal
from devices.wire.topics import up
from hub.store import records
from hub.store.records import EdgeRecord, Prescription, Resident, Room
from tests.dashboards.homes import HubHome

FAMILIES = [
    "Martin",
    "Durand",
    "Petit",
    "Leroy",
    "Moreau",
    "Roux",
    "Fournier",
    "Girard",
    "Bonnet",
    "Dupont",
    "Lambert",
    "Fontaine",
    "Rousseau",
    "Vincent",
    "Muller",
    "Lefevre",
    "Faure",
    "Andre",
    "Mercier",
    "Blanc",
    "Guerin",
    "Boyer",
    "Garnier",
    "Chevalier",
]
GIVEN = [
    "Jeanne",
    "Paul",
    "Simone",
    "Luc",
    "Odette",
    "Marcel",
    "Yvonne",
    "René",
    "Denise",
    "Henri",
    "Lucienne",
    "Roger",
]
CALM = {"spo2": 96.0, "pulse_rate": 72.0}
AGO = 25 * 3600 * SECOND


class Night(HubHome):
    """`count` residents, each with an oximeter that speaks once a second."""

    def __init__(self, folder: Path, count: int = 24) -> None:
        self.count = count
        self.values = {key: dict(CALM) for key in self.keys()}
        self.silent: set[str] = set()
        self._seq: Counter[str] = Counter()
        super().__init__(folder)

    def keys(self) -> list[str]:
        return [f"r{number}" for number in range(1, self.count + 1)]

    def furnish(self, database: Any) -> None:
        now = self._now() - AGO
        with database.write() as connection:
            for index, key in enumerate(self.keys()):
                number = str(index + 1)
                family = FAMILIES[index % len(FAMILIES)]
                given = GIVEN[(index + index // len(FAMILIES)) % len(GIVEN)]
                records.add_room(connection, Room(number, f"Chambre {number}"))
                records.save_edge(connection, EdgeRecord(f"edge-{number}", 1, now))
                records.place_edge(connection, f"edge-{number}", number, now)
                resident = Resident(key, family, given, 1928 + index % 20, now)
                records.add_resident(connection, resident)
                records.move_resident(connection, key, number, now)
                limit = Limit(f"{key}-spo2", "spo2", Priority.HIGH, low=88.0, delay=1.0, hysteresis=1.0)
                records.prescribe(connection, Prescription(limit, key, "benali", "BPCO connue", now))
                fast = Limit(f"{key}-pulse", "pulse_rate", Priority.MEDIUM, high=120.0, delay=1.0)
                records.prescribe(connection, Prescription(fast, key, "benali", "", now))

    async def begin(self) -> None:
        self._beating = asyncio.create_task(self._beat())

    async def end(self) -> None:
        self._beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._beating

    def ring(self, resident: str, **values: float) -> None:
        """Let a resident have other values from the next second on."""
        self.values[resident] = {**CALM, **values}

    def past(self, resident: str, values: list[tuple[float, float]]) -> None:
        """Let a resident have had these (seconds ago, SpO₂) before now."""
        now = self._now()
        seen = [Observation("ox", "spo2", now - round(ago * SECOND), value) for ago, value in values]
        self._send(resident, "live", self._envelope(resident, tuple(seen)))

    def _now(self) -> int:
        return SystemClock().utc()

    async def _beat(self) -> None:
        while True:
            for key in self.keys():
                if key in self.silent:
                    continue
                now = self._now()
                fact = SensorFact("ox", Link.UP, last=now, battery=80)
                self._send(key, "presence", Presence(self._edge(key), "c1", "online", now, sensors=(fact,)))
                seen = tuple(
                    Observation("ox", metric, now, value) for metric, value in self.values[key].items()
                )
                self._send(key, "live", self._envelope(key, seen))
            await asyncio.sleep(1)

    def _edge(self, key: str) -> str:
        return f"edge-{key.removeprefix('r')}"

    def _envelope(self, key: str, seen: tuple[Observation, ...]) -> Envelope:
        self._seq[key] += 1
        return Envelope(self._edge(key), "s1", Lane.LIVE, self._seq[key], self._now(), True, seen)

    def _send(self, key: str, kind: str, message: object) -> None:
        edge, core = self._edge(key), self.hub.core
        topic = up(edge, kind)
        sealed = seal(Keys(edge_secret(core.secrets.master, edge, 1)), topic, encode(message))
        core.writer.inbox.arrive(topic, sealed)
