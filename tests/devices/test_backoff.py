from random import Random

from hypothesis import given
from hypothesis import strategies as st

from devices.backoff import Backoff


@given(st.integers(), st.integers(0, 200))
def test_delays_stay_within_their_limit(seed, attempts):
    backoff = Backoff(base=1.0, ceiling=60.0, floor=0.1, random=Random(seed))
    for attempt in range(attempts):
        assert 0.1 <= backoff.next() <= min(60.0, 2.0**attempt)


def test_limits_double_up_to_the_ceiling():
    class Highest(Random):
        def uniform(self, a, b):
            return b

    backoff = Backoff(base=1.0, ceiling=10.0, random=Highest())
    assert [backoff.next() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    backoff.reset()
    assert backoff.next() == 1.0


def test_a_year_of_attempts_does_not_overflow():
    backoff = Backoff(random=Random(1))
    assert all(0.1 <= backoff.next() <= 60.0 for _ in range(5000))


def test_a_ceiling_below_the_floor_is_kept():
    backoff = Backoff(base=1.0, ceiling=0.05, floor=0.1, random=Random(1))
    assert backoff.next() == 0.05


def test_rooms_do_not_knock_together():
    delays = {Backoff(base=60.0, random=Random(seed)).next() for seed in range(50)}
    assert len(delays) == 50
