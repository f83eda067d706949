"""Sensors that a technician gave to edges, beside those of the edges' own files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from devices.wire.messages import SensorSpec
from hub.store.schema import GIVEN
from hub.store.sensors import SensorKey


@dataclass(frozen=True, slots=True)
class Given:
    """A sensor is an edge's in [since, until)."""

    edge: str
    sensor: str
    protocol: str
    address: str
    "Bluetooth address in capitals; empty for a port."
    link: str
    "Port below `/dev/serial/by-id/`; empty for a Bluetooth sensor."
    since: int
    author: str
    until: int | None = None

    @property
    def key(self) -> SensorKey:
        """The sensor's name in the home."""
        return self.edge, self.sensor

    @property
    def spec(self) -> SensorSpec:
        """What the edge is told."""
        return SensorSpec(self.sensor, self.protocol, self.address, self.link)


def given(connection: Connection, edge: str | None = None, *, ended: bool = False) -> list[Given]:
    """Return what edges have now, oldest first; of one edge when named; with `ended` also what they had."""
    query = select(GIVEN).order_by(GIVEN.c.since, GIVEN.c.id)
    if edge is not None:
        query = query.where(GIVEN.c.edge == edge)
    if not ended:
        query = query.where(GIVEN.c.until.is_(None))
    names = Given.__slots__
    return [Given(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]


def give(connection: Connection, sensor: Given) -> None:
    """Give a sensor to an edge."""
    connection.execute(insert(GIVEN).values(asdict(sensor)))


def take_back(connection: Connection, key: SensorKey, now: int) -> bool:
    """Take a sensor back from its edge; tell whether it had it."""
    edge, sensor = key
    changed = connection.execute(
        update(GIVEN)
        .where(GIVEN.c.edge == edge, GIVEN.c.sensor == sensor, GIVEN.c.until.is_(None))
        .values(until=now)
    )
    return changed.rowcount > 0


def specs_by_edge(found: Sequence[Given]) -> dict[str, tuple[SensorSpec, ...]]:
    """Group by edge what edges are told."""
    grouped: dict[str, tuple[SensorSpec, ...]] = {}
    for each in found:
        grouped[each.edge] = (*grouped.get(each.edge, ()), each.spec)
    return grouped
