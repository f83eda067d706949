"""The node's C core and the edge's driver together, on a clean line: what PROTOCOL.md promises."""

from __future__ import annotations

import ctypes
from itertools import pairwise

import pytest

from devices.clock import SECOND
from devices.measurement import Cause, EventKind, Link
from devices.quality import Quality
from firmware_bridge.frames import Deframer, Frame
from firmware_bridge.messages import (
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
    SyncReply,
    SyncRequest,
    from_node,
)
from tests.firmware_bridge.host_board import EVERYTHING, Board
from tests.firmware_bridge.lockstep import Lockstep

LOADER = 8
LED_OFF, LED_CALLING, LED_HEARD, LED_NO_HOST, LED_IDENTIFY = range(5)


@pytest.fixture
def board(library: ctypes.CDLL) -> Board:
    board = Board(library, EVERYTHING | LOADER)
    board.start()
    return board


@pytest.fixture
def room(board: Board) -> Lockstep:
    room = Lockstep(board)
    room.run(3000)
    return room


class Wire:
    """Talks to a board without a driver."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._deframer = Deframer()

    def hear(self, milliseconds: int) -> list[tuple[Frame, object]]:
        return [(frame, from_node(frame)) for frame in self._deframer.feed(self.board.run(milliseconds))]

    def ask(self, message: object, kind: type, major: int = 1) -> list:
        self.board.give(bytes(Frame(message.TYPE, bytes(message), 77, major=major)))
        return [heard for _, heard in self.hear(30) if isinstance(heard, kind)]

    def say(self, payload: bytes, kind: int) -> list[Result]:
        self.board.give(bytes(Frame(kind, payload, 77)))
        return [heard for _, heard in self.hear(30) if isinstance(heard, Result)]


def statuses(room: Lockstep) -> list[tuple[Cause, str]]:
    told = [(status.cause, status.detail) for status in room.heard.statuses]
    return [each for at, each in enumerate(told) if at == 0 or told[at - 1] != each]


# ---- events


def test_a_press_is_one_call_at_its_first_contact(room: Lockstep) -> None:
    pressed = room.press(200, 500)
    (call,) = room.heard.of(EventKind.NURSE_CALL)
    assert abs(call.time - pressed) < 12_000
    assert call.sensor == "node"
    assert call.identity == f"{room.board.look('id'):08x}.1.1"
    assert room.heard.arrivals[call.identity] - pressed < 40_000
    assert room.board.look("waiting") == 0


def test_a_bouncing_contact_is_one_call(room: Lockstep) -> None:
    for _ in range(5):
        room.board.press(button=True)
        room.run(5)
        room.board.press()
        room.run(5)
    assert room.heard.events == []
    room.press(30, 200)
    assert room.heard.kinds() == {EventKind.NURSE_CALL: 1}


def test_the_mat_tells_leaving_and_returning(room: Lockstep) -> None:
    room.board.press(mat=True)
    room.run(1000)
    room.board.press()
    room.run(200)
    room.board.press(mat=True)
    room.run(1000)
    assert room.heard.kinds() == {EventKind.BED_RETURN: 1}
    left = room.board.now
    room.board.press()
    room.run(1000)
    (exit_,) = room.heard.of(EventKind.BED_EXIT)
    assert abs(exit_.time - left) < 12_000


def test_a_node_that_starts_with_somebody_in_bed_says_nothing(library: ctypes.CDLL) -> None:
    board = Board(library)
    board.press(mat=True)
    board.start()
    room = Lockstep(board)
    room.run(3000)
    assert room.heard.events == []
    assert room.driver.session.beat is not None
    assert room.driver.session.beat.inputs == 2


def test_an_event_waits_until_it_is_on_disk(room: Lockstep) -> None:
    room.confirming = False
    pressed = room.press(100, 1500)
    assert len(room.heard.events) == 1
    assert room.board.look("waiting") == 1
    assert room.board.look("led") == LED_CALLING
    room.run(3000)
    assert {event.identity for event in room.heard.events} == {room.heard.events[0].identity}
    assert len(room.heard.events) > 1
    room.confirming = True
    room.run(4000)
    assert room.board.look("waiting") == 0
    assert room.board.look("led") == LED_HEARD
    assert all(abs(event.time - pressed) < 20_000 for event in room.heard.events)


def test_what_happened_while_nobody_listened_keeps_its_time(board: Board) -> None:
    board.run(2000)
    pressed = board.now
    board.press(button=True)
    board.run(100)
    board.press()
    board.run(600_000)
    assert board.look("led") == LED_CALLING
    room = Lockstep(board)
    room.run(3000)
    (call,) = room.heard.of(EventKind.NURSE_CALL)
    assert abs(call.time - pressed) < 2 * SECOND
    assert room.driver.session.counts.unnamed > 0


def test_an_old_event_is_placed_exactly_once_the_clock_is_known(board: Board) -> None:
    room = Lockstep(board)
    room.run(20_000)
    room.confirming = False
    pressed = room.press(100, 1000)
    room.run(60_000)
    assert all(abs(event.time - pressed) < 15_000 for event in room.heard.events)
    assert len(room.heard.events) > 10


def test_no_press_is_lost_while_nobody_listens(room: Lockstep) -> None:
    board = room.board
    for _ in range(30):
        board.press(button=True)
        board.run(50)
        board.press()
        board.run(50)
    assert board.look("waiting") == 9
    for mat in (True, False) * 4:
        board.press(mat=mat)
        board.run(400)
    assert board.look("events_lost") == 8
    room.connect()
    room.settle()
    calls = room.heard.of(EventKind.NURSE_CALL)
    assert sum(int(call.detail.split()[0]) if call.detail else 1 for call in calls) == 30
    assert room.heard.kinds() == {EventKind.NURSE_CALL: 9}


def test_a_new_connection_knows_old_events_by_their_identity(room: Lockstep) -> None:
    room.confirming = False
    room.press(100, 500)
    before = {event.identity for event in room.heard.events}
    room.connect()
    room.confirming = True
    room.run(3000)
    assert {event.identity for event in room.heard.events} == before


# ---- restarts and names


def test_a_restart_by_watchdog_keeps_what_waits(room: Lockstep) -> None:
    room.confirming = False
    room.press(100, 500)
    identity = room.heard.events[0].identity
    name = room.board.look("id")
    room.board.start(4, wipe=False)
    room.confirming = True
    room.run(4000)
    assert {event.identity for event in room.heard.events} == {identity}
    assert identity == f"{name:08x}.1.1"
    assert room.board.look("boot") == 2
    assert (Cause.NONE, "started anew: watchdog") in statuses(room)
    room.press(100, 500)
    assert room.heard.events[-1].identity == f"{name:08x}.2.1"


def test_an_event_of_the_run_before_says_that_its_time_is_not_known(room: Lockstep) -> None:
    board = room.board
    board.press(button=True)
    board.run(50)
    board.press()
    board.run(50)
    board.start(4, wipe=False)
    room.connect()
    room.run(3000)
    (call,) = room.heard.of(EventKind.NURSE_CALL)
    assert "before a restart" in call.detail


def test_a_power_loss_counts_the_start(room: Lockstep) -> None:
    name = room.board.look("id")
    for boot in range(2, 6):
        room.board.start(1)
        room.run(2000)
        assert room.board.look("boot") == boot
        assert room.board.look("id") == name


def test_an_erased_memory_gets_another_name(room: Lockstep) -> None:
    room.press(100, 300)
    before = room.board.look("id")
    room.board.memory(erase=True)
    room.board.start(1)
    assert room.board.look("boot") == 1
    room.press(100, 3000)
    room.settle()
    after = room.board.look("id")
    assert after not in {0, before}
    assert [event.identity for event in room.heard.events] == [f"{before:08x}.1.1", f"{after:08x}.1.1"]


def test_a_memory_that_takes_nothing_makes_no_number_twice(room: Lockstep) -> None:
    room.board.memory(broken=True)
    for _ in range(4):
        room.board.start(1)
        room.run(3000)
        room.press(100, 3000)
        room.settle()
        assert room.board.look("faults") == 1 << 3
    calls = room.heard.of(EventKind.NURSE_CALL)
    assert len(calls) == 4
    assert len({call.identity for call in calls}) == 4
    assert len({call.identity.split(".")[0] for call in calls}) == 4


def test_a_name_once_taken_is_kept(board: Board) -> None:
    wire = Wire(board)
    wire.hear(100)
    assert [result.code for result in wire.ask(Name(0), Result)] == [Code.MALFORMED]
    assert [result.code for result in wire.ask(Name(5), Result)] == [Code.OK]
    assert [result.code for result in wire.ask(Name(5), Result)] == [Code.OK]
    assert [result.code for result in wire.ask(Name(6), Result)] == [Code.FAILED]
    board.start(1)
    (hello,) = [heard for _, heard in wire.hear(100) if isinstance(heard, Hello)]
    assert (hello.node, hello.boot) == (5, 2)


# ---- samples


def test_samples_are_what_the_converters_said(room: Lockstep) -> None:
    room.heard.waveforms.clear()
    room.run(5000)
    for metric, rate in (("ecg", 250), ("ppg_red", 100), ("ppg_infrared", 100)):
        blocks = [wave for wave in room.heard.waveforms if wave.metric == metric]
        assert sum(len(wave.samples) for wave in blocks) == pytest.approx(5 * rate, abs=rate / 5)
        for one, other in pairwise(blocks):
            lasted = len(one.samples) * SECOND / one.rate
            assert abs(other.time - one.time - lasted) < 12_000
    ecg = [sample for wave in room.heard.waveforms if wave.metric == "ecg" for sample in wave.samples]
    assert {(other - one) % 1000 for one, other in pairwise(ecg)} == {1}
    (scale,) = {wave.scale for wave in room.heard.waveforms if wave.metric == "ecg"}
    assert scale == 0.048828
    reds = [wave for wave in room.heard.waveforms if wave.metric == "ppg_red"]
    assert all(100_000 <= sample * wave.scale <= 101_000 for wave in reds for sample in wave.samples)
    assert {wave.scale for wave in reds} == {4.0}


def test_received_and_lost_is_what_was_taken(room: Lockstep) -> None:
    room.run(5050)
    streams = room.driver.session.streams
    assert streams[1].received + streams[1].lost == streams[1].expected == room.board.look("ecg_next")
    assert streams[2].received + streams[2].lost == streams[2].expected == room.board.look("ppg_next")
    assert (streams[1].lost, streams[2].lost) == (0, 0)


def test_what_the_parts_lose_is_counted_too(room: Lockstep) -> None:
    room.board.stall(on=True)
    room.run(1000)
    room.board.stall(on=False)
    room.run(3050)
    streams, look = room.driver.session.streams, room.board.look
    assert streams[1].lost >= 230
    # The part counts 31 at most (100 were taken, 32 kept); some of those kept find no room on the line at once.
    assert 31 <= streams[2].lost <= 31 + 32
    assert streams[1].received + streams[1].lost == look("ecg_next")
    assert abs(look("ecg_made") - look("ecg_next")) <= 25
    assert streams[2].received + streams[2].lost == look("ppg_next")


def test_a_lead_that_is_off_is_told_and_flagged(room: Lockstep) -> None:
    room.board.leads(2)
    room.run(300)
    assert room.heard.statuses[-1].flags is Quality.PROBE_OFF
    assert "ecg lead off" in room.heard.statuses[-1].detail
    assert room.heard.waveforms[-1].flags is Quality.PROBE_OFF or room.heard.waveforms[-3].flags
    room.board.leads(0)
    room.run(400)
    assert "ecg lead off" in room.heard.statuses[-1].detail, "the amplifier settles"
    room.run(1000)
    assert room.heard.statuses[-1].detail == ""


def test_a_finger_that_is_off_is_told_and_flagged(room: Lockstep) -> None:
    room.board.oximeter(finger=False)
    room.run(1000)
    assert room.heard.statuses[-1].detail == "no finger on the oximeter"
    assert room.heard.statuses[-1].flags is Quality.PROBE_OFF
    flags = {wave.metric: wave.flags for wave in room.heard.waveforms}
    assert flags == {"ecg": 0, "ppg_red": Quality.PROBE_OFF, "ppg_infrared": Quality.PROBE_OFF}


@pytest.mark.parametrize("part", [1, 2, 3], ids=["absent", "holds the bus", "measures nothing"])
def test_a_part_that_fails_is_a_fault_and_the_button_goes_on(room: Lockstep, part: int) -> None:
    room.board.oximeter(part)
    room.run(2500)
    (fault,) = room.heard.of(EventKind.SENSOR_FAULT)
    assert fault.detail == "oximeter"
    assert room.heard.statuses[-1].cause is Cause.FAULT
    assert room.heard.statuses[-1].detail == "oximeter failed"
    pressed = room.press(50, 300)
    (call,) = room.heard.of(EventKind.NURSE_CALL)
    assert room.heard.arrivals[call.identity] - pressed < 40_000
    room.board.oximeter(0)
    room.run(4000)
    assert room.heard.statuses[-1].cause is Cause.NONE
    assert room.board.look("waiting") == 0, "the event that it works again is acknowledged"
    assert len(room.heard.of(EventKind.SENSOR_FAULT)) == 1
    streams = room.driver.session.streams
    assert streams[2].received + streams[2].lost == room.board.look("ppg_next")


def test_the_rooms_temperature(room: Lockstep) -> None:
    room.run(5000)
    assert [(reading.metric, reading.value) for reading in room.heard.measurements] == [
        ("room_temperature", 21.0)
    ]
    room.board.level(4475)
    room.run(5000)
    assert room.heard.measurements[-1].value == -5.25
    room.board.level(100)
    room.run(6000)
    assert room.heard.of(EventKind.SENSOR_FAULT)[0].detail == "temperature"
    assert len(room.heard.measurements) == 2
    room.board.level(0xFFFF)
    room.run(6000)
    assert len(room.heard.measurements) == 2


def test_a_stream_that_is_off_takes_no_samples(room: Lockstep) -> None:
    session = room.driver.session
    for stream in (1, 2, 3):
        room.board.give(session.set_stream(stream, on=False))
    room.run(500)
    received = [session.streams[1].received, session.streams[2].received]
    room.run(8000)
    assert [session.streams[1].received, session.streams[2].received] == received
    for stream in (1, 2, 3):
        room.board.give(session.set_stream(stream, on=True))
    room.run(8000)
    assert session.streams[1].received > received[0]
    assert session.streams[2].received > received[1]
    assert [session.streams[stream].lost for stream in (1, 2, 3)] == [0, 0, 0]


# ---- health


def test_heartbeats_come_once_a_second_and_the_clock_follows(library: ctypes.CDLL) -> None:
    board = Board(library, ppm=-150, clock_start=0xFFFF_0000)
    board.start()
    room = Lockstep(board)
    room.run(120_000)
    session = room.driver.session
    assert session.beat is not None
    assert session.beat.uptime in {119, 120}
    assert session.counts.missing == 0
    assert session.rejected == 0
    assert abs(session.timing.drift - 150) < 60
    assert session.timing.uncertainty(board.look("clock")) < 30_000


def test_a_main_loop_that_stands_is_noticed_by_its_silence(room: Lockstep) -> None:
    room.board.stall(on=True)
    heard = len(room.heard.statuses)
    room.run(5000)
    assert len(room.heard.statuses) <= heard + 1


def test_the_lamp(board: Board) -> None:
    assert board.look("led") == LED_OFF
    board.run(12_000)
    assert board.look("led") == LED_NO_HOST
    room = Lockstep(board)
    room.run(2000)
    assert board.look("led") == LED_OFF
    room.board.give(room.driver.session.identify(3))
    room.run(1000)
    assert board.look("led") == LED_IDENTIFY
    room.run(3000)
    assert board.look("led") == LED_OFF
    room.press(100, 1000)
    assert board.look("led") == LED_HEARD
    room.run(11_000)
    assert board.look("led") == LED_OFF


def test_update_goes_into_the_loader_and_says_so(room: Lockstep) -> None:
    for write in room.driver.update():
        room.board.give(write.data)
    room.run(200)
    assert room.board.look("restarts") == 1
    assert room.board.look("restart_mode") == Mode.LOADER
    told = [status for status in room.heard.statuses if status.cause is Cause.UPDATING]
    assert [(status.link, status.detail) for status in told] == [(Link.DOWN, "node is in its loader")]


def test_an_update_waits_for_a_call(room: Lockstep) -> None:
    room.confirming = False
    room.press(100, 100)
    for write in room.driver.update():
        room.board.give(write.data)
    room.run(200)
    assert room.board.look("restarts") == 0
    assert all(status.cause is not Cause.UPDATING for status in room.heard.statuses)


# ---- commands, word by word


def test_every_command_is_answered(board: Board) -> None:
    wire = Wire(board)
    first = [heard for _, heard in wire.hear(20)]
    assert isinstance(first[0], Hello)
    (hello,) = wire.ask(HostHello(1, 0), Hello)
    assert (hello.major, hello.boot, hello.limit) == (1, 1, 65)
    (reply,) = wire.ask(SyncRequest(0xDEADBEEF), SyncReply)
    assert reply.cookie == 0xDEADBEEF
    pages = [wire.ask(Describe(offset), Page)[0] for offset in (0, 48, 96, 9999)]
    assert [len(page.data) for page in pages][2:] == [0, 0]
    assert len(pages[0].data) + len(pages[1].data) == hello.descriptor_length
    assert [result.code for result in wire.ask(Identify(0), Result)] == [Code.OK]


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        (0x20, b"", Code.UNKNOWN),
        (0x01, b"\1", Code.MALFORMED),
        (0x02, b"\1\2\3", Code.MALFORMED),
        (0x04, b"\1\2\3", Code.MALFORMED),
        (0x05, b"\1", Code.MALFORMED),
        (0x06, b"\1\2", Code.MALFORMED),
        (0x06, b"\4\1", Code.UNKNOWN),
        (0x06, b"\0\1", Code.UNKNOWN),
        (0x06, b"\2\1 and more", Code.OK),
        (0x07, b"\0\0\0\0\0", Code.MALFORMED),
        (0x07, b"\2" + b"TSRT", Code.MALFORMED),
        (0x07, b"\0" + b"TSRT", Code.OK),
        (0x08, b"", Code.MALFORMED),
    ],
)
def test_refusals_of_commands(board: Board, kind: int, payload: bytes, code: Code) -> None:
    wire = Wire(board)
    wire.hear(100)
    assert wire.say(payload, kind) == [Result(77, kind, code)]


def test_a_board_without_a_loader_says_so(library: ctypes.CDLL) -> None:
    board = Board(library)
    board.start()
    wire = Wire(board)
    wire.hear(100)
    assert wire.say(b"\1TSRT", 7) == [Result(77, 7, Code.FAILED)]


def test_hello_of_any_major_is_answered_and_nothing_else(board: Board) -> None:
    wire = Wire(board)
    wire.hear(100)
    assert len(wire.ask(HostHello(2, 0), Hello, major=2)) == 1
    assert wire.ask(SyncRequest(1), SyncReply, major=2) == []
    assert board.look("rx_bad_frame") == 1


def test_an_echo_is_no_command(board: Board) -> None:
    wire = Wire(board)
    for _ in range(20):
        board.give(board.run(100))
    assert board.look("rx_bad_frame") > 30
    assert [heard for _, heard in wire.hear(100) if isinstance(heard, Result)] == []


def test_an_ack_for_another_node_is_none(room: Lockstep) -> None:
    room.confirming = False
    room.press(100, 100)
    board = room.board
    for node, boot, event in ((1, 1, 1), (board.look("id"), 2, 1), (board.look("id"), 1, 2)):
        board.give(bytes(Frame(Ack.TYPE, bytes(Ack(node, boot, (event,))))))
    room.run(100)
    assert board.look("waiting") == 1
    board.give(bytes(Frame(Ack.TYPE, bytes(Ack(board.look("id"), 1, (9, 8, 1))))))
    room.run(100)
    assert board.look("waiting") == 0


def test_samples_never_take_the_room_of_events(board: Board) -> None:
    """The host asks for pages faster than the line carries them; a call still leaves within a ring's time."""
    wire = Wire(board)
    wire.hear(1000)
    for _ in range(200):
        board.give(bytes(Frame(Describe.TYPE, bytes(Describe(0)))))
        board.run(1)
    assert board.look("tx_drop") > 0
    board.press(button=True)
    for _ in range(30):
        board.give(bytes(Frame(Describe.TYPE, bytes(Describe(0)))))
        board.run(1)
    wire.hear(20)
    board.press()
    calls = [frame for frame, heard in wire.hear(200) if isinstance(heard, Happened)]
    assert calls


def test_dropped_frames_leave_a_hole_in_the_sequence(room: Lockstep) -> None:
    for _ in range(60):
        room.board.give(bytes(Frame(Describe.TYPE, bytes(Describe(0)))) * 5)
        room.run(5)
    room.run(2050)
    session = room.driver.session
    assert room.board.look("tx_drop") > 0
    assert session.counts.missing == room.board.look("tx_drop")
    assert session.beat is not None
    assert session.beat.tx_drop == room.board.look("tx_drop")
    assert session.streams[1].received + session.streams[1].lost == room.board.look("ecg_next")


def test_first_frames_say_that_nobody_was_heard(board: Board) -> None:
    wire = Wire(board)
    assert all(frame.flags & 2 for frame, _ in wire.hear(500))
    wire.ask(HostHello(1, 0), Hello)
    heard = wire.hear(500)
    assert heard
    assert not any(frame.flags & 2 for frame, _ in heard)
    assert {type(message) for _, message in heard} >= {Samples}


def test_a_heartbeat_says_what_was_refused(board: Board) -> None:
    wire = Wire(board)
    wire.hear(500)
    bad = bytearray(bytes(Frame(SyncRequest.TYPE, bytes(SyncRequest(0x01020304)))))
    bad[12] ^= 0x40
    board.give(bytes(bad) + b"\x05a\0" + b"\1" * 80 + b"\0")
    beats = [heard for _, heard in wire.hear(2000) if isinstance(heard, Heartbeat)]
    assert (beats[-1].rx_bad_crc, beats[-1].rx_bad_frame) == (1, 2)
    assert beats[-1].free_stack == 1000
