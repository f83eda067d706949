"""Virtual meters: what they keep, what they answer when asked for records, and how they fail on purpose."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bumble.core import UUID
from bumble.device import Peer

from devices.clock import SECOND, ManualClock
from devices.drivers.base import Driver, Write
from devices.drivers.registry import open_driver
from devices.gatt import glucose, record_access
from devices.gatt.current_time import CurrentTime
from devices.gatt.glucose import GlucoseContext, GlucoseMeasurement
from devices.gatt.record_access import Filter, Opcode, Operator, RecordAccess, Result
from devices.measurement import Measurement
from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_glucose import GlucoseMeter, GlucoseMonitor, mg_dl
from devices.simulators.ble_meters import Body, BodyCompositionScale, Cuff, Scale, WeightScale
from devices.simulators.ble_polar import PolarH10
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter
from devices.simulators.physiology import Patient, Scenario
from devices.simulators.radio import HciServer, Radio
from devices.simulators.source import Source, Subject
from devices.transports.base import BlePlace, Chunk, LinkLostError, Transport, TransportError
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


def make(kind: Callable[..., Any], air: Radio, **options: Any) -> Any:
    return kind("sensor", Source(Subject("p", Patient(3))), air, ADDRESS, **options)


def link(protocol: str, radio: BumbleRadio) -> AbstractAsyncContextManager[Transport]:
    needs = open_driver(protocol, "s1").needs
    return open_transport(BlePlace(ADDRESS), needs, ManualClock(START * SECOND), radio)


async def chunks(transport: Transport, count: int, *sources: str) -> list[Chunk]:
    """Return the next chunks that come from some characteristics."""
    found: list[Chunk] = []
    async with asyncio.timeout(30):
        async for chunk in transport.chunks():
            found += [chunk] if chunk.source in sources else []
            if len(found) >= count:
                break
    return found


async def ask(transport: Transport, request: RecordAccess) -> tuple[list[Chunk], RecordAccess]:
    """Return the records that a request brings, and its answer."""
    await transport.write(Write(bytes(request), record_access.UUID))
    found: list[Chunk] = []
    while True:
        (chunk,) = await chunks(transport, 1, glucose.UUID, glucose.CONTEXT_UUID, record_access.UUID)
        if chunk.source == record_access.UUID:
            return found, RecordAccess.parse(chunk.data)
        found.append(chunk)


def sequences(found: list[Chunk]) -> list[int]:
    return [GlucoseMeasurement.parse(each.data).sequence for each in found if each.source == glucose.UUID]


def by_number(operator: Operator, *numbers: int) -> RecordAccess:
    operand = b"".join(number.to_bytes(2, "little") for number in numbers)
    return RecordAccess(Opcode.REPORT, operator, bytes([Filter.SEQUENCE_NUMBER]) + operand)


@pytest.fixture
async def meter(air: Radio) -> AsyncIterator[GlucoseMeter]:
    made: GlucoseMeter = make(GlucoseMeter, air, records=5)
    await made.start()
    await made.tick(START)
    yield made
    await made.stop()


async def test_a_glucose_meter_gives_what_it_is_asked_for(meter: GlucoseMeter, radio: BumbleRadio) -> None:
    async with link("glucose", radio) as transport:
        everything, answer = await ask(transport, RecordAccess.report_all())
        assert sequences(everything) == [1, 2, 3, 4, 5]
        assert answer.ended == (Opcode.REPORT, Result.SUCCESS)
        values = [GlucoseMeasurement.parse(each.data) for each in everything if each.source == glucose.UUID]
        assert [round(each.mg_dl or 0) for each in values] == [each.mg_dl for each in meter.records]
        contexts = [GlucoseContext.parse(each.data) for each in everything if each.source != glucose.UUID]
        assert [each.sequence for each in contexts] == [
            each.sequence for each in values if each.context_follows
        ]
        for request, wanted in (
            (RecordAccess.report_from(4), [4, 5]),
            (by_number(Operator.AT_MOST, 2), [1, 2]),
            (by_number(Operator.RANGE, 2, 3), [2, 3]),
            (RecordAccess(Opcode.REPORT, Operator.FIRST), [1]),
            (RecordAccess(Opcode.REPORT, Operator.LAST), [5]),
        ):
            found, answer = await ask(transport, request)
            assert sequences(found) == wanted
            assert answer.ended == (Opcode.REPORT, Result.SUCCESS)
        _, answer = await ask(transport, RecordAccess.count_all())
        assert answer.records == 5
    assert meter.bonded
    assert meter.pairings == 1


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (RecordAccess.report_from(99), Result.NO_RECORDS),
        (RecordAccess(Opcode.DELETE, Operator.ALL), Result.OPCODE_NOT_SUPPORTED),
        (RecordAccess(Opcode.REPORT, Operator.NULL), Result.INVALID_OPERATOR),
        (RecordAccess(Opcode.REPORT, 77), Result.OPERATOR_NOT_SUPPORTED),
        (RecordAccess(Opcode.REPORT, Operator.ALL, b"\x01"), Result.INVALID_OPERAND),
        (by_number(Operator.RANGE, 1), Result.INVALID_OPERAND),
        (
            RecordAccess(Opcode.REPORT, Operator.AT_LEAST, bytes([Filter.USER_FACING_TIME]) + bytes(7)),
            Result.OPERAND_NOT_SUPPORTED,
        ),
    ],
)
async def test_a_glucose_meter_refuses_what_it_cannot_do(
    meter: GlucoseMeter, radio: BumbleRadio, request_: RecordAccess, result: Result
) -> None:
    async with link("glucose", radio) as transport:
        found, answer = await ask(transport, request_)
    assert found == []
    assert answer.ended == (request_.opcode, result)


async def test_a_report_can_be_called_off(meter: GlucoseMeter, radio: BumbleRadio) -> None:
    for second in range(200):
        meter.add(START + second)
    async with link("glucose", radio) as transport:
        await transport.write(Write(bytes(RecordAccess.report_all()), record_access.UUID))
        await chunks(transport, 3, glucose.UUID)
        with pytest.raises(TransportError):
            await transport.write(Write(bytes(RecordAccess.report_all()), record_access.UUID))
        await transport.write(Write(bytes(RecordAccess.abort()), record_access.UUID))
        (answer,) = await chunks(transport, 1, record_access.UUID)
        assert RecordAccess.parse(answer.data).ended == (Opcode.ABORT, Result.SUCCESS)
    assert 3 <= len(meter.sent) < len(meter.records)


async def test_a_glucose_meter_tells_strangers_nothing(
    air: Radio, meter: GlucoseMeter, radio: BumbleRadio
) -> None:
    stranger = air.peripheral("stranger", "F1:00:00:00:00:99")
    await stranger.power_on()
    connection = await stranger.connect(ADDRESS)
    peer = Peer(connection)
    await peer.discover_all()
    for number in (glucose.UUID, glucose.CONTEXT_UUID, record_access.UUID):
        (found,) = peer.get_characteristics_by_uuid(UUID(number))
        with pytest.raises(Exception, match="INSUFFICIENT_ENCRYPTION"):
            await peer.subscribe(found)
    (feature,) = peer.get_characteristics_by_uuid(UUID(glucose.FEATURE_UUID))
    with pytest.raises(Exception, match="INSUFFICIENT_ENCRYPTION"):
        await peer.read_value(feature)
    await connection.disconnect()
    assert meter.sent == []


async def test_a_meter_keeps_what_nobody_fetched(air: Radio, radio: BumbleRadio) -> None:
    cuff: Cuff = make(Cuff, air, every=10)
    await cuff.start()
    for second in range(25):
        await cuff.tick(START + second)
    assert cuff.kept == 3
    async with link("blood-pressure", radio) as transport:
        telling = asyncio.create_task(cuff.tick(START + 25))
        assert len(await chunks(transport, 3, "2a35")) == 3
        await telling
    assert cuff.kept == 0
    await cuff.stop()


async def test_a_meters_clock_can_be_read_and_set(air: Radio, radio: BumbleRadio) -> None:
    cuff: Cuff = make(Cuff, air)
    cuff.source.probe = Scenario.PROBE_OFF
    cuff.clock_error = 3600.0
    await cuff.start()
    await cuff.tick(START)
    async with link("blood-pressure", radio) as transport:
        (shown,) = await chunks(transport, 1, "2a2b")
        assert CurrentTime.parse(shown.data).utc == (START + 3600) * SECOND
        await transport.write(Write(bytes(CurrentTime.of(START * SECOND)), "2a2b"))
        assert cuff.clock_error == 0
        await transport.write(Write(b"\x00", "2a2b"))
        assert cuff.clock_error == 0, "what is no time changes nothing"
    await cuff.stop()


async def receive(
    driver: Driver, transport: Transport, sensor: BleSensor, seconds: range
) -> list[Measurement]:
    """Let the seconds pass, and return what the driver makes of what came."""
    found: list[Measurement] = []

    async def listen() -> None:
        async for chunk in transport.chunks():
            found.extend(
                each
                for each in driver.receive(chunk.source, chunk.data, chunk.arrival)
                if isinstance(each, Measurement)
            )

    listener = asyncio.create_task(listen())
    for second in seconds:
        await sensor.tick(START + second)
        for _ in range(20):
            await asyncio.sleep(0)
    for _ in range(200):
        if {each.metric for each in found} - {"battery"}:
            break
        await asyncio.sleep(0.01)
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)
    assert driver.rejected == 0, driver.last_error
    return found


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [(WeightScale, "weight-scale"), (BodyCompositionScale, "body-composition"), (Scale, "scale")],
)
async def test_scales_tell_the_patients_weight(
    air: Radio, radio: BumbleRadio, kind: type[WeightScale], protocol: str
) -> None:
    scale = make(kind, air, every=10)
    await scale.start()
    async with link(protocol, radio) as transport:
        found = await receive(open_driver(protocol, "s1"), transport, scale, range(2))
    weights = [each.value for each in found if each.metric == "weight"]
    assert weights == [pytest.approx(Body(scale.source).kilograms(START), abs=0.01)]
    await scale.stop()


async def test_a_glucose_monitor_tells_the_patients_glucose(air: Radio, radio: BumbleRadio) -> None:
    monitor = make(GlucoseMonitor, air)
    await monitor.start()
    async with link("cgm", radio) as transport:
        found = await receive(open_driver("cgm", "s1"), transport, monitor, range(2))
    values = [each.value for each in found if each.metric == "glucose"]
    assert values
    assert values[0] == pytest.approx(mg_dl(monitor.source, START), abs=1)
    await monitor.stop()


async def test_a_polar_strap_tells_its_ecg_when_asked(air: Radio, radio: BumbleRadio) -> None:
    strap: PolarH10 = make(PolarH10, air)
    await strap.start()
    driver = open_driver("polar-h10", "s1")
    async with link("polar-h10", radio) as transport:
        for write in driver.start(START * SECOND):
            await transport.write(write)
        assert strap.streaming
        blocks = []
        for second in range(5):
            await strap.tick(START + second)
            await asyncio.sleep(0.05)
        for chunk in await chunks(transport, 4, "fb005c82-02e7-f387-1cad-8acd2d8df0c8"):
            blocks += driver.receive(chunk.source, chunk.data, chunk.arrival)
    samples = [each for block in blocks for each in block.samples]
    assert len(samples) == 4 * 73
    assert max(samples) > 700, "beats are in it"
    assert driver.rejected == 0
    await strap.stop()
    assert not strap.connected


async def test_a_spot_check_carries_the_oximeters_time(air: Radio, radio: BumbleRadio) -> None:
    oximeter: PulseOximeter = make(PulseOximeter, air)
    await oximeter.start()
    async with link("pulse-oximeter", radio) as transport:
        telling = asyncio.create_task(oximeter.spot_check(START))
        (spot,) = await chunks(transport, 1, "2a5e")
        assert await telling
    assert not await oximeter.spot_check(START), "nobody is there to take it"
    found = open_driver("pulse-oximeter", "s1").receive("2a5e", spot.data, START * SECOND)
    assert "spo2" in {each.metric for each in found if isinstance(each, Measurement)}
    await oximeter.stop()


async def test_a_mute_sensor_stays_connected(air: Radio, radio: BumbleRadio) -> None:
    strap: HeartRateStrap = make(HeartRateStrap, air)
    await strap.start()
    async with link("heart-rate", radio) as transport:
        strap.mute = True
        await strap.tick(START)
        assert (strap.connected, strap.told) == (True, 0)
        strap.mute = False
        await strap.tick(START + 1)
        assert len(await chunks(transport, 1, "2a37")) == 1
    await strap.stop()


async def test_a_dropped_link_can_be_made_again(air: Radio, radio: BumbleRadio) -> None:
    strap: HeartRateStrap = make(HeartRateStrap, air)
    await strap.start()
    async with link("heart-rate", radio) as transport:
        await strap.drop()
        with pytest.raises(LinkLostError):
            await chunks(transport, 1, "2a37")
    async with link("heart-rate", radio):
        assert strap.connects == 2
    await strap.stop()


async def test_a_refusing_sensor_ends_the_link(air: Radio, radio: BumbleRadio) -> None:
    strap: HeartRateStrap = make(HeartRateStrap, air)
    strap.refusing = True
    await strap.start()
    with pytest.raises(TransportError):
        async with link("heart-rate", radio) as transport:
            await chunks(transport, 1, "2a37")
    strap.refusing = False
    async with link("heart-rate", radio):
        assert strap.connected
    await strap.stop()


async def test_a_changed_battery_is_told(air: Radio, radio: BumbleRadio) -> None:
    strap: HeartRateStrap = make(HeartRateStrap, air, battery=80)
    await strap.start()
    async with link("heart-rate", radio) as transport:
        assert (await chunks(transport, 1, "2a19"))[0].data == bytes([80])
        await strap.set_battery(12)
        assert (await chunks(transport, 1, "2a19"))[0].data == bytes([12])
    await strap.stop()


async def test_a_meter_may_lose_its_bond(meter: GlucoseMeter, radio: BumbleRadio) -> None:
    async with link("glucose", radio) as transport:
        assert meter.bonded
        await meter.lose_bond()
        with pytest.raises(LinkLostError):
            await chunks(transport, 1, glucose.UUID)
    assert not meter.bonded
