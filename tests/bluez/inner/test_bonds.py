"""A glucose meter that speaks to bonded hosts alone: pairing, records, clock, and what survives a restart."""

from __future__ import annotations

import time

from devices.clock import SECOND
from devices.gatt.record_access import Opcode
from devices.simulators.ble_glucose import BETWEEN_MEALS, GlucoseMeter
from tests.bluez.inner.room import Room, report

RECORDS = 5

METER = {"meter": "glucose"}

ZONE, ERROR = 3600.0, 600.0
"Seconds that the meter's clock is ahead: it shows local time, as people set it, and is wrong besides."


def values(room: Room) -> list[float]:
    return [each.value for each in room.observations("meter", "glucose")]


async def bonded_meter(room: Room, **options: object) -> GlucoseMeter:
    """Have a meter whose records the hub has, every one once."""
    meter = await room.sensor(GlucoseMeter, "meter", records=RECORDS, **options)
    room.start_edge(METER)
    await room.until("every record", lambda: room.count("meter", "glucose") >= RECORDS, 60)
    return meter


async def test_a_bonded_glucose_meter_gives_every_record_once(room: Room) -> None:
    meter = await room.sensor(GlucoseMeter, "meter", records=RECORDS)
    meter.clock_error = ZONE + ERROR
    room.start_edge(METER)
    took = await room.until("every record", lambda: room.count("meter", "glucose") >= RECORDS, 60)
    assert meter.bonded
    assert values(room) == [record.mg_dl for record in meter.records]
    found = room.observations("meter", "glucose")
    assert all(each.stored for each in found)
    newest = time.time() - BETWEEN_MEALS
    assert abs(found[-1].time / SECOND - newest) < 60, (
        "the record's time is ours, not that of the meter's clock"
    )
    await room.until("the meter's clock is set", lambda: abs(meter.clock_error - ZONE) < 2)
    report(seconds_to_all_records=round(took, 1))


async def test_records_are_not_told_twice_after_a_lost_link(room: Room) -> None:
    meter = await bonded_meter(room)
    pairings = meter.pairings
    await meter.drop()
    new = meter.add(time.time())
    await room.until("the new record", lambda: new.mg_dl in values(room)[RECORDS:], 60)
    assert values(room) == [record.mg_dl for record in meter.records]
    assert meter.connects >= 2
    assert meter.pairings == pairings == 1, "the bond was used, none was made anew"


async def test_a_bond_survives_restarts_of_edge_and_bluetoothd(room: Room) -> None:
    meter = await bonded_meter(room)
    await room.stop_edge()
    room.bluetoothd.stop()
    first = meter.add(time.time())
    room.bluetoothd.start()
    room.start_edge(METER)
    took = await room.until("the new record", lambda: first.mg_dl in values(room)[RECORDS:], 90)
    assert values(room) == [record.mg_dl for record in meter.records], "each record once, across restarts"
    assert meter.pairings == 1, "the bond was kept on both sides"
    assert [each.opcode for each in meter.requests].count(Opcode.DELETE) == 0
    report(seconds_to_new_record=round(took, 1))


async def test_a_meter_that_lost_its_bond_is_paired_anew(room: Room) -> None:
    meter = await bonded_meter(room)
    await meter.lose_bond()
    new = meter.add(time.time())
    took = await room.until("the new record", lambda: new.mg_dl in values(room)[RECORDS:], 120)
    assert values(room) == [record.mg_dl for record in meter.records]
    assert meter.pairings == 2
    report(seconds_to_new_record=round(took, 1))


async def test_a_meter_with_a_number_printed_on_it(room: Room) -> None:
    meter = await room.sensor(GlucoseMeter, "meter", records=RECORDS)
    meter.pin = 271_828
    room.start_edge(METER, sensor_more={"meter": 'pin = "271828"'})
    took = await room.until("every record", lambda: room.count("meter", "glucose") >= RECORDS, 60)
    assert meter.bonded
    report(seconds_to_all_records=round(took, 1))
