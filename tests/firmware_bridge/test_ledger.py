from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.ledger import AGAIN, INDEXES, MAX_NUMBERS, MAX_RUNS, EventLedger, SampleLedger
from firmware_bridge.messages import MAX_ACKS, Ack, Happened


def event(number: int, behind: int = 0, boot: int = 1) -> Happened:
    return Happened(7, boot, number, behind, 0, 1, 0, 1)


def test_an_event_is_handed_out_once_and_acknowledged_when_confirmed() -> None:
    events = EventLedger()
    assert events.take(event(1), 0)
    assert not events.take(event(1), 100)
    assert events.acks() == []
    events.confirm()
    assert events.acks() == [Ack(7, 1, (1,))]
    assert events.acks() == []
    assert events.repeated == 1


def test_a_repetition_of_a_confirmed_event_is_acknowledged_again() -> None:
    events = EventLedger()
    events.take(event(1), 0)
    events.confirm()
    events.acks()
    assert not events.take(event(1), 10 * AGAIN)
    assert events.acks() == [Ack(7, 1, (1,))]


def test_what_nobody_confirmed_is_handed_out_again_after_a_while() -> None:
    events = EventLedger()
    assert events.take(event(1), 0)
    assert not events.take(event(1), AGAIN - 1)
    assert events.take(event(1), AGAIN)
    assert not events.take(event(1), AGAIN + 5)
    assert events.acks() == []


def test_numbers_below_the_nodes_oldest_are_forgotten_and_taken_for_delivered() -> None:
    events = EventLedger()
    for number in range(1, 200):
        events.take(event(number), number)
        events.confirm()
    events.take(event(200, behind=0), 200)
    run = events._runs[7, 1]
    assert run.low == 200
    assert run.confirmed == set()
    assert not events.take(event(5, behind=0), 300)
    events.acks()
    assert not events.take(event(5, behind=0), 301)
    assert events.acks() == [Ack(7, 1, (5,))]


def test_runs_are_kept_apart() -> None:
    events = EventLedger()
    assert events.take(event(1, boot=1), 0)
    assert events.take(event(1, boot=2), 0)
    events.confirm()
    assert events.acks() == [Ack(7, 1, (1,)), Ack(7, 2, (1,))]


def test_acknowledgements_fit_into_frames() -> None:
    events = EventLedger()
    for number in range(1, 12):
        events.take(event(number, behind=number - 1), 0)
    events.confirm()
    acks = events.acks()
    assert [len(ack.events) for ack in acks] == [MAX_ACKS, 11 - MAX_ACKS]


def test_settled_events_need_no_confirmation() -> None:
    events = EventLedger()
    assert events.take(event(3), 0)
    events.settle(event(3))
    assert events.acks() == [Ack(7, 1, (3,))]
    assert not events.take(event(3), 10 * AGAIN)


def test_memory_is_bounded() -> None:
    events = EventLedger()
    for number in range(1, 2 * MAX_NUMBERS):
        events.take(event(number, behind=0xFFFF), 0)
        assert len(events._runs[7, 1].delivered) <= MAX_NUMBERS
    events.confirm()
    for number in range(1, 2 * MAX_NUMBERS):
        events.take(event(number, behind=0xFFFF), 0)
    assert len(events._owed) <= MAX_NUMBERS
    for boot in range(100):
        events.take(event(1, boot=boot), 0)
    assert len(events._runs) == MAX_RUNS


@given(st.integers(0, 1 << 32), st.integers(1, 60))
def test_a_node_with_a_bounded_queue_is_heard_exactly_once(seed: int, lost: int) -> None:
    """Any order of repetitions and lost acknowledgements: every event is handed out once."""
    chance = random.Random(seed)
    events = EventLedger()
    queue: list[int] = []
    handed: list[int] = []
    made = now = 0
    while made < 60 or queue:
        now += 1000
        if made < 60 and len(queue) < 8 and chance.random() < 0.5:
            made += 1
            queue.append(made)
        if not queue:
            continue
        number = chance.choice(queue)
        if events.take(event(number, behind=number - min(queue)), now):
            handed.append(number)
        if chance.random() < 0.6:
            events.confirm()
        for ack in events.acks():
            if chance.randrange(100) >= lost:
                queue = [each for each in queue if each not in ack.events]
    assert sorted(handed) == list(range(1, 61))


def test_samples_are_counted() -> None:
    samples = SampleLedger()
    assert samples.take(100, 10) == 0
    assert samples.take(110, 10) == 0
    assert samples.take(125, 10) == 5
    assert samples.take(125, 10) is None
    assert samples.reach(140) == 5
    assert samples.reach(130) is None
    assert (samples.received, samples.lost, samples.repeated, samples.expected) == (30, 10, 1, 140)


def test_the_index_wraps() -> None:
    samples = SampleLedger()
    samples.take(INDEXES - 5, 10)
    assert samples.expected == 5
    assert samples.take(7, 1) == 2
