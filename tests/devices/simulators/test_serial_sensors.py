"""Virtual wired sensors on real ptys, read through the real transport and driver; their time is ours."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import numpy as np
import pytest

from devices.clock import SECOND, ManualClock
from devices.drivers.base import Driver
from devices.drivers.registry import open_driver
from devices.errors import ConfigError
from devices.measurement import Measurement, Reading, SensorStatus, Waveform
from devices.quality import Quality
from devices.serial.nonin_df13 import ACK
from devices.simulators.beats import Heart
from devices.simulators.physiology import Patient, Scenario
from devices.simulators.ports import VirtualPort
from devices.simulators.recorded import Recording
from devices.simulators.serial_monitors import Beurer, Masimo
from devices.simulators.serial_sensors import Contec, ContecOld, Nonin, SerialSensor
from devices.simulators.source import Source, Subject
from devices.transports.base import Transport
from devices.transports.serial_stream import SerialStream

START = 1_800_000_000


class Bench:
    """A sensor, its port and a host, moved by hand."""

    def __init__(self, sensor: SerialSensor, protocol: str) -> None:
        self.sensor = sensor
        self.clock = ManualClock(START * SECOND)
        self.driver: Driver = open_driver(protocol, sensor.name)
        self.readings: list[Reading] = []
        self.received = 0

    @property
    def now(self) -> float:
        return self.clock.utc() / SECOND

    async def turn(self, transport: Transport | None, seconds: float, *, durable: bool = True) -> None:
        """Let time pass; the host takes everything that comes."""
        for _ in range(round(seconds / self.sensor.period)):
            await self.sensor.tick(self.now)
            self.clock.advance(round(self.sensor.period * SECOND))
            if transport is not None:
                await self.take(transport)
                for write in self.driver.poll(self.clock.utc()) + (self.driver.confirm() if durable else []):
                    await transport.write(write)

    async def take(self, transport: Transport) -> None:
        """Receive everything that the sensor has sent."""
        async with asyncio.timeout(20):
            chunks = transport.chunks()
            while self.received < self.sensor.port.sent:
                chunk = await anext(chunks)
                self.received += len(chunk.data)
                self.readings += self.driver.receive(chunk.source, chunk.data, chunk.arrival)

    async def connect(self, transport: Transport) -> None:
        for write in self.driver.start(self.clock.utc()):
            await transport.write(write)

    def open(self) -> AbstractAsyncContextManager[SerialStream]:
        needs = self.driver.needs.serial
        assert needs is not None
        return SerialStream.open(self.sensor.place, needs, self.clock)

    def values(self, metric: str) -> list[float]:
        return [r.value for r in self.readings if isinstance(r, Measurement) and r.metric == metric]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[VirtualPort]:
    made = VirtualPort(tmp_path / "by-id" / "usb-oximeter")
    yield made
    made.unplug()


def source(seed: int = 3) -> Source:
    return Source(Subject("p", Patient(seed)))


@pytest.mark.parametrize(
    ("kind", "protocol", "rate"),
    [
        (Nonin, "nonin-df2", 75),
        (Nonin, "nonin-df7", 75),
        (ContecOld, "contec-old", 60),
        (Contec, "contec", 60),
    ],
)
async def test_streams_what_the_patient_has(
    port: VirtualPort, kind: type[SerialSensor], protocol: str, rate: int
) -> None:
    sensor = kind("ox", source(), port)
    await sensor.start()
    bench = Bench(sensor, protocol)
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 3)
    truth = sensor.source.vitals(bench.now)
    assert bench.values("spo2")[-1] == pytest.approx(truth.spo2, abs=1)
    assert bench.values("pulse_rate")[-1] == pytest.approx(truth.heart_rate, abs=2)
    waves = [r for r in bench.readings if isinstance(r, Waveform)]
    assert {wave.rate for wave in waves} == {rate}
    samples = [sample for wave in waves for sample in wave.samples]
    assert len(samples) == pytest.approx(3 * rate, abs=rate)
    assert max(samples) - min(samples) > 15
    assert bench.driver.rejected == 0


@pytest.mark.parametrize(
    ("kind", "protocol", "form"),
    [(Nonin, "nonin-df1", 1), (Nonin, "nonin-df8", 2), (Masimo, "masimo", None)],
)
async def test_one_value_a_second_and_no_curve(
    port: VirtualPort, kind: type[SerialSensor], protocol: str, form: int | None
) -> None:
    sensor = Nonin("ox", source(), port, form=form) if form is not None else kind("ox", source(), port)
    await sensor.start()
    bench = Bench(sensor, protocol)
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 5)
    truth = sensor.source.vitals(bench.now)
    assert bench.values("spo2")[-1] == pytest.approx(truth.spo2, abs=1)
    assert bench.values("pulse_rate")[-1] == pytest.approx(truth.heart_rate, abs=2)
    assert 3 <= len(bench.values("spo2")) <= 6
    assert not any(isinstance(r, Waveform) for r in bench.readings)


async def test_a_cuff_s_records_are_all_fetched_and_the_newest_after_it_measured(port: VirtualPort) -> None:
    sensor = Beurer("cuff", source(), port, every=60)
    await sensor.start()
    bench = Bench(sensor, "beurer-bm58")
    bench.clock.advance(3600 * SECOND)
    await bench.turn(None, 150)
    assert sensor.kept == 3
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 20)
        assert len(bench.values("systolic")) == 3
        await bench.turn(line, 130)
    stored = [r for r in bench.readings if isinstance(r, Measurement) and r.metric == "systolic"]
    assert {r.stored for r in stored} == {True}
    assert len({r.time for r in stored}) >= 4
    truth = sensor.source.vitals(bench.now)
    assert stored[-1].value == pytest.approx(truth.systolic, abs=5)
    assert bench.driver.rejected == 0


async def test_a_late_tick_does_not_tear_the_curve(port: VirtualPort) -> None:
    made = Heart(1).pleth(0, 3000, 100, source().vitals(START))
    recording = Recording.of(np.asarray(made, dtype=np.float64), 100, "made")
    sensor = Nonin("ox", Source(Subject("p", Patient(3)), recording), port)
    await sensor.start()
    bench = Bench(sensor, "nonin-df2")
    async with bench.open() as line:
        for late in (0.0, 0.05, 0.2, 0.01, 0.15, 0.0):
            await sensor.tick(bench.now + late)
            bench.clock.advance(SECOND // 3)
            await bench.take(line)
    curve = [sample for r in bench.readings if isinstance(r, Waveform) for sample in r.samples]
    # The replay begins a second before the sensor's first tick.
    assert curve == recording.pleth(1.0, 150, 75)


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [
        (Nonin, "nonin-df2"),
        (Nonin, "nonin-df7"),
        (Nonin, "nonin-df8"),
        (ContecOld, "contec-old"),
        (Contec, "contec"),
        (Masimo, "masimo"),
    ],
)
async def test_finger_out_is_told_as_such(port: VirtualPort, kind: type[SerialSensor], protocol: str) -> None:
    sensor = kind("ox", source(), port)
    await sensor.start()
    bench = Bench(sensor, protocol)
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 1.2)
        sensor.source.probe = Scenario.PROBE_OFF
        bench.readings.clear()
        await bench.turn(line, 2)
    assert any(isinstance(r, SensorStatus) and r.flags & Quality.PROBE_OFF for r in bench.readings)
    assert bench.values("spo2")[1:] == []


async def test_motion_is_flagged(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port)
    await sensor.start()
    sensor.source.probe = Scenario.MOTION
    bench = Bench(sensor, "nonin-df2")
    async with bench.open() as line:
        await bench.turn(line, 2)
    last = [r for r in bench.readings if isinstance(r, Measurement)][-1]
    assert last.flags & Quality.MOTION


async def test_contec_stops_when_nobody_keeps_it_awake(port: VirtualPort) -> None:
    sensor = Contec("ox", source(), port)
    await sensor.start()
    bench = Bench(sensor, "contec")
    async with bench.open() as line:
        await bench.turn(line, 1)
        assert bench.readings == []
        await bench.connect(line)
        await bench.turn(line, 1)
        assert bench.readings
        bench.clock.advance(round(Contec.PATIENCE * SECOND))
        bench.readings.clear()
        silent = port.sent
        for _ in range(3):
            await sensor.tick(bench.now)
        assert port.sent == silent
        await bench.take(line)
        assert bench.readings == []


async def test_what_nobody_reads_is_lost(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port)
    await sensor.start()
    bench = Bench(sensor, "nonin-df2")
    await bench.turn(None, 60)
    async with bench.open() as line:
        await bench.turn(line, 1)
        first = next(r for r in bench.readings if isinstance(r, Measurement))
        assert first.time >= (START + 59) * SECOND
        assert len([r for r in bench.readings if isinstance(r, Waveform)]) <= 4


async def test_df13_keeps_records_for_an_absent_host_oldest_first(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=30)
    await sensor.start()
    bench = Bench(sensor, "nonin-df13")
    await bench.turn(None, 110)
    kept = sensor.kept
    assert kept == 4
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 6)
    assert sensor.kept == 0
    times = [r.time for r in bench.readings if isinstance(r, Measurement) and r.metric == "spo2"]
    assert times == sorted(set(times))
    assert len(times) == kept


async def test_df13_forgets_the_oldest_when_full(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=1)
    await sensor.start()
    await Bench(sensor, "nonin-df13").turn(None, 60)
    assert sensor.kept == Nonin.CAPACITY


async def test_df13_is_neither_lost_nor_doubled_when_the_host_dies_before_its_answer(
    port: VirtualPort,
) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=1000)
    await sensor.start()
    bench = Bench(sensor, "nonin-df13")
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 1, durable=False)
    first = [r for r in bench.readings if isinstance(r, Measurement)]
    assert len(first) == 2
    assert sensor.kept == 1

    bench.driver, bench.readings = open_driver("nonin-df13", "ox"), []
    bench.clock.advance(10 * SECOND)
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 4)
    again = [r for r in bench.readings if isinstance(r, Measurement)]
    # The same record, under the same time: the edge knows the copy by it.
    assert {(r.metric, r.time, r.value) for r in again} == {(r.metric, r.time, r.value) for r in first}
    assert sensor.kept == 0


async def test_df13_clock_is_set_by_the_host(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=2)
    await sensor.start()
    bench = Bench(sensor, "nonin-df13")
    sensor.obey(bytes.fromhex("0272060A010203040503"), bench.now)
    await bench.turn(None, 1)
    async with bench.open() as line:
        await bench.connect(line)
        await bench.turn(line, 4)
    times = [r.time / SECOND for r in bench.readings if isinstance(r, Measurement) and r.metric == "spo2"]
    assert times[-1] == pytest.approx(bench.now, abs=4)


async def test_format_select_is_obeyed_and_the_unknown_refused(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=1000)
    await sensor.start()
    bench = Bench(sensor, "nonin-df2")
    async with bench.open() as line:
        await sensor.tick(bench.now)
        sensor.obey(b"\x02\x70\x02", bench.now)
        sensor.obey(b"\x02\x05\x03", bench.now)
        async with asyncio.timeout(60):
            data = b""
            async for chunk in line.chunks():
                data += chunk.data
                if data.endswith(b"\x15"):
                    break
        bench.received = len(data)
        await bench.connect(line)
        await bench.turn(line, 2)
    assert bench.values("spo2")


async def test_noise_from_the_host_is_ignored(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port, form=13, every=1000)
    await sensor.start()
    async with Bench(sensor, "nonin-df13").open():
        for noise in (
            ACK * 3,
            b"\xff" * 500,
            b"\x02\x72\xff",
            b"\x02\x72\x06\x63\x63\x63\x63\x63\x63\x03",
            b"\x02",
        ):
            sensor.obey(noise, START)
        await sensor.tick(START + 1)
    assert sensor.kept == 1


async def test_unplugged_and_plugged_again(port: VirtualPort) -> None:
    sensor = Nonin("ox", source(), port)
    await sensor.start()
    target = port.link.readlink()
    await sensor.unplug()
    assert not port.link.is_symlink()
    assert not port.plugged
    assert not port.send(b"x")
    await sensor.tick(START)
    await sensor.plug()
    await sensor.plug()
    assert port.link.is_symlink()
    bench = Bench(sensor, "nonin-df2")
    async with bench.open() as line:
        await bench.turn(line, 1)
    assert bench.readings
    assert str(target).startswith("/dev/pts/")


def test_a_name_taken_by_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ox").write_text("precious")
    port = VirtualPort(tmp_path / "ox")
    with pytest.raises(ConfigError, match="cannot be made"):
        port.plug()
    assert (tmp_path / "ox").read_text() == "precious"
    assert not port.plugged


def test_a_reader_that_hangs_costs_bytes_and_no_memory(port: VirtualPort) -> None:
    port.plug()
    slave = os.open(port.link, os.O_RDWR | os.O_NOCTTY)
    for _ in range(200):
        port.send(bytes(1000))
    assert port.lost > 100_000
    os.close(slave)
