"""Sensors of every kind, from their bytes through BlueZ and the edge to what the hub has on its disk."""

from __future__ import annotations

from devices.measurement import Link
from devices.simulators.ble_sensors import Cuff, HeartRateStrap, PulseOximeter, Thermometer
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


async def test_a_lost_link_is_told_and_built_again(room: Room) -> None:
    strap = await room.sensor(HeartRateStrap, "strap")
    room.start_edge({"strap": "heart-rate"})
    await room.until("first values", lambda: len(room.observations("strap", "heart_rate")) >= 3)
    await strap.unplug()
    down = await room.until("down is told", lambda: room.links("strap")[-1] is Link.DOWN)
    before = len(room.observations("strap", "heart_rate"))
    await strap.plug()
    up = await room.until("up again", lambda: room.links("strap")[-1] is Link.UP, 60)
    await room.until("values again", lambda: len(room.observations("strap", "heart_rate")) > before + 2)
    report(down_told_after=round(down, 2), up_after=round(up, 2))
