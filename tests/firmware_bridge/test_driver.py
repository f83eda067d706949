"""What a node's words become for the edge."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.drivers.base import SerialSettings
from devices.errors import ConfigError
from devices.measurement import Cause, Event, EventKind, Link, Measurement, Reading, SensorStatus, Waveform
from devices.quality import NO_DOUBT, Quality
from edge import protocols
from firmware_bridge.descriptor import Descriptor, Stream
from firmware_bridge.driver import NodeDriver, new_name
from firmware_bridge.frames import Deframer, Frame
from firmware_bridge.messages import (
    Ack,
    Code,
    Happened,
    Heartbeat,
    Hello,
    Page,
    Restart,
    Result,
    Samples,
    SyncReply,
    from_host,
)

UTC = BUILD_FLOOR + 1000 * SECOND
STREAMS = (
    Stream(1, 1, 0x12, 250_000, 512, 48828, -6),
    Stream(2, 2, 0x23, 100_000),
    Stream(3, 3, 0x12, 200, 0, 1, -2),
    Stream(4, 99, 0x12, 1000),
)
PAGES = bytes(Descriptor("b", "1", 1, 100, STREAMS))


class Node:
    """A driver and a node made by hand."""

    def __init__(self) -> None:
        self.driver = NodeDriver("n1", lambda: 5)
        self.seq = 0
        self.now = UTC
        self.driver.start(UTC)
        self.say(Hello(1, 0, 7, 1, 1, len(PAGES), zlib.crc32(PAGES), 65))
        for at in range(0, len(PAGES), 48):
            self.say(Page(at, len(PAGES), PAGES[at : at + 48]))
        self.beat()

    def say(self, message: Any, major: int = 1) -> list[Reading]:
        frame = Frame(message.TYPE, bytes(message), self.seq, self.now - UTC, major=major)
        self.seq += 1
        return self.driver.receive("", bytes(frame), self.now)

    def beat(self, faults: int = 0, boot: int = 1) -> list[Reading]:
        return self.say(Heartbeat(7, boot, 0, 4, 0, faults, 0, 0, 0, 0, 0, 0, 0, ()))

    def samples(self, stream: int, values: list[int], flags: int = 0) -> list[Reading]:
        width = STREAMS[stream - 1].format & 15
        data = b"".join(value.to_bytes(width, "little", signed=value < 0) for value in values)
        return self.say(Samples(stream, STREAMS[stream - 1].format, flags, self.index(stream), data))

    def index(self, stream: int) -> int:
        account = self.driver.session.streams.get(stream)
        return account.expected or 0 if account else 0


@pytest.fixture
def node() -> Node:
    return Node()


def near(time: int) -> Any:
    return pytest.approx(time, abs=20_000)


def test_what_it_needs() -> None:
    driver = NodeDriver("n1")
    assert driver.needs.serial == SerialSettings(115200)
    assert driver.needs.continuous
    assert driver.rejected == 0
    assert driver.last_error == ""
    assert 0 < new_name() < 1 << 32


def test_the_edge_knows_the_protocol() -> None:
    assert protocols.signature("node").transport == "serial"
    assert not protocols.signature("node").personal
    assert isinstance(protocols.open_driver("node", "n1"), NodeDriver)
    assert protocols.signature("nonin-df2").transport == "serial"
    with pytest.raises(ConfigError, match=r"known are .*node"):
        protocols.open_driver("nod", "n1")


@pytest.mark.parametrize(
    ("kind", "value", "count", "expected", "detail"),
    [
        (1, 0, 1, EventKind.NURSE_CALL, ""),
        (1, 0, 12, EventKind.NURSE_CALL, "12 presses"),
        (2, 0, 1, EventKind.BED_EXIT, ""),
        (3, 0, 1, EventKind.BED_RETURN, ""),
        (4, 2, 1, EventKind.SENSOR_FAULT, "temperature"),
        (4, 77, 1, EventKind.SENSOR_FAULT, "part 77"),
    ],
)
def test_events(node: Node, kind: int, value: int, count: int, expected: EventKind, detail: str) -> None:
    (event,) = node.say(Happened(7, 1, 3, 0, 0, kind, value, count))
    assert event == Event("n1", expected, near(UTC), "00000007.1.3", detail=detail)
    (write,) = node.driver.confirm()
    (frame,) = Deframer().feed(write.data)
    assert from_host(frame) == Ack(7, 1, (3,))
    assert node.driver.confirm() == []


def test_an_event_of_the_run_before(node: Node) -> None:
    (event,) = node.say(Happened(7, 1, 3, 0, 65535, 1, 0, 2))
    assert event.detail == "2 presses; before a restart, time is that of its arrival"
    assert event.time == near(UTC)


def test_that_a_part_works_again_is_no_reading_and_acknowledged_all_the_same(node: Node) -> None:
    assert node.say(Happened(7, 1, 3, 0, 0, 5, 0, 1)) == []
    sent = b"".join(write.data for write in node.driver.poll(UTC + SECOND))
    assert Ack(7, 1, (3,)) in [from_host(frame) for frame in Deframer().feed(sent)]


def test_ecg(node: Node) -> None:
    (wave,) = node.samples(1, [512, 513, 0, 1023])
    assert wave == Waveform("n1", "ecg", near(UTC), 250, (0, 1, -512, 511), 0.048828, NO_DOUBT)


def test_ppg_goes_into_16_bits_with_its_scale(node: Node) -> None:
    red, infrared = node.samples(2, [100_000, 30_000, 100_007, 30_001])
    assert red == Waveform("n1", "ppg_red", near(UTC), 100, (25_000, 25_001), 4.0)
    assert infrared == Waveform("n1", "ppg_infrared", near(UTC), 100, (30_000, 30_001), 1.0)
    red, _ = node.samples(2, [(1 << 18) - 1, 0])
    assert (red.samples, red.scale) == ((32767,), 8.0)


def test_temperature(node: Node) -> None:
    first, second = node.samples(3, [2150, -525])
    assert first == Measurement("n1", "room_temperature", 21.5, near(UTC))
    assert second == Measurement("n1", "room_temperature", -5.25, near(UTC + 5 * SECOND))
    (hot,) = node.samples(3, [9000])
    assert hot.flags == Quality.IMPLAUSIBLE


def test_streams_of_unknown_kinds_are_not_shown(node: Node) -> None:
    assert node.samples(4, [1, 2], flags=1) == []
    assert node.beat() == [SensorStatus("n1", near(UTC), Link.UP)]


def test_contact_is_told_when_it_changes(node: Node) -> None:
    wave, status = node.samples(1, [0] * 5, flags=3)
    assert wave.flags == Quality.PROBE_OFF
    assert status == SensorStatus("n1", near(UTC), Link.UP, Quality.PROBE_OFF, "ecg lead off")
    assert len(node.samples(1, [0] * 5, flags=3)) == 1
    *_, status = node.samples(2, [0, 0], flags=1)
    assert status.detail == "ecg lead off; no finger on the oximeter"
    *_, status = node.samples(1, [0] * 5)
    assert status.detail == "no finger on the oximeter"
    *_, status = node.samples(2, [0, 0])
    assert (status.flags, status.detail) == (NO_DOUBT, "")


def test_a_converter_at_its_limit_is_questionable(node: Node) -> None:
    (wave,) = node.samples(1, [1023], flags=8)
    assert wave.flags == Quality.QUESTIONABLE


def test_faults_are_the_cause(node: Node) -> None:
    assert node.beat() == [SensorStatus("n1", near(UTC), Link.UP)]
    (status,) = node.beat(faults=0b1000_0001)
    assert (status.cause, status.detail) == (Cause.FAULT, "oximeter failed; part 7 failed")
    (status,) = node.say(SyncReply(1, 0))
    assert status.cause is Cause.FAULT


def test_a_restart_clears_what_was_said(node: Node) -> None:
    node.samples(1, [0], flags=1)
    node.beat(faults=1)
    restarted, status = node.beat(boot=2)
    assert restarted == SensorStatus("n1", near(UTC), Link.UP, detail="started anew: watchdog")
    assert status == SensorStatus("n1", near(UTC), Link.UP)


def test_another_version_is_a_fault(node: Node) -> None:
    (status,) = node.say(Hello(9, 1, 7, 1, 0), major=9)
    assert (status.link, status.cause) == (Link.DOWN, Cause.FAULT)
    assert status.detail == "node speaks version 9.1, edge 1.0"


def test_updating_is_said_when_the_node_agrees(node: Node) -> None:
    (write,) = node.driver.update()
    (frame,) = Deframer().feed(write.data)
    assert from_host(frame) == Restart(1)
    (status,) = node.say(Result(frame.seq, 7, Code.OK))
    assert (status.link, status.cause) == (Link.DOWN, Cause.UPDATING)


def test_a_node_without_heartbeats_is_down(node: Node) -> None:
    told: list[Reading] = []
    for _ in range(60):
        node.now += 100_000
        told += node.samples(1, [0] * 25)
    (status,) = [reading for reading in told if isinstance(reading, SensorStatus)]
    assert (status.link, status.cause) == (Link.DOWN, Cause.NO_READINGS)
    assert len(told) < 40


def test_malformed_bytes_are_counted(node: Node) -> None:
    assert node.driver.receive("", b"\0abc\0", UTC) == []
    assert node.driver.rejected == 1
    assert "frame of 3 bytes" in node.driver.last_error
