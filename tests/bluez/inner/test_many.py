"""Twenty sensors on one adapter, all at the same time."""

from __future__ import annotations

import asyncio
import time

from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_meters import Cuff, Thermometer
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from tests.bluez.inner.room import Room, report

KINDS: list[tuple[type[BleSensor], str, str, int]] = [
    (HeartRateStrap, "heart-rate", "heart_rate", 7),
    (PulseOximeter, "pulse-oximeter", "spo2", 7),
    (Thermometer, "thermometer", "temperature", 3),
    (Cuff, "blood-pressure", "systolic", 3),
]
"Kind, protocol, metric, how many."

WATCHED = 15.0
"Seconds in which all are looked at once they deliver."


async def test_twenty_sensors_deliver_at_the_same_time(room: Room) -> None:
    metrics: dict[str, str] = {}
    protocols: dict[str, str] = {}
    for kind, protocol, metric, count in KINDS:
        for number in range(count):
            sensor = await room.sensor(kind, f"{protocol}-{number}", every=1.0)
            metrics[sensor.name], protocols[sensor.name] = metric, protocol
    edge = room.start_edge(protocols, "slots = 20")
    took = await room.until(
        "a value of each of the twenty",
        lambda: all(room.count(name, metric) for name, metric in metrics.items()),
        150,
    )
    assert sum(sensor.connected for sensor in room.sensors) == 20
    before = {name: room.count(name, metric) for name, metric in metrics.items()}
    used, began = edge.used(), time.monotonic()
    await asyncio.sleep(WATCHED)
    seconds = time.monotonic() - began
    share = (edge.used() - used) / seconds
    after = {name: room.count(name, metric) - before[name] for name, metric in metrics.items()}
    assert all(sensor.connected for sensor in room.sensors), "no link was lost"
    # An unchanged temperature is told more rarely; pulses and saturations are never still.
    assert min(after.values()) >= 1, after
    resident = edge.usage.memory_info().rss
    races = room.counter("discovery_races")
    # Its good-byes would take BlueZ 2 s for each sensor.
    edge.stop(kill=True)
    report(
        seconds_until_all_deliver=round(took, 1),
        values_per_second=round(sum(after.values()) / seconds, 1),
        edge_cpu_percent=round(100 * share, 1),
        edge_resident_mb=round(resident / 1e6, 1),
        links_made=sum(sensor.connects for sensor in room.sensors),
        races=races,
    )
