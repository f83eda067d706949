"""Sensors of every kind, from their bytes through BlueZ and the edge to what the hub has got; and how they are found."""

from __future__ import annotations

from devices.clock import SystemClock
from devices.measurement import Link
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_broadcast import ClimateBeacon, XiaomiBeacon
from devices.simulators.ble_glucose import GlucoseMeter, GlucoseMonitor
from devices.simulators.ble_meters import BodyCompositionScale, Cuff, Scale, Thermometer, WeightScale
from devices.simulators.ble_polar import PolarH10
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from devices.wire.messages import SurveyRequest
from tests.bluez.inner.room import Room, report

KINDS: dict[str, tuple[type[BleSensor | ClimateBeacon], str]] = {
    "heart-rate": (HeartRateStrap, "heart_rate"),
    "polar-h10": (PolarH10, "heart_rate"),
    "pulse-oximeter": (PulseOximeter, "spo2"),
    "thermometer": (Thermometer, "temperature"),
    "blood-pressure": (Cuff, "systolic"),
    "weight-scale": (WeightScale, "weight"),
    "body-composition": (BodyCompositionScale, "body_fat"),
    "scale": (Scale, "weight"),
    "glucose": (GlucoseMeter, "glucose"),
    "cgm": (GlucoseMonitor, "glucose"),
    "bthome": (ClimateBeacon, "room_temperature"),
    "xiaomi": (XiaomiBeacon, "room_temperature"),
}
"By protocol; the sensor has its protocol's name."


async def test_every_kind_of_sensor_delivers(room: Room) -> None:
    for name, (kind, _) in KINDS.items():
        await room.sensor(kind, name)
    edge = room.start_edge({name: name for name in KINDS}, "slots = 12")
    wanted = {(name, metric) for name, (_, metric) in KINDS.items()}
    took = await room.until_all(
        "every sensor's value",
        lambda: wanted - {(each.sensor, each.metric) for each in room.observations()},
        90,
    )
    await room.until("the strap's ECG", lambda: room.curves("polar-h10", "ecg"), 30)
    assert room.links("heart-rate")[-1] is Link.UP
    assert room.hub.refused == []
    # Its good-byes would take BlueZ 2 s for each sensor.
    edge.stop(kill=True)
    report(kinds=len(KINDS), seconds_until_all_deliver=round(took, 1))


async def test_a_survey_finds_every_kind(room: Room) -> None:
    for name, (kind, _) in KINDS.items():
        await room.sensor(kind, name)
    room.start_edge({"heart-rate": "heart-rate"})
    await room.until("a linked sensor's value", lambda: room.count("heart-rate"), 60)
    room.hub.tell("command", SurveyRequest(SystemClock().utc(), "s1", 90.0))
    names = {sensor.place: sensor.name for sensor in room.sensors}

    def found() -> dict[str, str]:
        return {
            each.address: each.protocol
            for newest in room.surveys[-1:]
            for each in newest.candidates
            if each.address in names
        }

    # The linked sensor does not advertise while its link stands.
    others = {address: name for address, name in names.items() if name != "heart-rate"}
    took = await room.until_all(
        "every sensor is found and recognised", lambda: others.items() - found().items(), 75
    )
    report(found=len(found()), seconds=round(took, 1))
