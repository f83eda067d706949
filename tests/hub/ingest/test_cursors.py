from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.cursors import PATIENCE, REPEATS, Cursors, Holes, Place

KEYS = st.sampled_from([("a", "s", "live"), ("a", "s", "late"), ("a", "t", "live"), ("b", "s", "live")])


@given(st.lists(st.tuples(KEYS, st.integers(1, 8)), max_size=120))
def test_every_number_is_taken_once_and_in_order(arrivals: list[tuple[tuple[str, str, str], int]]) -> None:
    cursors = Cursors({})
    taken: dict[tuple[str, str, str], list[int]] = {}
    for key, seq in arrivals:
        before = cursors.last(key)
        place = cursors.take(key, seq)
        if place is Place.NEXT:
            taken.setdefault(key, []).append(seq)
        assert place is (
            Place.NEXT if seq == before + 1 else Place.DUPLICATE if seq <= before else Place.HOLE
        )
    for key, numbers in taken.items():
        assert numbers == list(range(1, cursors.last(key) + 1))


@given(st.integers(1, 30), st.randoms(use_true_random=False))
def test_an_edge_that_sends_again_gets_everything_through_any_losses(count: int, random: Random) -> None:
    lost = random.random
    cursors, key, stored = Cursors({}), ("a", "s", "live"), []
    for _ in range(2000):
        start = cursors.last(key) + 1
        sent = [seq for seq in range(start, min(start + 5, count + 1)) if lost() < 0.5]
        stored += [seq for seq in sent if cursors.take(key, seq) is Place.NEXT]
    assert stored == list(range(1, count + 1))


def test_a_hub_that_starts_again_goes_on_from_its_disk() -> None:
    cursors = Cursors({("a", "s", "live"): 7})
    assert cursors.take(("a", "s", "live"), 7) is Place.DUPLICATE
    assert cursors.take(("a", "s", "live"), 9) is Place.HOLE
    assert cursors.take(("a", "s", "live"), 8) is Place.NEXT


KEY = ("a", "s", "live")


def test_a_hole_is_final_when_the_same_envelope_keeps_coming() -> None:
    holes = Holes()
    answers = [holes.final(KEY, 9, time * PATIENCE // REPEATS) for time in range(REPEATS + 1)]
    assert answers == [*[False] * REPEATS, True]
    cursors = Cursors({KEY: 3})
    assert cursors.skip_to(KEY, 9) == 5
    assert cursors.take(KEY, 10) is Place.NEXT


def test_a_hole_is_not_final_while_earlier_envelopes_come() -> None:
    holes = Holes()
    for time in range(20):
        assert not holes.final(KEY, 30 - time, time * PATIENCE)


def test_many_copies_at_once_prove_nothing() -> None:
    holes = Holes()
    assert not any(holes.final(KEY, 9, time) for time in range(100))


def test_a_lane_that_moves_on_starts_its_patience_anew() -> None:
    holes = Holes()
    for time in range(REPEATS):
        holes.final(KEY, 9, time * PATIENCE)
    holes.closed(KEY)
    assert not holes.final(KEY, 9, REPEATS * PATIENCE)
