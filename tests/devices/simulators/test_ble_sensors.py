"""Virtual radio sensors, read through the real transport and driver; their time is ours."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from devices.clock import SECOND, ManualClock
from devices.drivers.registry import open_driver
from devices.measurement import Measurement, Reading, SensorStatus
from devices.quality import Quality
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_meters import Cuff, Thermometer
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from devices.simulators.physiology import Patient, Scenario
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports.base import BlePlace, Transport
from devices.transports.bumble_backend import BumbleRadio
from devices.transports.opening import open_transport

START = 1_800_000_000
ADDRESS = "F1:00:00:00:00:07"


@pytest.fixture
async def air() -> Radio:
    return Radio()


@pytest.fixture
async def radio(air: Radio) -> AsyncIterator[BumbleRadio]:
    server = await HciServer.start(air)
    async with BumbleRadio(f"tcp-client:127.0.0.1:{server.port}") as made:
        yield made
    await server.close()


def make(kind: type[BleSensor], air: Radio, **options: Any) -> BleSensor:
    return kind("sensor", Source(Subject("p", Patient(3))), air, ADDRESS, **options)


async def hear(sensor: BleSensor, protocol: str, link: Transport, seconds: range) -> list[Reading]:
    """Let the sensor's seconds pass, and return what the driver makes of what came."""
    driver, found, taken = open_driver(protocol, "s1"), [], 0
    chunks = link.chunks()
    async with asyncio.timeout(30):
        for second in seconds:
            await sensor.tick(START + second)
            while taken < sensor.told:
                chunk = await anext(chunks)
                taken += chunk.source not in {"2a19", "2a2b"}
                found += driver.receive(chunk.source, chunk.data, chunk.arrival)
    assert driver.rejected == 0
    return found


def values(readings: list[Reading], metric: str) -> list[float]:
    return [r.value for r in readings if isinstance(r, Measurement) and r.metric == metric]


async def open_link(protocol: str, radio: BumbleRadio) -> Any:
    needs = open_driver(protocol, "s1").needs
    return open_transport(BlePlace(ADDRESS), needs, ManualClock(START * SECOND), radio)


@pytest.mark.parametrize(
    ("kind", "protocol", "metrics"),
    [
        (HeartRateStrap, "heart-rate", {"heart_rate": "heart_rate"}),
        (PulseOximeter, "pulse-oximeter", {"spo2": "spo2", "pulse_rate": "heart_rate"}),
        (Thermometer, "thermometer", {"temperature": "temperature"}),
        (
            Cuff,
            "blood-pressure",
            {"systolic": "systolic", "diastolic": "diastolic", "pulse_rate": "heart_rate"},
        ),
    ],
)
async def test_tells_what_the_patient_has(
    air: Radio, radio: BumbleRadio, kind: type[BleSensor], protocol: str, metrics: dict[str, str]
) -> None:
    sensor = make(kind, air, battery=42)
    await sensor.start()
    async with await open_link(protocol, radio) as link:
        found = await hear(sensor, protocol, link, range(3))
    truth = sensor.source.vitals(START + 2)
    for metric, vital in metrics.items():
        assert values(found, metric)[-1] == pytest.approx(getattr(truth, vital), abs=1)
    assert values(found, "battery") == [42]
    await sensor.stop()


async def test_a_meter_measures_when_it_is_due(air: Radio, radio: BumbleRadio) -> None:
    sensor = make(Cuff, air, every=10)
    await sensor.start()
    async with await open_link("blood-pressure", radio) as link:
        found = await hear(sensor, "blood-pressure", link, range(15))
    assert len(values(found, "systolic")) == 2
    await sensor.stop()


async def test_finger_out_says_so_and_has_no_value(air: Radio, radio: BumbleRadio) -> None:
    sensor = make(PulseOximeter, air)
    sensor.source.probe = Scenario.PROBE_OFF
    await sensor.start()
    async with await open_link("pulse-oximeter", radio) as link:
        found = await hear(sensor, "pulse-oximeter", link, range(2))
    assert values(found, "spo2") == []
    assert [r for r in found if isinstance(r, SensorStatus) and r.flags & Quality.PROBE_OFF]
    await sensor.stop()


async def test_motion_is_flagged(air: Radio, radio: BumbleRadio) -> None:
    sensor = make(PulseOximeter, air)
    sensor.source.probe = Scenario.MOTION
    await sensor.start()
    async with await open_link("pulse-oximeter", radio) as link:
        found = await hear(sensor, "pulse-oximeter", link, range(2))
    assert all(r.flags & Quality.MOTION for r in found if isinstance(r, Measurement) and r.metric == "spo2")
    assert values(found, "spo2")
    await sensor.stop()


async def test_a_strap_that_is_not_worn_says_so(air: Radio, radio: BumbleRadio) -> None:
    sensor = make(HeartRateStrap, air)
    sensor.source.probe = Scenario.PROBE_OFF
    await sensor.start()
    async with await open_link("heart-rate", radio) as link:
        found = await hear(sensor, "heart-rate", link, range(2))
    rates = [r for r in found if isinstance(r, Measurement) and r.metric == "heart_rate"]
    assert rates
    assert all(r.flags & Quality.PROBE_OFF for r in rates)
    await sensor.stop()


async def test_an_unused_meter_says_nothing(air: Radio, radio: BumbleRadio) -> None:
    for kind, protocol, metric in (
        (Thermometer, "thermometer", "temperature"),
        (Cuff, "blood-pressure", "systolic"),
    ):
        sensor = make(kind, air)
        sensor.source.probe = Scenario.PROBE_OFF
        await sensor.start()
        async with await open_link(protocol, radio) as link:
            found = await hear(sensor, protocol, link, range(2))
        assert values(found, metric) == []
        await sensor.stop()


async def test_plugging_twice_does_no_harm(air: Radio) -> None:
    sensor = make(HeartRateStrap, air)
    await sensor.start()
    await sensor.plug()
    await sensor.unplug()
    await sensor.unplug()
    await sensor.tick(START)
    assert not sensor.connected
    await sensor.stop()
