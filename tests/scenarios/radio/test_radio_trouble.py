"""A day of radio trouble: whatever a sensor gave to a link is in the spool, once, in its order.

The edge's own sensors, radio, session, recorder and spool run on virtual time, over an adapter and sensors that do what bad
radio does. The clock is the loop's; the disk is real.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import HeartRateMeasurement
from devices.gatt.pulse_oximeter import ContinuousMeasurement, Oximetry
from devices.ieee11073 import SFloat
from devices.wire.messages import Lane
from devices.wire.seal import Keys
from edge.config import BleConfig, BrokerConfig, Credentials, SensorConfig
from edge.counters import Counters
from edge.latest import LatestReadings
from edge.pipeline import Pipeline
from edge.radio import LinkOpener, Radios
from edge.recorder import Recorder
from edge.salvage import open_spool
from edge.sensor import Sensor as EdgeSensor
from edge.spool import Spool
from edge.supervisor import Supervisor
from edge.timekeeping import Timekeeper
from edge.uplink import Parts, Uplink
from edge.writer import Writer
from tests.scenarios.radio.troubled_air import Sensor, TroubledRadio, World, numbers
from tests.scenarios.radio.virtual_time import LoopClock, run

START = BUILD_FLOOR + 40 * 86_400 * SECOND
SETTLING = 120
"Virtual seconds after the last trouble, until everything delivered must be on disk."


class OneRadio(Radios):
    """The radios of a process that has one, made by us."""

    def __init__(self, radio: TroubledRadio) -> None:
        super().__init__()
        self._radio = radio

    def get(self, config: BleConfig) -> TroubledRadio:
        return self._radio

    def opened(self, config: BleConfig) -> TroubledRadio:
        return self._radio

    async def close(self) -> None:
        await self._radio.close()


def strap(number: int) -> Sensor:
    values = numbers(number, 45, 170)
    return Sensor(
        f"F1:00:00:00:01:{number:02X}",
        f"strap {number}",
        "180d",
        "2a37",
        lambda _now: bytes(HeartRateMeasurement(next(values))),
        1.0,
    )


def oximeter(number: int) -> Sensor:
    values = numbers(100 + number, 70, 100)
    return Sensor(
        f"F1:00:00:00:02:{number:02X}",
        f"oximeter {number}",
        "1822",
        "2a5f",
        lambda _now: bytes(ContinuousMeasurement(Oximetry(SFloat.of(next(values)), SFloat.of(72)))),
        1.0,
    )


def cuff(number: int) -> Sensor:
    values = numbers(200 + number, 90, 200)

    def say(now: int) -> bytes:
        pressures = (SFloat.of(next(values)), SFloat.of(70), SFloat.of(85))
        return bytes(BloodPressureMeasurement(*pressures, timestamp=DateTime.of(now)))

    address = f"F1:00:00:00:03:{number:02X}"
    return Sensor(address, f"cuff {number}", "1810", "2a35", say, 1800.0 + 60 * number, meter=True)


PROTOCOLS = {"180d": "heart-rate", "1822": "pulse-oximeter", "1810": "blood-pressure"}
METRICS = {"180d": "heart_rate", "1822": "spo2", "1810": "systolic"}


def said(sensor: Sensor, data: bytes) -> float:
    """Return the value in a message, by its place in the bytes."""
    match sensor.service:
        case "180d":
            return float(data[1])
        case "1822":
            return float(int.from_bytes(data[1:3], "little") & 0xFFF)
        case _:
            return float(int.from_bytes(data[1:3], "little") & 0xFFF)


class Outcome:
    """What came of a day."""

    def __init__(
        self, world: World, kept: dict[str, list[tuple[int, float]]], counters: Counter[str]
    ) -> None:
        self.world = world
        self.kept = kept
        self.counters = counters


async def day(loop: asyncio.AbstractEventLoop, folder: Path, seed: int, hours: float) -> Outcome:
    """Run an edge through hours of trouble: six monitors and three cuffs on seven slots."""
    clock = LoopClock(loop, START)
    world = World(seed, clock.utc)
    for sensor in (*map(strap, range(5)), *map(oximeter, range(1)), *map(cuff, range(3))):
        world.sensors[sensor.address] = sensor
    radio = TroubledRadio(world, clock, slots=7)
    counters, writer, timekeeper = Counters(), Writer("trouble"), Timekeeper()
    timekeeper.observe(clock.utc(), clock.monotonic())
    spool = await writer.run(open_spool, folder / "spool.db", max_bytes=2_000_000_000)
    parts = Parts(clock, timekeeper, spool, writer, counters)
    credentials = Credentials(Keys(bytes(32)), "nobody")
    uplink = Uplink("room", BrokerConfig(), credentials, parts, late_rate=20)
    recorder = Recorder(parts, Pipeline(counters), uplink, LatestReadings(), "boot")
    links = LinkOpener(BleConfig(), OneRadio(radio))
    sensors = [
        EdgeSensor(
            SensorConfig(address.replace(":", ""), PROTOCOLS[each.service], address=address),
            clock,
            timekeeper,
            recorder,
            links,
        )
        for address, each in world.sensors.items()
    ]
    services, sensing = Supervisor("room", counters), Supervisor("room", counters)
    services.start("recorder", recorder.run)
    for sensor in sensors:
        sensor.begin()
        sensing.start(sensor.id, sensor.run, base=0.25, ceiling=15.0)
    lives = world.start()
    await asyncio.sleep(hours * 3600)
    for life in lives:
        life.cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    await asyncio.sleep(SETTLING)
    links.count(counters)
    await sensing.stop()
    await recorder.close()
    await services.stop()
    await radio.close()
    kept = await writer.run(drain, spool)
    await writer.run(spool.close)
    writer.close()
    return Outcome(world, kept, Counter(counters.snapshot()))


def drain(spool: Spool) -> dict[str, list[tuple[int, float]]]:
    """Return everything in a spool: (time, value) by sensor, in its order."""
    kept: dict[str, list[tuple[int, float]]] = {}
    while batches := spool.number_late(1000):
        for numbered in batches:
            for each in numbered.content.observations:
                if each.metric in METRICS.values():
                    kept.setdefault(each.sensor, []).append((each.time, each.value))
        spool.acknowledge(Lane.LATE, batches[-1].seq)
        spool.flush()
    return kept


def check(outcome: Outcome) -> None:
    """Compare what was delivered with what was kept."""
    delivered = 0
    for address, sensor in outcome.world.sensors.items():
        expected = [said(sensor, data) for data in sensor.delivered]
        kept = outcome.kept.get(address.replace(":", ""), [])
        delivered += len(expected)
        assert len(expected) > 0, f"{sensor.name} was never heard"
        assert [value for _, value in kept] == expected, f"{sensor.name} differs"
        times = [time for time, _ in kept]
        assert times == sorted(set(times)), f"{sensor.name} has times out of order"
    asked = sum(len(sensor.kept) for sensor in outcome.world.sensors.values())
    print(
        f"\n{delivered} observations delivered, all kept once and in order; {asked} of meters never given;"
        f" troubles: {dict(sorted(outcome.world.troubles.items()))};"
        f" counters: {dict(sorted(outcome.counters.items()))}"
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_an_hour_of_radio_trouble_loses_nothing_that_was_delivered(tmp_path: Path, seed: int) -> None:
    outcome = run(lambda loop: day(loop, tmp_path, seed, 1))
    check(outcome)
    assert outcome.world.troubles["link lost"] > 5
    assert outcome.counters["task_faults"] == 0


@pytest.mark.day
@pytest.mark.timeout(2400)
def test_a_day_of_radio_trouble_loses_nothing_that_was_delivered(tmp_path: Path) -> None:
    outcome = run(lambda loop: day(loop, tmp_path, 24, 24))
    check(outcome)
    troubles = outcome.world.troubles
    for kind in ("link lost", "silent link", "carried away", "discovery race", "refused", "connection hangs"):
        assert troubles[kind] > 10, kind
    assert troubles["adapter stuck"] >= 1
    assert outcome.counters["task_faults"] == 0
