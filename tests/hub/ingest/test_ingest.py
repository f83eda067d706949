"""The way from a real broker to a real disk."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import Connection, event

from devices.clock import ManualClock
from devices.limits import Limit, Priority
from devices.wire.messages import (
    Envelope,
    Lane,
    LimitSet,
    Loss,
    Observation,
    SyncRequest,
    WaveformBlock,
    encode,
)
from devices.wire.seal import Keys, seal
from devices.wire.topics import up
from hub import provisioning
from hub.alerting.model import Event
from hub.alerting.responses import Action, AlertError
from hub.core import Core
from hub.ingest.writer import WriterClosedError
from hub.live import Committed
from hub.store import journal, records, sensors
from hub.store.errors import StoreError
from hub.store.records import Prescription
from tests.hub.ingest.conftest import OpenCore
from tests.hub.ingest.home import SECOND, EdgeStandIn, T, eventually

pytestmark = pytest.mark.broker


def spo2(second: float, value: float = 96, flags: int = 0) -> Observation:
    return Observation("ox", "spo2", T + round(second * SECOND), value, flags)


def refused(core: Core, reason: str) -> float:
    return float(core.metrics.refused.labels(reason)._value.get())


def stored(core: Core, resident: str = "r1") -> list[float]:
    return core.timeseries.read(resident, "spo2", 0, 2**53).values.tolist()


def query(core: Core, sql: str) -> list[Any]:
    with core.database.read() as connection:
        return list(connection.exec_driver_sql(sql).all())


def test_what_an_edge_says_is_on_the_disk_before_it_is_acknowledged(core: Core, edge: EdgeStandIn) -> None:
    for second in range(20):
        edge.say(spo2(second, 90 + second / 10))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert stored(core) == [90 + second / 10 for second in range(20)]
    assert query(core, "SELECT edge, spool, lane, seq FROM cursors") == [("e1", "spool-1", "live", 20)]
    assert core.metrics.observations._value.get() == 20


def test_what_is_sent_again_is_stored_once_and_acknowledged_again(core: Core, edge: EdgeStandIn) -> None:
    envelope = edge.make(spo2(0))
    for _ in range(3):
        edge.publish("live", envelope)
    eventually(lambda: core.metrics.duplicates._value.get() == 2, "duplicates counted")
    assert stored(core) == [96]
    edge.acknowledged[Lane.LIVE] = 0
    edge.publish("live", envelope)
    eventually(lambda: edge.acknowledged[Lane.LIVE] == 1, "acknowledged again")


def test_a_hole_is_not_committed_and_the_edge_learns_where_it_is(core: Core, edge: EdgeStandIn) -> None:
    edge.say(spo2(0, 90))
    lost = edge.make(spo2(1, 91))
    edge.say(spo2(2, 92))
    eventually(lambda: refused(core, "hole") == 1, "hole counted")
    assert stored(core) == [90]
    eventually(lambda: edge.acknowledged[Lane.LIVE] == 1, "the first acknowledged")
    assert lost.seq == 2
    edge.again()
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert stored(core) == [90, 91, 92]


def test_late_data_is_history(core: Core, edge: EdgeStandIn) -> None:
    for second in range(10):
        edge.say(spo2(second, 80), lane=Lane.LATE)
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    found = core.timeseries.read("r1", "spo2", 0, 2**53)
    assert set(found.flags) == {32}
    assert query(core, "SELECT * FROM alerts") == []


def now_seconds(edge: EdgeStandIn, offset: float, value: float) -> Observation:
    return Observation("ox", "spo2", edge.clock.utc() + round(offset * SECOND), value)


def alarm(core: Core, edge: EdgeStandIn) -> str:
    """Let a value be too low for long enough and return the alert's id."""
    edge.hello()
    for offset in (-3, -2, -1, 0):
        edge.say(now_seconds(edge, offset, 80))
    eventually(lambda: query(core, "SELECT id FROM alerts WHERE code = 'limit_low'"), "alert on the disk")
    (row,) = query(core, "SELECT id FROM alerts WHERE code = 'limit_low'")
    return str(row[0])


def test_a_low_value_that_lasts_is_an_alert_on_the_disk(core: Core, edge: EdgeStandIn) -> None:
    key = alarm(core, edge)
    with core.database.read() as connection:
        found = journal.alert(connection, key)
        steps = journal.transitions(connection, [key])[key]
        states = journal.rule_states(connection)
    assert found is not None
    assert (found.resident, found.metric, found.value, found.limit) == ("r1", "spo2", 80, 90)
    assert [step.event for step in steps] == [Event.RAISED]
    assert states["r1", "low1"].active


def test_an_action_is_on_the_disk_when_it_is_answered(core: Core, edge: EdgeStandIn) -> None:
    key = alarm(core, edge)
    done = core.writer.act(key, Action.ACKNOWLEDGE, "nurse", "seen").result(10)
    assert done.response.value == "acknowledged"
    rows = query(core, f"SELECT event, author, reason FROM transitions WHERE alert = '{key}' ORDER BY number")
    assert rows == [("raised", "veilleuse", ""), ("acknowledged", "nurse", "seen")]


def test_an_action_on_no_alert_is_refused(core: Core) -> None:
    with pytest.raises(AlertError):
        core.writer.act("nothing", Action.TAKE, "nurse", "").result(10)


def test_what_is_no_action_is_refused_and_the_writer_lives(core: Core, edge: EdgeStandIn) -> None:
    key = alarm(core, edge)
    wrong: Any = "shrug"
    with pytest.raises(ValueError, match="shrug"):
        core.writer.act(key, wrong, "nurse", "")
    # By its value it is the same as by its name.
    named: Any = "acknowledge"
    assert core.writer.act(key, named, "nurse", "").result(10).response.value == "acknowledged"
    assert not core.writer.failed.is_set()


def test_screens_are_told_after_the_commit(core: Core, edge: EdgeStandIn) -> None:
    told: list[tuple[Committed, int]] = []

    class Screen:
        def committed(self, news: Committed) -> None:
            told.append((news, core.timeseries.count()))

    core._parts.audiences = (*core._parts.audiences, Screen())
    edge.say(spo2(0), spo2(1))
    eventually(lambda: told, "told")
    news, on_disk = told[0]
    told = [(who, whom, [one.value for one in seen]) for who, whom, seen in news.observations]
    assert told == [("e1", "r1", [96, 96])]
    assert on_disk == 2


@pytest.mark.parametrize(
    ("reason", "topic", "payload"),
    [
        ("topic", "veilleuse/1/e1/up/nonsense", b"{}"),
        ("form", "veilleuse/1/e1/up/live", b"\xff\x00 no json"),
        ("mac", "veilleuse/1/e1/up/live", b'{"mac":"AAAA","body":{}}'),
        ("size", "veilleuse/1/e1/up/live", b"x" * 262_145),
        ("form", "veilleuse/1/e1/up/signal", b"{}"),
    ],
)
def test_what_is_not_authentic_is_refused_by_name(
    core: Core, edge: EdgeStandIn, reason: str, topic: str, payload: bytes
) -> None:
    edge.client.publish(topic, payload, 1)
    edge.say(spo2(0))
    eventually(lambda: edge.waiting() == 0, "the next message is taken")
    eventually(lambda: refused(core, reason) == 1, f"counted as {reason}")
    assert stored(core) == [96]


def test_an_edge_cannot_speak_for_another_one(core: Core, edge: EdgeStandIn, keys: dict[str, str]) -> None:
    foreign = Envelope("e2", "spool-1", Lane.LIVE, 1, T, True, (spo2(0),))
    edge.publish("live", foreign)
    eventually(lambda: refused(core, "edge") == 1, "counted")
    # Not even with the other one's key, which the broker's access list stops.
    topic = up("e2", "live")
    stolen = Keys(bytes.fromhex(keys["e2"].split()[0]))
    edge.client.publish(topic, seal(stolen, topic, encode(foreign)), 1)
    edge.say(spo2(0))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert stored(core, "r2") == []


def test_an_envelope_that_is_not_understood_is_kept_and_does_not_stop_the_lane(
    core: Core, edge: EdgeStandIn
) -> None:
    body = encode(edge.make()).replace(b'"synchronised":true', b'"synchronised":"perhaps"')
    topic = up("e1", "live")
    edge.client.publish(topic, seal(edge.keys, topic, body), 1)
    edge.say(spo2(0))
    eventually(lambda: edge.waiting() == 0, "both acknowledged")
    with core.database.read() as connection:
        (kept,) = journal.quarantined(connection)
    assert (kept.edge, kept.seq, kept.body) == ("e1", 1, body)
    assert "synchronised" in kept.reason
    assert stored(core) == [96]


@pytest.mark.parametrize(
    "observation",
    [
        Observation("ox", "spo2", -1, 96),
        Observation("ox", "spo2", 2**60, 96),
        Observation("ox", "spo2", T, 96, -1),
        Observation("ox", "spo2", T, 96, 70_000),
        Observation("", "spo2", T, 96),
        Observation("ox", "m" * 65, T, 96),
    ],
)
def test_values_that_no_disk_can_hold_are_kept_aside(
    core: Core, edge: EdgeStandIn, observation: Observation
) -> None:
    edge.say(observation)
    edge.say(spo2(1))
    eventually(lambda: edge.waiting() == 0, "both acknowledged")
    # Counted after it was acknowledged.
    eventually(lambda: core.metrics.quarantined._value.get() == 1, "counted")
    assert stored(core) == [96]


def test_waveforms_and_losses_are_stored(core: Core, edge: EdgeStandIn) -> None:
    wave = WaveformBlock("ox", "pleth", T, 75.0, "AQACAA==")
    loss = Loss("pleth", 75, T, T + SECOND, "disk_full")
    edge.last[Lane.LIVE] = 1
    edge.publish("live", Envelope("e1", "spool-1", Lane.LIVE, 1, T, True, (), (wave,), (), (loss,)))
    eventually(lambda: edge.acknowledged[Lane.LIVE] == 1, "acknowledged")
    (found,) = core.timeseries.waveforms("r1", "pleth", T, T + SECOND)
    assert found.samples.tolist() == [1, 2]
    assert query(core, "SELECT edge, resident, metric, count, reason FROM losses") == [
        ("e1", "r1", "pleth", 75, "disk_full")
    ]


def test_a_resident_who_moved_takes_no_values_along(core: Core, edge: EdgeStandIn) -> None:
    edge.say(spo2(0))
    eventually(lambda: edge.waiting() == 0, "the sensor is known, and r1's")
    moved = edge.clock.utc()

    def leave(connection: Connection) -> None:
        provisioning.move_resident(connection, "r1", None, "test", moved)
        provisioning.move_resident(connection, "r2", "1", "test", moved)

    core.writer.change(leave).result(10)
    edge.say(Observation("ox", "spo2", moved - SECOND, 91), Observation("ox", "spo2", moved + SECOND, 92))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert (stored(core, "r1"), stored(core, "r2")) == ([96, 91], [])
    core.writer.change(
        lambda connection: sensors.assign(
            connection, ("e1", "ox"), "r2", author="luc", now=moved + 2 * SECOND
        )
    ).result(10)
    edge.say(Observation("ox", "spo2", moved + 3 * SECOND, 93))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert (stored(core, "r1"), stored(core, "r2")) == ([96, 91], [93])


def test_an_edge_in_nobodys_room_is_kept_and_shown_to_nobody(core: Core, edge: EdgeStandIn) -> None:
    core.writer.change(
        lambda connection: provisioning.move_resident(connection, "r1", None, "test", T)
    ).result(10)
    edge.say(spo2(1))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert stored(core, "r1") == []
    assert (core.timeseries.count(), core.metrics.unassigned._value.get()) == (1, 1)


def test_an_edge_is_told_its_limits_and_their_changes(core: Core, edge: EdgeStandIn) -> None:
    edge.hello()
    eventually(lambda: any(isinstance(told, LimitSet) for told in edge.commands), "limits told")
    first = next(told for told in edge.commands if isinstance(told, LimitSet))
    # What is prescribed takes the place of the profile's; of what nobody prescribed the room has the safe defaults.
    assert [limit.id for limit in first.limits if limit.metric == "spo2"] == ["low1"]
    assert "breathing" in {limit.id for limit in first.limits}
    limit = Limit("new", "pulse_rate", Priority.MEDIUM, high=120)
    prescription = Prescription(limit, "r1", "doctor", "fever", 1)
    core.writer.change(lambda connection: records.prescribe(connection, prescription)).result(10)
    eventually(
        lambda: any(isinstance(t, LimitSet) and limit in t.limits for t in edge.commands), "change told"
    )


def test_a_change_that_fails_changes_nothing(core: Core) -> None:
    with pytest.raises(StoreError, match="'nobody' is unknown"):
        core.writer.change(
            lambda connection: provisioning.move_resident(connection, "nobody", None, "test", T)
        ).result(10)


def test_an_edge_enrolled_by_another_process_is_let_in(core: Core) -> None:
    other = provisioning.open_database(core.data)
    with other.write() as connection:
        key = provisioning.enrol_edge(connection, core.secrets, "e9", None, "test", 1)
    other.close()
    eventually(lambda: "e9" in core.writer.directory.keys, "noticed")
    assert core.edge_port is not None
    newcomer = EdgeStandIn("e9", key, core.edge_port)
    newcomer.client.connect("127.0.0.1", core.edge_port)
    newcomer.client.loop_start()
    eventually(newcomer.connected.is_set, "let in by the broker")
    newcomer.say(spo2(0))
    eventually(lambda: newcomer.waiting() == 0, "acknowledged")
    newcomer.close()


def test_a_revoked_edge_is_heard_no_more(core: Core, edge: EdgeStandIn) -> None:
    core.writer.change(
        lambda connection: provisioning.revoke_edge(connection, "e1", "test", edge.clock.utc())
    ).result(10)
    edge.say(spo2(0))
    eventually(lambda: refused(core, "unknown_edge") >= 1 or not edge.client.is_connected(), "refused")
    assert stored(core) == []


def test_the_hub_asks_edges_to_send_again_when_it_starts(edge: EdgeStandIn, core: Core) -> None:
    before = sum(isinstance(told, SyncRequest) for told in edge.commands)
    core.link._client.reconnect()
    eventually(lambda: sum(isinstance(told, SyncRequest) for told in edge.commands) > before, "asked again")
    assert isinstance(edge.commands[-1], SyncRequest)


def test_a_full_disk_acknowledges_nothing_and_passes(core: Core, edge: EdgeStandIn) -> None:
    edge.say(spo2(0, 90))
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    pages = [1]

    # Every connection may grow the file no more: SQLite answers as on a full disk.
    @event.listens_for(core.database.engine, "begin")
    def _limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages[0]}")

    edge.say(*(spo2(second, 91) for second in range(1, 1500)))
    eventually(lambda: core.metrics.commit_failures._value.get() >= 2, "tried again")
    report = core.health.report()
    assert report.status == "failing"
    assert any("nothing can be stored" in problem and "full" in problem for problem in report.problems)
    assert edge.waiting() == 1
    pages[0] = 2**30
    eventually(lambda: edge.waiting() == 0, "acknowledged once there is room")
    assert stored(core) == [90, *[91] * 1499]
    assert core.health.report().status == "ok"


def test_a_stopped_writer_refuses_work(core: Core) -> None:
    core.writer.stop()
    done: Future[None] = core.writer.change(lambda _connection: None)
    with pytest.raises(WriterClosedError):
        done.result(1)


def test_a_hub_whose_database_came_back_from_a_backup_goes_on(
    open_core: OpenCore, keys: dict[str, str]
) -> None:
    clock = ManualClock(T + 1000 * SECOND)
    core = open_core(clock=clock)
    assert core.edge_port is not None
    edge = EdgeStandIn("e1", keys["e1"], core.edge_port, clock=clock).connect()
    # Envelopes 1 to 40 were acknowledged by the hub that is gone.
    edge.last[Lane.LIVE] = 40
    envelope = edge.make(spo2(0))
    for copies in range(1, 8):
        edge.publish("live", envelope)
        eventually(lambda count=copies: refused(core, "hole") == count or edge.waiting() == 0, "taken")
        clock.advance(12 * SECOND)
    eventually(lambda: edge.waiting() == 0, "acknowledged")
    assert stored(core) == [96]
    assert query(core, "SELECT edge, count, reason FROM losses") == [("e1", 40, "envelopes_missing")]
    edge.close()


def test_a_limit_that_is_dated_ahead_comes_into_force(open_core: OpenCore) -> None:
    clock = ManualClock(T)
    core = open_core(clock=clock)
    limit = Limit("soon", "pulse_rate", Priority.MEDIUM, high=120)
    prescription = Prescription(limit, "r1", "doctor", "", T + 30 * SECOND)
    core.writer.change(lambda connection: records.prescribe(connection, prescription)).result(10)
    assert limit not in core.writer.directory.limits["r1"]
    clock.advance(61 * SECOND)
    eventually(lambda: limit in core.writer.directory.limits["r1"], "in force")
