"""The wrong bed, with a real broker, writer and disk: whose readings are whose when people and things move."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from devices.measurement import EventKind, Link
from devices.wire.messages import (
    Envelope,
    EventNote,
    Lane,
    Observation,
    Presence,
    SensorFact,
    WaveformBlock,
)
from hub import provisioning
from hub.alerting.model import Alert, Code
from hub.alerting.responses import Action
from hub.core import Core
from hub.store import journal, sensors
from hub.store.sensors import Assignment
from tests.hub.ingest.conftest import OpenCore
from tests.hub.ingest.home import SECOND, EdgeStandIn, eventually

STRAP = "AA:BB:CC:DD:EE:FF"


def stored(core: Core, resident: str, metric: str = "spo2") -> list[float]:
    return core.timeseries.read(resident, metric, 0, 2**53).values.tolist()


def change(core: Core, work: Callable[[Connection], Any]) -> None:
    core.writer.change(work).result(10)


def send(edge: EdgeStandIn, lane: Lane = Lane.LIVE, **parts: Any) -> None:
    """Send one envelope of any parts and wait for its acknowledgement."""
    with edge.lock:
        edge.last[lane] += 1
        envelope = Envelope(edge.edge, edge.spool, lane, edge.last[lane], edge.clock.utc(), True, **parts)
        edge.kept[lane][envelope.seq] = envelope
    edge.publish(lane.value, envelope)
    eventually(lambda: edge.waiting() == 0, "acknowledged")


def spo2(time: int, value: float, **more: Any) -> Observation:
    return Observation(more.pop("sensor", "ox"), "spo2", time, value, **more)


def say(edge: EdgeStandIn, *observations: Observation, lane: Lane = Lane.LIVE) -> None:
    send(edge, lane, observations=observations)


def tell(edge: EdgeStandIn, *facts: SensorFact) -> None:
    edge.publish("presence", Presence(edge.edge, "s1", "online", edge.clock.utc(), sensors=facts))


def swap(core: Core, at: int) -> None:
    """Let r1 leave, and r2 move into room 1."""

    def work(connection: Connection) -> None:
        provisioning.move_resident(connection, "r1", None, "ines", at)
        provisioning.move_resident(connection, "r2", "1", "ines", at)

    change(core, work)


def give(core: Core, resident: str, at: int, sensor: str = "ox", edge: str = "e1") -> None:
    change(
        core,
        lambda connection: provisioning.assign_sensor(connection, (edge, sensor), resident, "luc", "", at),
    )


def open_alerts(core: Core) -> list[Alert]:
    with core.database.read() as connection:
        return [alert for alert, _ in journal.open_alerts(connection)]


def alerts(core: Core, code: Code) -> list[Alert]:
    return [alert for alert in open_alerts(core) if alert.code is code]


def refusals(core: Core) -> list[tuple[str, str, int]]:
    with core.database.read() as connection:
        return [(row.reason, row.resident, row.count) for row in sensors.refusals(connection)]


def test_a_sensor_first_heard_is_the_occupants_and_the_disk_says_so(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc()
    say(edge, spo2(now, 96))
    say(edge, spo2(now - 60 * SECOND, 95), lane=Lane.LATE)
    assert stored(core, "r1") == [95, 96]
    with core.database.read() as connection:
        [made] = sensors.assignments(connection)
    assert (made.resident, made.author, made.since, made.until) == ("r1", sensors.DECLARED, 0, None)


def test_when_the_bed_changes_hands_its_sensors_do_not(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc() - 60 * SECOND
    tell(edge, SensorFact("ox", Link.UP), SensorFact("cuff", Link.DOWN, continuous=False))
    say(edge, spo2(now, 96))
    swap(core, now + SECOND)
    tell(edge, SensorFact("ox", Link.UP), SensorFact("cuff", Link.DOWN, continuous=False))
    # Late data from across the change, in one envelope with what is new.
    say(edge, spo2(now + SECOND // 2, 91), spo2(now + 2 * SECOND, 97))
    assert (stored(core, "r1"), stored(core, "r2")) == ([96, 91], [])
    assert core.timeseries.count() == 3, "kept"
    eventually(lambda: alerts(core, Code.SENSOR_UNASSIGNED), "the ward is told")
    [notice] = alerts(core, Code.SENSOR_UNASSIGNED)
    assert (notice.edge, notice.resident, notice.detail) == ("e1", "r2", "cuff,ox")
    give(core, "r2", now + 3 * SECOND)
    eventually(lambda: alerts(core, Code.SENSOR_UNASSIGNED)[0].detail == "cuff", "one less")
    give(core, "r2", now + 3 * SECOND, "cuff")
    eventually(lambda: not alerts(core, Code.SENSOR_UNASSIGNED), "nothing waits")
    say(edge, spo2(now + 4 * SECOND, 98), spo2(now + SECOND // 4, 90))
    assert (stored(core, "r1"), stored(core, "r2")) == ([96, 90, 91], [98])


def test_what_another_process_moves_counts_from_its_own_time(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc()
    say(edge, spo2(now, 96))
    other = provisioning.open_database(core.data)
    with other.write() as connection:
        provisioning.move_resident(connection, "r1", None, "cli", now + SECOND)
        provisioning.move_resident(connection, "r2", "1", "cli", now + SECOND)
    other.close()
    eventually(lambda: core.writer.directory.resident("e1", now + SECOND) == "r2", "noticed")
    say(edge, spo2(now + 2 * SECOND, 97))
    assert (stored(core, "r1"), stored(core, "r2")) == ([96], [])


def test_an_edge_moved_to_another_room_brings_nothing_of_the_old_one(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc()
    say(edge, spo2(now, 96))

    def move(connection: Connection) -> None:
        provisioning.revoke_edge(connection, "e2", "luc", now + SECOND)
        from_room, to_room = "e1", "2"
        provisioning.records.place_edge(connection, from_room, to_room, now + SECOND, "luc")

    change(core, move)
    say(edge, spo2(now + 2 * SECOND, 97))
    assert (stored(core, "r1"), stored(core, "r2")) == ([96], [])
    give(core, "r2", now + 3 * SECOND)
    say(edge, spo2(now + 4 * SECOND, 98))
    assert stored(core, "r2") == [98]


def test_a_block_of_samples_is_cut_at_the_change(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc()
    say(edge, spo2(now, 96))
    swap(core, now + SECOND)
    samples = base64.b64encode(bytes(range(16))).decode()
    block = WaveformBlock("ox", "pleth", now + SECOND // 2, 8.0, samples)
    send(edge, waveforms=(block,))
    [before] = core.timeseries.waveforms("r1", "pleth", 0, 2**53)
    assert before.samples.tobytes() == bytes(range(8))
    assert core.timeseries.waveforms("r2", "pleth", 0, 2**53) == []
    [after] = core.timeseries.waveforms("", "pleth", 0, 2**53)
    assert (after.time, after.samples.tobytes()) == (now + SECOND, bytes(range(8, 16)))


def test_what_a_meter_stored_before_it_was_theirs_is_refused_and_kept(core: Core, edge: EdgeStandIn) -> None:
    tell(edge, SensorFact("meter", Link.DOWN, continuous=False))
    eventually(lambda: core.writer.directory.sensors, "heard")
    now = edge.clock.utc()
    say(
        edge,
        Observation("meter", "glucose", now - 3600 * SECOND, 5.5, stored=True),
        Observation("meter", "glucose", now - 1800 * SECOND, 6.5, stored=True),
        Observation("meter", "glucose", now + SECOND, 7.5, stored=True),
        Observation("meter", "glucose", now + 3600 * SECOND, 8.5, stored=True),
    )
    assert stored(core, "r1", "glucose") == [7.5]
    assert core.timeseries.count() == 4
    assert sorted(refusals(core)) == [("before_assignment", "r1", 2), ("in_future", "r1", 1)]
    assert core.metrics.refused.labels("before_assignment")._value.get() == 2


def test_what_a_meter_stored_for_the_resident_before_stays_theirs(core: Core, edge: EdgeStandIn) -> None:
    now = edge.clock.utc() - 60 * SECOND
    declared = Assignment("e1", "meter", "r1", since=0, paired=now, author=sensors.DECLARED)
    change(core, lambda connection: sensors.declare(connection, [declared]))
    tell(edge, SensorFact("meter", Link.DOWN, continuous=False))
    eventually(lambda: core.writer.directory.sensors, "heard")
    swap(core, now + 10 * SECOND)
    give(core, "r2", now + 20 * SECOND, "meter")
    say(edge, *[Observation("meter", "glucose", now + t * SECOND, t, stored=True) for t in (5, 15, 25)])
    assert (stored(core, "r1", "glucose"), stored(core, "r2", "glucose")) == ([5], [25])
    assert refusals(core) == [("before_assignment", "r2", 1)]


def test_two_edges_never_own_one_sensor(core: Core, edge: EdgeStandIn, keys: dict[str, str]) -> None:
    assert core.edge_port is not None
    second = EdgeStandIn("e2", keys["e2"], core.edge_port).connect()
    fact = SensorFact("strap", Link.UP, address=STRAP)
    tell(edge, fact)
    eventually(lambda: ("e1", "strap") in core.writer.directory.sensors, "heard at e1")
    now = edge.clock.utc()
    say(edge, Observation("strap", "heart_rate", now, 70))
    tell(second, fact)
    eventually(lambda: ("e2", "strap") in core.writer.directory.sensors, "heard at e2")
    later = edge.clock.utc() + SECOND
    say(edge, Observation("strap", "heart_rate", later, 71))
    say(second, Observation("strap", "heart_rate", later, 72))
    assert (stored(core, "r1", "heart_rate"), stored(core, "r2", "heart_rate")) == ([70], [72])
    # A person's word goes before the newer file.
    give(core, "r1", later + SECOND, "strap")
    say(edge, Observation("strap", "heart_rate", later + 2 * SECOND, 73))
    say(second, Observation("strap", "heart_rate", later + 2 * SECOND, 74))
    assert (stored(core, "r1", "heart_rate"), stored(core, "r2", "heart_rate")) == ([70, 73], [72])
    second.close()


def test_what_belongs_to_the_room_follows_who_lives_there(core: Core, edge: EdgeStandIn) -> None:
    tell(edge, SensorFact("air", Link.UP, personal=False))
    eventually(lambda: core.writer.directory.sensors, "heard")
    now = edge.clock.utc()
    swap(core, now + SECOND)
    air = [Observation("air", "room_temperature", now + t * SECOND, 20 + t) for t in (0, 2)]
    say(edge, *air)
    assert stored(core, "r1", "room_temperature") == [20]
    assert stored(core, "r2", "room_temperature") == [22]
    assert alerts(core, Code.SENSOR_UNASSIGNED) == []


# ---- events ----


def call(edge: EdgeStandIn, identity: str, **more: Any) -> EventNote:
    return EventNote("button", more.pop("kind", EventKind.NURSE_CALL), edge.clock.utc(), identity, **more)


def events(core: Core) -> list[tuple[str, str]]:
    with core.database.read() as connection:
        return sorted((found.identity, found.resident) for found in journal.events(connection))


def test_an_event_is_kept_and_rung_once_however_often_it_comes(core: Core, edge: EdgeStandIn) -> None:
    press = call(edge, "boot1-1")
    send(edge, events=(press, press))
    [ringing] = alerts(core, Code.NURSE_CALL)
    assert (ringing.resident, ringing.sensor, ringing.latched) == ("r1", "button", True)
    send(edge, Lane.LATE, events=(press,))
    edge.spool = "spool-2"
    edge.last = {Lane.LIVE: 0, Lane.LATE: 0}
    send(edge, events=(press,))
    assert events(core) == [("boot1-1", "r1")]
    assert alerts(core, Code.NURSE_CALL) == [ringing]


def test_an_event_that_was_answered_does_not_ring_again_after_a_restart(
    open_core: OpenCore, keys: dict[str, str]
) -> None:
    first = open_core()
    assert first.edge_port is not None
    edge = EdgeStandIn("e1", keys["e1"], first.edge_port).connect()
    press = call(edge, "boot1-1")
    send(edge, events=(press,))
    [ringing] = alerts(first, Code.NURSE_CALL)
    from_person = first.writer.act(ringing.id, Action.ACKNOWLEDGE, "ines", "")
    from_person.result(10)
    edge.close()
    first.stop()
    second = open_core()
    assert second.edge_port is not None
    again = EdgeStandIn("e1", keys["e1"], second.edge_port, spool="spool-2").connect()
    send(again, events=(press, call(again, "boot1-2")))
    [newer] = alerts(second, Code.NURSE_CALL)
    assert newer.id != ringing.id
    assert events(second) == [("boot1-1", "r1"), ("boot1-2", "r1")]
    again.close()


@pytest.mark.parametrize(
    "note",
    [
        EventNote("", EventKind.FALL, 5, "1"),
        EventNote("s" * 65, EventKind.FALL, 5, "1"),
        EventNote("mat", EventKind.FALL, -1, "1"),
        EventNote("mat", EventKind.FALL, 2**60, "1"),
        EventNote("mat", EventKind.FALL, 5, ""),
        EventNote("mat", EventKind.FALL, 5, "i" * 129),
        EventNote("mat", EventKind.FALL, 5, "1", detail="d" * 1001),
    ],
)
def test_an_event_that_no_disk_can_hold_is_kept_aside(core: Core, edge: EdgeStandIn, note: EventNote) -> None:
    send(edge, events=(note,))
    eventually(lambda: core.metrics.quarantined._value.get() == 1, "counted")
    assert events(core) == []


@pytest.mark.parametrize(
    "fact",
    [
        SensorFact("", Link.UP),
        SensorFact("s" * 65, Link.UP),
        SensorFact("ox", Link.UP, protocol="p" * 65),
        SensorFact("ox", Link.UP, detail="d" * 1001),
        SensorFact("ox", Link.UP, last=-1),
        SensorFact("ox", Link.UP, rssi=-(2**40)),
        SensorFact("ox", Link.UP, flags=2**40),
    ],
)
def test_a_heartbeat_that_no_disk_can_hold_is_refused(
    core: Core, edge: EdgeStandIn, fact: SensorFact
) -> None:
    tell(edge, fact)
    eventually(lambda: core.metrics.refused.labels("range")._value.get() == 1, "refused")
    tell(edge, *[SensorFact(f"s{number}", Link.UP) for number in range(201)])
    eventually(lambda: core.metrics.refused.labels("range")._value.get() == 2, "refused")
    tell(edge, SensorFact("ox", Link.UP))
    eventually(lambda: ("e1", "ox") in core.writer.directory.sensors, "heard")


def test_what_an_edge_says_of_a_sensor_is_on_the_disk(core: Core, edge: EdgeStandIn) -> None:
    tell(edge, SensorFact("ox", Link.UP, battery=12, protocol="nonin-df2", address="/dev/x", rssi=-60))

    def found() -> sensors.SensorRecord | None:
        with core.database.read() as connection:
            return sensors.sensors(connection).get(("e1", "ox"))

    eventually(lambda: found() is not None, "written")
    row = found()
    assert row is not None
    assert (row.battery, row.protocol, row.address, row.rssi) == (12, "nonin-df2", "/dev/x", -60)
    tell(edge)
    eventually(lambda: not (found() or row).listed, "named no more")
