"""Sensors of every kind, from their bytes through BlueZ and the edge to what the hub has on its disk."""

from __future__ import annotations

from devices.measurement import Link
from devices.simulators.ble_meters import Cuff, Thermometer
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from tests.bluez.inner.room import Room, report


async def test_kinds_of_sensor_deliver(room: Room) -> None:
    await room.sensor(HeartRateStrap, "strap", battery=77)
    await room.sensor(PulseOximeter, "oximeter")
    await room.sensor(Thermometer, "thermometer")
    await room.sensor(Cuff, "cuff")
    room.start_edge(
        {
            "strap": "heart-rate",
            "oximeter": "pulse-oximeter",
            "thermometer": "thermometer",
            "cuff": "blood-pressure",
        }
    )
    wanted = {
        ("strap", "heart_rate"),
        ("strap", "battery"),
        ("oximeter", "spo2"),
        ("thermometer", "temperature"),
        ("cuff", "systolic"),
    }
    took = await room.until(
        "every sensor's value",
        lambda: wanted <= {(each.sensor, each.metric) for each in room.observations()},
        60,
    )
    report(seconds=round(took, 1))
    assert room.links("strap")[-1] is Link.UP
    assert room.hub.refused == []
