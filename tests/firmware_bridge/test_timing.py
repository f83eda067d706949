from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from firmware_bridge.timing import MAX_EXCHANGES, WORK_OFF, WRAP, Timing

UTC = BUILD_FLOOR + 3600 * SECOND


class Clock:
    """A node's clock, fast by `ppm`, that showed `begin` at UTC."""

    def __init__(self, ppm: float = 0.0, begin: int = 0) -> None:
        self.ppm = ppm
        self.begin = begin

    def at(self, host: int) -> int:
        return (self.begin + host - UTC + round((host - UTC) * self.ppm / 1e6)) % WRAP

    def seconds(self, host: int) -> int:
        return (self.begin + host - UTC + round((host - UTC) * self.ppm / 1e6)) // SECOND


def ask(timing: Timing, clock: Clock, host: int, there: int = 2000, back: int = 2000) -> None:
    """One exchange that takes so many microseconds each way, and one to answer."""
    timing.exchange(
        host, clock.at(host + there), clock.at(host + there + 1000), host + there + 1000 + back, 3600
    )


def test_nothing_is_known_at_first() -> None:
    timing = Timing()
    assert timing.place(5) is None
    assert timing.uncertainty(5) == 0
    assert timing.exchanges == 0


def test_a_stamp_of_sending_is_a_first_guess() -> None:
    timing = Timing()
    timing.sent(1000, UTC + 3000)
    assert timing.place(2000) == UTC + 4000
    timing.uptime(1_001_000, 1, UTC + 1_002_500)
    assert timing.place(1_001_000) == UTC + 1_002_500


@pytest.mark.parametrize("ppm", [-150.0, 0.0, 37.0, 199.0])
def test_drift_is_followed_past_the_wrap(ppm: float) -> None:
    timing, clock, chance = Timing(), Clock(ppm, begin=WRAP - 100 * SECOND), random.Random(1)
    for second in range(300):
        host = UTC + second * SECOND
        ask(timing, clock, host, 2000 + chance.randrange(20_000), 2000 + chance.randrange(20_000))
        timing.uptime(clock.at(host), clock.seconds(host), host + 4000)
    host = UTC + 301 * SECOND
    placed = timing.place(clock.at(host))
    assert placed is not None
    assert abs(placed - host) < 2500
    assert abs(timing.drift + ppm) < 40
    assert 1500 < timing.uncertainty(clock.at(host)) < 10_000


def test_the_slope_is_clamped_to_what_the_node_states() -> None:
    timing, clock = Timing(), Clock(5000)
    for second in range(60):
        ask(timing, clock, UTC + second * SECOND)
    assert timing.drift == pytest.approx(-200)
    timing.trust(6000)
    ask(timing, clock, UTC + 60 * SECOND)
    assert timing.drift == pytest.approx(-5000, rel=0.05)
    timing.trust(0)
    ask(timing, clock, UTC + 61 * SECOND)
    assert timing.drift == pytest.approx(-200)


def test_a_difference_is_worked_off_without_a_jump() -> None:
    timing, clock = Timing(), Clock()
    for second in range(20):
        ask(timing, clock, UTC + second * SECOND, 42_000, 2000)
    node = clock.at(UTC + 19 * SECOND + 42_500)
    before = timing.place(node)
    for quarter in range(8):
        ask(timing, clock, UTC + 20 * SECOND + quarter, 1800, 1800)
    assert before is not None
    after = timing.place(node)
    assert after is not None
    assert abs(after - before) < 3000
    late = UTC + 20 * SECOND + WORK_OFF + 1000
    placed = timing.place(clock.at(late))
    assert placed is not None
    assert abs(placed - late) < 2500


@given(st.lists(st.integers(0, 100_000), min_size=10, max_size=60), st.integers(-200, 200))
def test_time_never_goes_back(delays: list[int], ppm: int) -> None:
    timing, clock = Timing(), Clock(ppm)
    last = 0
    for second, delay in enumerate(delays):
        host = UTC + second * SECOND
        ask(timing, clock, host, delay, 1800)
        if second < 5:
            continue
        for part in range(4):
            placed = timing.place(clock.at(host + delay + 1000 + part * 200_000))
            assert placed is not None
            assert placed > last
            last = placed


def test_a_host_whose_clock_was_set_is_followed_at_once() -> None:
    timing, clock = Timing(), Clock()
    for second in range(30):
        ask(timing, clock, UTC + second * SECOND)
    moved = Clock(begin=-1000 * SECOND)
    ask(timing, moved, UTC + 1031 * SECOND)
    assert timing.exchanges == 1
    placed = timing.place(moved.at(UTC + 1032 * SECOND))
    assert placed is not None
    assert abs(placed - UTC - 1032 * SECOND) < 10


def test_a_step_below_the_limit_of_one_exchange_is_taken_when_the_line_says_so() -> None:
    timing = Timing()
    for second in range(4):
        ask(timing, Clock(), UTC + second * SECOND, 900_000, 0)
    for second in range(4, 8):
        ask(timing, Clock(begin=-700_000), UTC + second * SECOND, 100, 100)
    placed = timing.place(Clock(begin=-700_000).at(UTC + 8 * SECOND))
    assert placed is not None
    assert abs(placed - UTC - 8 * SECOND) < 500_000


def test_a_node_that_was_running_for_hours_is_anchored_by_its_uptime() -> None:
    timing, clock = Timing(), Clock(begin=3 * WRAP + 5000)
    ask(timing, clock, UTC)
    before = timing.place(clock.at(UTC + 9000))
    timing.uptime(clock.at(UTC + SECOND), clock.seconds(UTC + SECOND), UTC + SECOND + 3000)
    assert timing.unwrap(clock.at(UTC + SECOND)) == 3 * WRAP + 5000 + SECOND
    assert timing.place(clock.at(UTC + 9000)) == before


def test_hours_of_silence_are_bridged_by_the_uptime() -> None:
    timing, clock = Timing(), Clock()
    timing.uptime(clock.at(UTC + SECOND), 1, UTC + SECOND)
    ask(timing, clock, UTC + SECOND)
    host = UTC + 5 * 3600 * SECOND
    timing.uptime(clock.at(host), clock.seconds(host), host + 3000)
    placed = timing.place(clock.at(host))
    assert placed is not None
    assert abs(placed - host) < SECOND


def test_an_old_event_is_found_by_its_age() -> None:
    timing, clock = Timing(), Clock(begin=2 * WRAP)
    host = UTC + 4 * 3600 * SECOND
    happened = host - 3 * 3600 * SECOND - 400_000
    timing.uptime(clock.at(host), clock.seconds(host), host)
    ask(timing, clock, host)
    placed = timing.place(clock.at(happened), 3 * 3600)
    assert placed is not None
    assert abs(placed - happened) < 1000


def test_a_new_start_forgets_everything() -> None:
    timing = Timing()
    ask(timing, Clock(), UTC)
    timing.restart()
    assert timing.place(5) is None
    assert timing.drift == 0


def test_memory_is_bounded() -> None:
    timing = Timing()
    for step in range(2 * MAX_EXCHANGES):
        ask(timing, Clock(), UTC + step * 10_000)
    assert timing.exchanges == MAX_EXCHANGES


def test_exchanges_at_one_instant_make_no_slope() -> None:
    timing = Timing()
    for _ in range(6):
        ask(timing, Clock(), UTC)
    assert timing.drift == 0
