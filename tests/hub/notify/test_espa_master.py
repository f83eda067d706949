"""The dialogue on a time line, without a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.notify.espa import Block, Record
from hub.notify.espa_master import TABLE, Input, Master, Result, State, Timing

CALL = Block(1, (Record(1, b"204"), Record(2, b"CH12 SPO2 84%")))
STATUS = Block(2, (Record(1, b"204"), Record(7, b"3")))
SELECT = b"1\x052\x05"
TIMING = Timing(baudrate=115_200)


class Bench:
    """A master, its time, and everything it said."""

    def __init__(self, timing: Timing = TIMING) -> None:
        self.master = Master(timing)
        self.now = 0

    def said(self) -> bytes:
        return self.master.data_to_send()

    def hear(self, data: bytes) -> None:
        self.master.receive(data, self.now)

    def wait(self) -> float:
        """Let time pass up to the next deadline; return the seconds."""
        assert self.master.deadline is not None
        passed = self.master.deadline - self.now
        self.now = self.master.deadline
        self.master.tick(self.now - 1)
        self.master.tick(self.now)
        return passed / SECOND

    def call(self) -> None:
        self.master.call(CALL, self.now)
        assert self.said() == SELECT

    def selected(self) -> None:
        self.call()
        self.hear(b"\x06")
        assert self.said() == bytes(CALL)


def test_select_send_end() -> None:
    bench = Bench()
    bench.selected()
    bench.hear(b"\x06")
    assert bench.said() == b"\x04"
    assert bench.master.results() == [Result.TAKEN]
    assert bench.master.results() == []
    assert bench.master.idle
    assert bench.master.deadline is None


def test_silence_is_tried_three_times_two_and_a_half_seconds_each() -> None:
    bench = Bench()
    bench.call()
    for _ in range(2):
        assert bench.wait() == pytest.approx(2.5, abs=0.01)
        assert bench.said() == b"\x04"
        assert bench.wait() == pytest.approx(0.5, abs=0.01)
        assert bench.said() == SELECT
    bench.wait()
    assert bench.said() == b"\x04"
    assert bench.master.results() == [Result.SILENT]
    assert bench.now / SECOND == pytest.approx(8.5, abs=0.05)


def test_a_garbled_block_is_sent_again_at_once() -> None:
    bench = Bench()
    bench.selected()
    for answer in (b"1\x15", b"\x15"):
        bench.hear(answer)
        assert bench.said() == bytes(CALL)
    bench.hear(b"\x15")
    assert bench.said() == b"\x04"
    assert bench.master.results() == [Result.GARBLED]
    assert bench.master.blocks == 3


def test_a_block_that_is_not_wanted_is_not_sent_again() -> None:
    bench = Bench()
    bench.selected()
    bench.hear(b"3\x15")
    assert bench.said() == b"\x04"
    assert bench.master.results() == [Result.REFUSED]


@pytest.mark.parametrize("answer", [b"2\x15", b"\x15", b"1\x15", b"3\x15", b"\x04"])
def test_a_station_that_refuses_to_be_selected_is_busy(answer: bytes) -> None:
    bench = Bench()
    bench.call()
    for _ in range(2):
        bench.hear(answer)
        assert bench.said() == b"\x04"
        bench.wait()
        assert bench.said() == SELECT
    bench.hear(answer)
    assert bench.master.results() == [Result.BUSY]


@pytest.mark.parametrize("answer", [b"2\x15", b"\x04"])
def test_busy_after_the_block_begins_again(answer: bytes) -> None:
    bench = Bench()
    bench.selected()
    bench.hear(answer)
    assert bench.said() == b"\x04"
    bench.wait()
    assert bench.said() == SELECT
    bench.hear(b"\x06")
    assert bench.said() == bytes(CALL)
    bench.hear(b"\x06")
    assert bench.master.results() == [Result.TAKEN]


def test_a_slow_line_gets_the_time_its_bytes_take() -> None:
    bench = Bench(Timing(baudrate=300))
    bench.selected()
    assert bench.master.deadline is not None
    expected = 2.5 + len(bytes(CALL)) * 11 / 300
    assert (bench.master.deadline - bench.now) / SECOND == pytest.approx(expected, abs=0.001)


def test_a_message_ends_after_fifteen_seconds_whatever_is_left() -> None:
    bench = Bench(Timing(baudrate=115_200, attempts=1000))
    bench.call()
    while not bench.master.idle:
        bench.wait()
    assert bench.master.results() == [Result.SILENT]
    assert 14 <= bench.now / SECOND <= 15


def test_answers_just_before_the_end_of_their_time_count() -> None:
    bench = Bench()
    bench.call()
    bench.now += round(2.5 * SECOND) - 1
    bench.master.tick(bench.now)
    bench.hear(b"\x06")
    assert bench.said() == bytes(CALL)


@pytest.mark.parametrize("answer", [b"\x06", b"\x15", b"2\x15", b"3\x15", b"\x04"])
def test_any_answer_proves_the_link(answer: bytes) -> None:
    bench = Bench()
    bench.master.probe(bench.now)
    assert bench.said() == SELECT
    bench.hear(answer)
    assert bench.said() == b"\x04"
    assert bench.master.results() == [Result.ANSWERED]


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b"\x04", b""), (b"\x06", b"\x04"), (b"\x15", b"\x04"), (b"2\x15", b"\x04"), (b"3\x15", b"\x04")],
)
def test_any_answer_to_a_poll_proves_the_link(answer: bytes, said: bytes) -> None:
    bench = Bench()
    bench.master.probe(bench.now, poll=True)
    assert bench.said() == b"2\x05"
    bench.hear(answer)
    assert bench.said() == said
    assert bench.master.results() == [Result.ANSWERED]


@pytest.mark.parametrize("poll", [False, True])
def test_a_dead_link_is_found_within_nine_seconds(*, poll: bool) -> None:
    bench = Bench()
    bench.master.probe(bench.now, poll=poll)
    while not bench.master.idle:
        bench.wait()
    assert bench.master.results() == [Result.SILENT]
    assert bench.now / SECOND < 9


def test_a_station_tells_when_polled() -> None:
    bench = Bench()
    bench.master.probe(bench.now, poll=True)
    bench.said()
    bench.hear(b"2\x051\x05")
    assert bench.said() == b"\x06"
    bench.hear(bytes(STATUS))
    assert bench.said() == b"\x06"
    bench.hear(b"\x04")
    assert bench.master.results() == [Result.ANSWERED]
    assert bench.master.received() == [STATUS]
    assert bench.master.received() == []


def test_a_station_tells_by_itself() -> None:
    bench = Bench()
    bench.hear(b"2\x051\x05")
    bench.hear(b"2\x051\x05")
    assert bench.said() == b"\x06\x06"
    damaged = bytes(STATUS)[:-1] + bytes([bytes(STATUS)[-1] ^ 0xFF])
    bench.hear(damaged)
    assert bench.said() == b"\x15"
    bench.hear(bytes(STATUS) + b"\x04")
    assert bench.said() == b"\x06"
    assert bench.master.received() == [STATUS]
    assert bench.master.idle
    assert bench.master.results() == []
    assert bench.master.strays == 0


def test_a_station_that_says_no_more_loses_its_turn() -> None:
    bench = Bench()
    bench.hear(b"1\x05")
    bench.said()
    bench.wait()
    assert bench.said() == b"\x04"
    assert bench.master.idle
    assert bench.master.results() == []


def test_a_station_that_talks_for_ever_loses_its_turn_too() -> None:
    bench = Bench()
    bench.hear(b"1\x05")
    while not bench.master.idle:
        bench.now += SECOND
        bench.hear(bytes(STATUS))
        bench.master.tick(bench.now)
    assert bench.now / SECOND == pytest.approx(15, abs=1)


def test_half_a_block_does_not_swallow_the_next_answer() -> None:
    bench = Bench()
    bench.call()
    bench.hear(b"\x01half")
    bench.wait()
    bench.wait()
    assert bench.said() == b"\x04" + SELECT
    bench.hear(b"\x06")
    assert bench.said() == bytes(CALL)


def test_what_does_not_belong_is_counted_and_changes_nothing() -> None:
    bench = Bench()
    bench.hear(b"\x06\x15\x04" + b"7\x05" + bytes(STATUS) + b"\x01broken\x04\xff")
    assert bench.master.idle
    assert bench.said() == b""
    assert bench.master.received() == []
    assert bench.master.strays == 7
    assert bench.master.noise == 1


def test_two_dialogues_at_once_are_a_fault_of_ours() -> None:
    bench = Bench()
    bench.call()
    with pytest.raises(RuntimeError, match="SELECTING"):
        bench.master.probe(bench.now)


def test_every_state_that_waits_knows_what_to_do_when_nothing_comes() -> None:
    for state in State:
        if state not in (State.IDLE, State.PAUSING):
            assert (state, Input.TIMEOUT) in TABLE


said_by_station = st.sampled_from(
    [
        b"\x06",
        b"\x15",
        b"1\x15",
        b"2\x15",
        b"3\x15",
        b"\x04",
        b"1\x05",
        b"2\x051\x05",
        bytes(STATUS),
        b"\x01",
        b"\xff",
    ]
)


@given(
    st.lists(st.one_of(said_by_station, st.binary(max_size=20), st.none()), max_size=60),
    st.sampled_from(["call", "probe", "poll"]),
)
def test_whatever_a_station_says_a_dialogue_ends_once_and_in_time(
    said: list[bytes | None], wish: str
) -> None:
    bench = Bench()
    if wish == "call":
        bench.call()
    else:
        bench.master.probe(0, poll=wish == "poll")
    results = []
    for each in said:
        if each is not None:
            bench.now += SECOND // 10
            bench.hear(each)
        elif bench.master.deadline is not None:
            bench.wait()
        results += bench.master.results()
        if results:
            break
    while not results:
        bench.wait()
        results += bench.master.results()
    assert len(results) == 1
    assert bench.now / SECOND <= 15 + 6 + 1
