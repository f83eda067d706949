"""Times on a machine whose clock is unset, put forward and put back."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND, ManualClock
from edge.timekeeping import TOLERANCE, Timekeeper, is_unplaced

NOW = BUILD_FLOOR + 86_400 * SECOND
BOOT_1970 = 30 * SECOND


def test_times_stay_monotonic_until_the_clock_is_set() -> None:
    clock, keeper = ManualClock(BOOT_1970, 7 * SECOND), Timekeeper()
    keeper.observe(clock.utc(), clock.monotonic())
    assert not keeper.known
    assert not keeper.synchronised
    held = keeper.place(clock.monotonic())
    assert is_unplaced(held)
    assert keeper.now(clock.monotonic()) == 0
    clock.set_utc(NOW)
    keeper.observe(clock.utc(), clock.monotonic())
    assert keeper.synchronised
    assert keeper.place(held) == NOW
    assert not is_unplaced(keeper.place(held))


def test_a_clock_that_is_not_set_yields_to_the_hubs() -> None:
    keeper = Timekeeper()
    keeper.hub_time(NOW, 5 * SECOND)
    assert not keeper.known, "the system's clock has not been looked at"
    keeper.observe(BOOT_1970, 6 * SECOND)
    assert keeper.place(6 * SECOND) == NOW + SECOND


def test_the_systems_clock_goes_before_the_hubs() -> None:
    keeper = Timekeeper("system")
    keeper.hub_time(NOW + 100 * SECOND, 0)
    keeper.observe(NOW, 0)
    assert keeper.place(0) == NOW


def test_with_source_hub_the_systems_clock_counts_for_nothing() -> None:
    keeper = Timekeeper("hub")
    keeper.observe(NOW + 1000 * SECOND, 0)
    assert not keeper.known
    keeper.hub_time(NOW, SECOND)
    keeper.observe(NOW + 1000 * SECOND, SECOND)
    assert keeper.place(SECOND) == NOW


def test_the_quickest_message_tells_the_hubs_time_best() -> None:
    keeper = Timekeeper("hub")
    keeper.hub_time(NOW, 800_000)  # took 0.8 s
    keeper.hub_time(NOW + SECOND, SECOND)  # took none
    keeper.hub_time(NOW + 2 * SECOND, 2 * SECOND + 500_000)
    assert keeper.hub_now(3 * SECOND) == NOW + 3 * SECOND


def test_a_hub_that_was_put_back_is_followed() -> None:
    keeper = Timekeeper("hub")
    keeper.hub_time(NOW, 0)
    keeper.hub_time(NOW - 3600 * SECOND, SECOND)
    assert keeper.hub_now(SECOND) == NOW - 3600 * SECOND


def test_a_hub_without_a_clock_tells_nothing() -> None:
    keeper = Timekeeper("hub")
    keeper.hub_time(BUILD_FLOOR - 1, 0)
    assert keeper.hub_now(0) is None


def test_a_step_forward_is_followed_at_once() -> None:
    keeper = Timekeeper()
    keeper.observe(NOW, 0)
    keeper.observe(NOW + 3600 * SECOND, SECOND)
    assert keeper.place(SECOND) == NOW + 3600 * SECOND
    assert keeper.synchronised


def test_after_a_step_back_times_go_on_slower_and_say_so_until_they_agree() -> None:
    clock, keeper = ManualClock(NOW), Timekeeper()
    keeper.observe(clock.utc(), clock.monotonic())
    clock.set_utc(NOW - 10 * SECOND)
    times, unsynchronised = [], 0
    for _ in range(400):
        clock.advance(SECOND)
        keeper.observe(clock.utc(), clock.monotonic())
        times.append(keeper.place(clock.monotonic()))
        unsynchronised += not keeper.synchronised
    steps = [after - before for before, after in itertools.pairwise(times)]
    assert min(steps) == SECOND * 95 // 100
    assert unsynchronised == 180, (
        "seen a second later, then 9 s above the tolerance given back at 50 ms a second"
    )
    assert keeper.synchronised
    assert times[-1] == clock.utc()


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5 * SECOND), st.sampled_from([0, 0, 0, -7200, -3, -1, 2, 600]), st.booleans()
        ),
        min_size=1,
        max_size=80,
    )
)
def test_placed_times_never_go_back_whatever_the_clock_does(steps: list[tuple[int, int, bool]]) -> None:
    clock, keeper, last = ManualClock(NOW), Timekeeper(), 0
    keeper.observe(clock.utc(), clock.monotonic())
    for elapsed, jump, looked in steps:
        clock.advance(elapsed)
        clock.set_utc(clock.utc() + jump * SECOND)
        if looked:
            keeper.observe(clock.utc(), clock.monotonic())
        placed = keeper.place(clock.monotonic())
        assert placed >= last
        if looked:
            assert keeper.synchronised == (placed - clock.utc() <= TOLERANCE)
        last = placed
