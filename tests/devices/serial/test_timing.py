import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR, SECOND
from devices.measurement import Measurement
from devices.quality import NO_DOUBT, Quality
from devices.serial.timing import Blocks, Pace, Timeline


def test_samples_of_a_chunk_lie_before_its_arrival():
    assert Timeline(10).place(3, 1000) == [980, 990, 1000]


def test_a_flushed_buffer_shares_the_time_since_the_chunk_before():
    timeline = Timeline(10)
    timeline.place(1, 1000)
    assert timeline.place(4, 1008) == [1002, 1004, 1006, 1008]


def test_times_start_again_when_the_clock_was_set_back():
    timeline = Timeline(10)
    timeline.place(1, 1000)
    assert timeline.place(2, 500) == [490, 500]


def test_nothing_arrived():
    timeline = Timeline(10)
    assert timeline.place(0, 1000) == []
    assert timeline.place(1, 1000) == [1000]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1_000, 2_000_000)), min_size=1, max_size=30),
    st.sampled_from([13_333, 16_666]),
)
def test_times_strictly_increase_and_none_is_in_the_future(chunks, interval):
    timeline, now, before = Timeline(interval), 10 * SECOND, 0
    for count, pause in chunks:
        now += pause
        for time in timeline.place(count, now):
            assert before < time <= now
            before = time


def told(value=97.0, time=0, flags=NO_DOUBT):
    return Measurement("s", "spo2", value, time, flags)


def test_an_unchanged_value_is_told_once_a_second():
    pace = Pace()
    third = SECOND // 3
    passed = [index for index in range(9) if pace.due(told(time=index * third))]
    assert passed == [0, 3, 6]


def test_a_change_is_told_at_once():
    pace = Pace()
    assert pace.due(told())
    assert not pace.due(told(time=1))
    assert pace.due(told(96.0, 2))
    assert pace.due(told(96.0, 3, Quality.MOTION))
    assert not pace.due(told(96.0, 4, Quality.MOTION))
    assert pace.due(told(96.0, 5))


def test_metrics_are_paced_apart():
    pace = Pace()
    assert pace.due(told())
    assert pace.due(Measurement("s", "pulse_rate", 97.0, 0))


def test_a_clock_that_was_set_back_does_not_silence_a_sensor():
    pace = Pace()
    assert pace.due(told(time=1_000 * SECOND))
    assert pace.due(told(time=10 * SECOND))


def test_without_pace_everything_is_told():
    pace = Pace(every=0)
    assert [pace.due(told(time=time)) for time in (0, 0, 1)] == [True, True, True]


def fill(blocks, times, flags=NO_DOUBT):
    return [block for index, time in enumerate(times) for block in blocks.add(index, time, flags)]


def test_blocks_are_whole_and_carry_their_first_time():
    done = fill(Blocks("s", "pleth", 10.0, 3), range(0, 800_000, 100_000))
    assert [(block.time, block.samples) for block in done] == [(0, (0, 1, 2)), (300_000, (3, 4, 5))]
    assert done[0].rate == 10.0


def test_a_block_carries_the_doubts_of_any_of_its_samples():
    blocks = Blocks("s", "pleth", 10.0, 3)
    blocks.add(1, 0, NO_DOUBT)
    blocks.add(2, 100_000, Quality.MOTION)
    (first,) = blocks.add(3, 200_000, Quality.PROBE_OFF)
    assert first.flags == Quality.MOTION | Quality.PROBE_OFF
    (second,) = fill(blocks, (300_000, 400_000, 500_000))
    assert second.flags == NO_DOUBT


def test_a_pause_or_a_step_back_ends_a_block():
    blocks = Blocks("s", "pleth", 10.0, 4)
    done = fill(blocks, (0, 100_000, 1_000_000, 1_100_000, 500_000, 600_000, 700_000, 800_000))
    assert [(block.time, len(block.samples)) for block in done] == [(0, 2), (1_000_000, 2), (500_000, 4)]


def test_jitter_of_a_chunk_does_not_end_a_block():
    blocks = Blocks("s", "pleth", 10.0, 4)
    (block,) = fill(blocks, (0, 150_000, 180_000, 400_000))
    assert block.samples == (0, 1, 2, 3)


def test_blocks_of_chunks_that_jitter_never_overlap():
    """Chunks of 12 samples of 60 Hz, up to 40 ms early or late: each block begins where the last one ended, or later."""
    jitter = random.Random(4)
    timeline, blocks = Timeline(SECOND // 60), Blocks("s", "pleth", 60, 20)
    done = []
    for number in range(400):
        arrival = BUILD_FLOOR + number * SECOND // 5 + jitter.randrange(-40_000, 40_000)
        for time in timeline.place(12, arrival):
            done += blocks.add(1, time, NO_DOUBT)
    ends = [(block.time, block.time + round(SECOND * len(block.samples) / 60)) for block in done]
    assert len(done) == 400 * 12 // 20
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))
    assert abs(ends[-1][1] - (BUILD_FLOOR + 80 * SECOND)) < SECOND // 4
