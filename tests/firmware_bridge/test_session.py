"""The host's side against frames made by hand: what no well-behaved node does as well."""

from __future__ import annotations

import itertools
import zlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from firmware_bridge.descriptor import Descriptor, Stream
from firmware_bridge.frames import Deframer, Frame
from firmware_bridge.messages import (
    AGE_UNKNOWN,
    Ack,
    Code,
    Describe,
    Happened,
    Heartbeat,
    Hello,
    HostHello,
    Identify,
    Mode,
    Name,
    Page,
    Result,
    Samples,
    SetStream,
    SyncReply,
    SyncRequest,
    from_host,
)
from firmware_bridge.session import LOST_AFTER, Beat, Block, Note, Occurrence, Output, Says, Session

UTC = BUILD_FLOOR + 1000 * SECOND
DESCRIPTOR = Descriptor("test", "1.0.0", 1, 100, (Stream(1, 1, 0x12, 250_000), Stream(2, 2, 0x23, 100_000)))
PAGES = bytes(DESCRIPTOR)


class Host:
    """A session, and a node made by hand."""

    def __init__(self) -> None:
        names = itertools.count(0x100)
        self.session = Session(lambda: next(names))
        self.seq = 0
        self.now = UTC
        self._deframer = Deframer()

    def say(self, message: Any, t_us: int | None = None, major: int = 1) -> list[Output]:
        stamp = (self.now - UTC) % (1 << 32) if t_us is None else t_us
        frame = Frame(message.TYPE, bytes(message), self.seq, stamp, major=major)
        self.seq = (self.seq + 1) & 0xFFFF
        return self.session.receive(bytes(frame), self.now)

    def heard(self, data: bytes) -> list[Any]:
        return [from_host(frame) for frame in self._deframer.feed(data)]

    def poll(self) -> list[Any]:
        return self.heard(self.session.poll(self.now))

    def meet(self, node: int = 7, boot: int = 1) -> None:
        self.heard(self.session.opened(self.now))
        self.say(hello(node, boot))
        for offset in range(0, len(PAGES), 48):
            self.say(page(offset))
        self.say(beat(node, boot))


def hello(node: int = 7, boot: int = 1, major: int = 1, **fields: Any) -> Hello:
    fields = {"descriptor_length": len(PAGES), "descriptor_crc": zlib.crc32(PAGES), "limit": 65} | fields
    return Hello(major, 0, node, boot, 1, **fields)


def page(offset: int) -> Page:
    return Page(offset, len(PAGES), PAGES[offset : offset + 48])


def beat(
    node: int = 7, boot: int = 1, uptime: int = 0, streams: tuple[tuple[int, int], ...] = ()
) -> Heartbeat:
    return Heartbeat(node, boot, uptime, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFFFF, streams)


def call(event: int = 1, node: int = 7, boot: int = 1, age: int = 0, kind: int = 1) -> Happened:
    return Happened(node, boot, event, 0, age, kind, 0, 1)


def ecg(index: int, stream: int = 1, layout: int = 0x12) -> Samples:
    return Samples(stream, layout, 0, index, bytes(50))


def of(outputs: list[Output], kind: type) -> list[Any]:
    return [output for output in outputs if isinstance(output, kind)]


def test_the_first_words() -> None:
    host = Host()
    first = host.session.opened(UTC)
    assert first.startswith(b"\0\0")
    assert [type(word) for word in host.heard(first)] == [HostHello, SyncRequest]
    host.now += SECOND
    assert [type(word) for word in host.poll()] == [SyncRequest]
    host.now += 2 * SECOND
    assert [type(word) for word in host.poll()] == [HostHello, SyncRequest]


def test_the_descriptor_is_fetched_from_the_first_missing_page() -> None:
    host = Host()
    host.session.opened(UTC)
    host.say(hello())
    assert [word.offset for word in host.poll() if isinstance(word, Describe)] == [0, 48][
        : -(-len(PAGES) // 48)
    ]
    host.say(page(0))
    if len(PAGES) > 48:
        assert [word.offset for word in host.poll() if isinstance(word, Describe)] == [48]
        (note,) = of(host.say(page(48)), Note)
        assert note == Note(Says.DESCRIBED, "test firmware 1.0.0")
    assert host.session.descriptor == DESCRIPTOR
    assert host.say(page(0)) == []


def test_pages_that_do_not_fit_are_fetched_again() -> None:
    host = Host()
    host.session.opened(UTC)
    assert host.say(page(0)) == [], "nobody said yet how long it is"
    host.say(hello())
    host.say(Page(7, len(PAGES), b"abc"))
    host.say(Page(0, 999, PAGES[:48]))
    host.say(Page(0, len(PAGES), b""))
    host.say(Page(0, len(PAGES), bytes(48)))
    for offset in range(48, len(PAGES), 48):
        host.say(page(offset))
    assert host.session.descriptor is None
    assert host.session.last_error == "descriptor has a wrong CRC"
    assert Describe(0) in host.poll()


def test_a_descriptor_that_is_nonsense_or_too_long_is_none() -> None:
    host = Host()
    host.session.opened(UTC)
    host.say(hello(descriptor_length=3, descriptor_crc=zlib.crc32(b"\3\1\1")))
    host.say(Page(0, 3, b"\3\1\1"))
    assert host.session.descriptor == Descriptor()
    assert host.session.last_error == "descriptor's clock has 1 bytes, 2 are needed"
    assert host.session.rejected == 1
    host.say(hello(descriptor_length=60_000, descriptor_crc=5))
    assert host.session.descriptor == Descriptor()
    assert not any(isinstance(word, Describe) for word in host.poll())


def test_a_node_without_a_name_gets_one_and_its_events_wait() -> None:
    host = Host()
    host.session.opened(UTC)
    host.say(hello(node=0))
    assert host.say(call(node=0)) == []
    assert host.session.counts.unnamed == 1
    assert Name(0x100) in host.poll()
    assert Name(0x100) in host.poll(), "the same until it is taken"
    assert of(host.say(call(node=0x100)), Occurrence)
    host.say(hello(node=0x100))
    assert not any(isinstance(word, Name) for word in host.poll())
    assert of(host.say(beat(node=0x100)), Note) == []


def test_a_node_that_forgot_its_name_gets_another() -> None:
    host = Host()
    host.session.opened(UTC)
    host.say(hello(node=0))
    assert Name(0x100) in host.poll()
    host.say(hello(node=0x100))
    (note,) = of(host.say(hello(node=0)), Note)
    assert note.says is Says.STARTED
    assert Name(0x101) in host.poll()


def test_an_event_once() -> None:
    host = Host()
    host.meet()
    (happened,) = host.say(call(9, boot=0xA))
    assert happened.identity == "00000007.a.9"
    assert happened.dated
    assert host.say(call(9, boot=0xA)) == []
    assert host.heard(host.session.confirm()) == [Ack(7, 0xA, (9,))]
    assert host.heard(host.session.confirm()) == []
    assert host.say(call(9, boot=0xA)) == []
    assert Ack(7, 0xA, (9,)) in host.poll()
    assert host.session.repeated == 2


def test_events_of_unknown_kinds_are_acknowledged_so_that_they_do_not_wait_for_ever() -> None:
    host = Host()
    host.meet()
    assert host.say(call(3, kind=77)) == []
    assert host.session.counts.unknown == 1
    assert Ack(7, 1, (3,)) in host.poll()


def test_an_event_before_anything_is_known_of_the_clock() -> None:
    host = Host()
    (happened,) = host.say(call(age=30), t_us=5)
    assert abs(happened.time - (UTC - 30 * SECOND)) < 10_000
    (happened,) = host.say(call(2, age=AGE_UNKNOWN), t_us=5)
    assert not happened.dated
    assert abs(happened.time - UTC) < 10_000


def test_a_block_before_anything_is_known_of_the_clock_ended_now() -> None:
    host = Host()
    host.session.descriptor = DESCRIPTOR
    (block,) = host.say(ecg(0), t_us=5)
    assert abs(block.time - (UTC - 100_000)) < 10_000


def test_blocks_are_counted_and_placed() -> None:
    host = Host()
    host.meet()
    (first,) = host.say(ecg(100))
    (second,) = host.say(ecg(150))
    assert (first.lost, second.lost) == (0, 25)
    assert host.say(ecg(150)) == []
    assert host.say(ecg(175, stream=9)) == []
    assert host.say(ecg(175, layout=0x11)) == []
    assert host.session.counts.unused == 2
    host.say(beat(streams=((1, 300), (9, 200))))
    samples = host.session.streams[1]
    assert samples.received + samples.lost == 300 - samples.first


def test_missing_frames_are_counted_through_the_wrap() -> None:
    host = Host()
    host.meet()
    host.seq = 0xFFFE
    before = host.session.counts.missing
    host.say(beat())
    missed = host.session.counts.missing - before
    host.seq = 3
    host.say(beat())
    assert host.session.counts.missing - before - missed == 4


def test_a_restart_is_noticed_by_the_heartbeat_and_counts_from_zero() -> None:
    host = Host()
    host.meet()
    host.say(ecg(5000))
    host.seq = 7
    before = host.session.counts.missing
    outputs = host.say(beat(boot=2, streams=((1, 50),)))
    assert outputs == [Note(Says.STARTED, "started anew: power"), Beat(beat(boot=2, streams=((1, 50),)))]
    assert host.session.counts.missing == before
    assert host.session.streams[1].lost == 50
    assert host.session.streams[1].expected == 50
    assert HostHello(1, 0) in host.poll()
    host.say(hello(boot=2))
    assert HostHello(1, 0) not in host.poll()
    assert host.session.run == (7, 2)


def test_a_restart_without_a_number_is_noticed_by_the_uptime() -> None:
    host = Host()
    host.meet()
    host.say(beat(uptime=50))
    assert of(host.say(beat(uptime=3)), Note) == [Note(Says.STARTED, "started anew: power")]


def test_another_board_is_another_node() -> None:
    host = Host()
    host.meet()
    assert of(host.say(hello(node=8, boot=1)), Note)[0].says is Says.STARTED
    assert host.session.run == (8, 1)


def test_an_unknown_reset_cause_is_said_so() -> None:
    host = Host()
    host.meet()
    (note,) = of(host.say(Hello(1, 0, 7, 2, 99, 0, 0, 65)), Note)
    assert note.detail == "started anew: unknown cause"


def test_another_major_version_is_shown_and_nothing_else_is_taken() -> None:
    host = Host()
    host.session.opened(UTC)
    outputs = host.say(hello(major=2), major=2)
    assert outputs == [Note(Says.INCOMPATIBLE, "node speaks version 2.0, edge 1.0")]
    assert host.say(call(), major=2) == []
    assert host.say(call()) == []
    assert host.session.counts.foreign == 1
    host.now += 2 * SECOND
    assert HostHello(1, 0) in host.poll()
    assert HostHello(1, 0) not in host.poll()
    assert not any(isinstance(word, Ack) for word in host.heard(host.session.confirm()))


def test_types_of_a_newer_minor_version_are_counted() -> None:
    host = Host()
    host.meet()
    frame = Frame(0xF0, b"new", host.seq)
    assert host.session.receive(bytes(frame), UTC) == []
    assert host.session.counts.unknown == 1
    assert host.session.rejected == 0


def test_malformed_messages_and_echoes_are_counted() -> None:
    host = Host()
    host.meet()
    assert host.session.receive(bytes(Frame(0x83, bytes(20))), UTC) == []
    assert host.session.last_error == "event has the number 0"
    assert host.session.receive(bytes(Frame(0x02, bytes(4))), UTC) == []
    assert host.session.last_error == "line echoes what the host sends"
    assert host.session.receive(b"\0abc\0", UTC) == []
    assert host.session.rejected == 3
    assert host.session.refused["bad_cobs"] + host.session.refused["too_short"] == 1


def test_no_heartbeat_for_three_seconds_is_a_lost_node_though_samples_come() -> None:
    host = Host()
    host.meet()
    outputs: list[Output] = []
    for index in range(200):
        host.now += 100_000
        outputs += host.say(ecg(index * 25))
        if index == 25:
            assert of(outputs, Note) == []
    (note,) = of(outputs, Note)
    assert note.says is Says.LOST
    assert 28 <= len(of(outputs, Block)) <= 31
    host.say(SyncReply(1, 0))
    assert of(host.say(call(5)), Occurrence), "events are taken all the same"
    assert of(host.say(beat(uptime=20)), Beat)
    assert of(host.say(ecg(200 * 25)), Block)


def test_a_silent_line_or_a_clock_that_was_set_is_no_lost_heartbeat() -> None:
    host = Host()
    host.meet()
    host.now += 10 * LOST_AFTER
    assert of(host.say(ecg(0)), Note) == []
    host.now -= 100 * SECOND
    assert of(host.say(ecg(25)), Note) == []


def test_clock_questions_are_answered_once() -> None:
    host = Host()
    host.meet()
    host.now += SECOND
    (question,) = [word for word in host.poll() if isinstance(word, SyncRequest)]
    assert host.poll() == []
    host.now += 5000
    assert of(host.say(SyncReply(question.cookie + 1, 0)), Note) == [Note(Says.ALIVE)]
    assert host.session.timing.exchanges == 0
    stamp = (host.now - UTC) % (1 << 32)
    host.say(SyncReply(question.cookie, stamp - 100), stamp)
    host.say(SyncReply(question.cookie, stamp - 100), stamp)
    assert host.session.timing.exchanges == 1


def test_late_answers_say_nothing() -> None:
    host = Host()
    host.meet()
    host.now += SECOND
    (question,) = [word for word in host.poll() if isinstance(word, SyncRequest)]
    host.now += 2 * SECOND
    host.say(SyncReply(question.cookie, 0))
    assert host.session.timing.exchanges == 0


def test_without_a_time_of_its_own_the_host_asks_and_measures_nothing() -> None:
    host = Host()
    host.session.opened(0)
    assert [type(word) for word in host.heard(host.session.poll(0))] == [HostHello, SyncRequest]
    host.say(SyncReply(2, 0))
    assert host.session.timing.exchanges == 0


def test_only_the_loader_is_an_update() -> None:
    host = Host()
    host.meet()
    for mode, code, told in (
        (Mode.LOADER, Code.BUSY, False),
        (Mode.LOADER, Code.OK, True),
        (Mode.APPLICATION, Code.OK, False),
    ):
        (order,) = Deframer().feed(b"\0" + host.session.restart(mode))
        outputs = host.say(Result(order.seq, 7, code))
        assert bool(of(outputs, Note)) == told
    assert host.say(Result(999, 7, Code.OK)) == []


def test_a_technicians_orders() -> None:
    host = Host()
    orders = (
        b"\0"
        + host.session.identify(30)
        + host.session.set_stream(2, on=False)
        + host.session.set_stream(1, on=True)
    )
    assert host.heard(orders) == [Identify(30), SetStream(2, 0), SetStream(1, 1)]


def test_settled_events_are_acknowledged_by_the_next_poll() -> None:
    host = Host()
    host.meet()
    (happened,) = host.say(call(4, kind=5))
    host.session.settle(happened.message)
    assert Ack(7, 1, (4,)) in host.poll()
    assert host.heard(host.session.confirm()) == []


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes(chunks: list[bytes]) -> None:
    host = Host()
    for chunk in chunks:
        host.session.receive(chunk, host.now)
        host.now += 10_000
        host.session.poll(host.now)
    # A node that answers is met all the same.
    host.meet()
    assert host.session.descriptor == DESCRIPTOR


@given(
    st.lists(
        st.tuples(st.integers(0x80, 0x88), st.binary(max_size=60), st.integers(0, 0xFFFF_FFFF)), max_size=20
    )
)
def test_any_frames(frames: list[tuple[int, bytes, int]]) -> None:
    host = Host()
    host.meet()
    for seq, (kind, payload, t_us) in enumerate(frames):
        host.session.receive(bytes(Frame(kind, payload, seq, t_us)), host.now)
        host.now += 10_000
        host.session.poll(host.now)
        host.session.confirm()
    # The same node, started again, is understood whatever was said in its name.
    host.meet(boot=2)
    assert host.session.descriptor == DESCRIPTOR
