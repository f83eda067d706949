"""Which of what edges say of their sensors is worth writing down. Pure; the writer's thread owns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devices.clock import SECOND
from devices.quality import Quality
from devices.wire.messages import Presence
from hub.store.sensors import SensorKey, SensorRecord, record_of

EVERY = 30 * SECOND
"How often what moves all the time (newest reading, last seen, signal strength) is written."
_MAX_SENSORS = 500
"Of one edge; more than any has, and a bound to what one that makes up names costs. What is beyond is nobody's."
_TOLD_AT_ONCE = int(Quality.PROBE_OFF | Quality.LOW_BATTERY)
"Movement comes and goes with every heartbeat."


class Facts:
    """What was last written of every sensor."""

    def __init__(self, written: Mapping[SensorKey, SensorRecord]) -> None:
        """Take up what is on the disk."""
        self._written: dict[str, dict[str, SensorRecord]] = {}
        for (edge, sensor), record in written.items():
            self._written.setdefault(edge, {})[sensor] = record

    def heard(self, edge: str, sensor: str, now: int) -> SensorRecord | None:
        """Take a reading of a sensor; return what to write when it is the first."""
        known = self._written.setdefault(edge, {})
        if sensor in known or len(known) >= _MAX_SENSORS:
            return None
        known[sensor] = SensorRecord(edge, sensor, now, updated=now)
        return known[sensor]

    def told(self, presence: Presence, now: int) -> list[SensorRecord]:
        """Take a heartbeat; return what to write: what changed, and every 30 s what moves all the time."""
        known = self._written.setdefault(presence.edge, {})
        due = []
        for fact in presence.sensors:
            before = known.get(fact.sensor)
            after = record_of(presence.edge, fact, now if before is None else before.first_heard, now)
            if before is None or _steady(before) != _steady(after) or abs(now - before.updated) >= EVERY:
                due.append(after)
        named = {fact.sensor for fact in presence.sensors}
        due += [
            replace(before, listed=False, updated=now)
            for sensor, before in known.items()
            if before.listed and sensor not in named
        ]
        for record in due:
            known[record.sensor] = record
        return due


def _steady(record: SensorRecord) -> SensorRecord:
    return replace(
        record,
        last=None,
        seen=None,
        rssi=None,
        detail="",
        updated=0,
        flags=record.flags & _TOLD_AT_ONCE,
    )
