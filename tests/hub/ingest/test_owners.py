"""Whose a reading is: the wrong bed must not happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from devices.clock import SECOND
from hub.ingest.owners import AHEAD, FOREVER, Owners, Part, Span
from hub.store.sensors import DECLARED, Assignment, SensorRecord
from hub.why import Ownership

STRAP = "AA:BB:CC:DD:EE:FF"
JEANNE: Span = (0, FOREVER, "jeanne")
CHANGED: tuple[Span, ...] = ((200, FOREVER, "paul"), (0, 100, "jeanne"))
"Jeanne until 100, nobody until 200, Paul since."


def record(edge: str = "e1", sensor: str = "ox", **more: Any) -> SensorRecord:
    return SensorRecord(edge, sensor, more.pop("first_heard", 10), **more)


def given_to(resident: str, since: int, until: int | None = None, **more: Any) -> Assignment:
    values = {"edge": "e1", "sensor": "ox", "paired": since, "author": "luc"} | more
    return Assignment(resident=resident, since=since, until=until, **values)


def owners(*assignments: Assignment, spans: tuple[Span, ...] = (JEANNE,), **more: Any) -> Owners:
    known = [record(**more), record(sensor="cuff")]
    return Owners({"e1": spans}, {found.key: found for found in known}, assignments)


def test_a_reading_follows_the_assignment_of_its_own_time() -> None:
    found = owners(given_to("jeanne", 50, 80), given_to("jeanne", 90))
    assert [found.owner("e1", "ox", time) for time in (49, 50, 79, 80, 89, 90)] == [
        None, "jeanne", "jeanne", None, None, "jeanne",
    ]  # fmt: skip


def test_an_assignment_ends_where_its_resident_moved_out_whatever_it_says() -> None:
    found = owners(given_to("jeanne", 0), spans=CHANGED)
    assert [found.owner("e1", "ox", time) for time in (99, 100, 250)] == ["jeanne", None, None]


def test_a_sensor_given_anew_is_the_next_residents_from_then_on() -> None:
    found = owners(given_to("jeanne", 0, 100), given_to("paul", 220), spans=CHANGED)
    assert [found.owner("e1", "ox", time) for time in (99, 150, 219, 220)] == ["jeanne", None, None, "paul"]


def test_what_belongs_to_the_room_follows_who_lives_there() -> None:
    found = owners(spans=CHANGED, personal=False)
    assert [found.owner("e1", "ox", time) for time in (99, 100, 200)] == ["jeanne", None, "paul"]
    assert found.ownership("e1", "ox", 250) is Ownership.ROOM
    assert found.declare("e1", "ox", 250) is None


def test_an_unheard_of_sensor_is_nobodys() -> None:
    found = owners()
    assert found.owner("e1", "other", 5) is None
    assert found.owner("e9", "ox", 5) is None
    assert found.throughout("e1", frozenset({"other"}), 5, 6) == (None, False)
    assert found.declare("e1", "other", 5) is None


def test_a_sensor_first_heard_is_the_present_occupants_since_they_came() -> None:
    found = owners(spans=CHANGED)
    made = found.declare("e1", "ox", 300)
    assert made == Assignment("e1", "ox", "paul", since=200, paired=300, author=DECLARED)
    assert [found.owner("e1", "ox", time) for time in (50, 150, 200, 400)] == [None, None, "paul", "paul"]
    assert found.declare("e1", "ox", 301) is None
    # The records that a meter brought along are not.
    assert found.stored("e1", "ox", 299, 301) == (None, "before_assignment")
    assert found.stored("e1", "ox", 300, 301) == ("paul", "")


def test_a_sensor_that_ever_belonged_to_somebody_is_never_given_out_by_itself() -> None:
    found = owners(given_to("jeanne", 0, 100), spans=CHANGED)
    assert found.declare("e1", "ox", 300) is None
    assert found.ownership("e1", "ox", 300) is Ownership.UNASSIGNED
    assert found.waiting(300) == {"e1": ("ox",)}
    assert found.waiting(150) == {}, "nobody lives there"
    assert found.ownership("e1", "ox", 150) is Ownership.NOBODY


def test_nobody_is_given_a_sensor_while_the_room_is_empty() -> None:
    found = owners(spans=CHANGED)
    assert found.declare("e1", "ox", 150) is None
    made = found.declare("e1", "ox", 201)
    assert made is not None
    assert made.resident == "paul"


def test_stored_records_are_told_apart() -> None:
    found = owners(given_to("jeanne", 50, 80), given_to("jeanne", 90))
    assert found.stored("e1", "ox", 60, 100) == ("jeanne", "")
    assert found.stored("e1", "ox", 40, 100) == (None, "before_assignment")
    assert found.stored("e1", "ox", 85, 100) == (None, "before_assignment")
    assert found.stored("e1", "ox", 40, 85) == (None, "unassigned")
    assert found.stored("e1", "ox", 100 + AHEAD, 100) == ("jeanne", "")
    assert found.stored("e1", "ox", 101 + AHEAD, 100) == (None, "in_future")
    assert found.stored("e9", "ox", 60, 100) == (None, "unassigned")


def test_the_fast_path_holds_for_all_of_an_envelope_or_not_at_all() -> None:
    found = owners(given_to("jeanne", 50), given_to("jeanne", 70, 90, sensor="cuff"))
    both = frozenset({"ox", "cuff"})
    assert found.throughout("e1", frozenset({"ox"}), 50, 60) == ("jeanne", True)
    assert found.throughout("e1", frozenset({"ox"}), 49, 60) == (None, False)
    assert found.throughout("e1", both, 70, 89) == ("jeanne", True)
    assert found.throughout("e1", both, 70, 90) == (None, False)
    assert found.throughout("e1", frozenset({"cuff"}), 75, 80) == ("jeanne", True)
    # Beside the remembered stretch of both.
    assert found.throughout("e1", frozenset({"ox"}), 95, 99) == ("jeanne", True)
    assert found.throughout("e1", both, 75, 80) == ("jeanne", True)


def test_sensors_of_two_residents_are_not_one() -> None:
    found = owners(given_to("jeanne", 0, 100), given_to("paul", 200, sensor="cuff"), spans=CHANGED)
    assert found.throughout("e1", frozenset({"ox"}), 10, 20) == ("jeanne", True)
    assert found.throughout("e1", frozenset({"cuff"}), 210, 220) == ("paul", True)
    assert found.throughout("e1", frozenset({"ox", "cuff"}), 210, 220) == (None, False)
    both = Owners(
        {"e1": ((0, FOREVER, "paul"), (0, FOREVER, "jeanne"))},
        {r.key: r for r in (record(), record(sensor="cuff"))},
        [given_to("jeanne", 0), given_to("paul", 0, sensor="cuff")],
    )
    assert both.throughout("e1", frozenset({"ox", "cuff"}), 1, 2) == (None, False)


def test_a_stretch_is_divided_where_its_owner_changes() -> None:
    found = owners(given_to("jeanne", 50, 80), given_to("jeanne", 90))
    assert found.parts("e1", "ox", 60, 70) == [Part(60, 71, "jeanne")]
    assert found.parts("e1", "ox", 40, 95) == [
        Part(40, 50, None), Part(50, 80, "jeanne"), Part(80, 90, None), Part(90, 96, "jeanne"),
    ]  # fmt: skip
    assert found.parts("e9", "ox", 0, 1) == [Part(0, 2, None)]


def two(*assignments: Assignment, **more: Any) -> Owners:
    """The same chest strap at two edges."""
    rows = [
        record("e1", "strap", address=STRAP, **more),
        record("e2", "strap", address=STRAP, first_heard=20, **more),
    ]
    spans = {"e1": (JEANNE,), "e2": ((0, FOREVER, "paul"),)}
    return Owners(spans, {row.key: row for row in rows}, assignments)


def claim(edge: str, resident: str, paired: int, author: str = "luc") -> Assignment:
    return Assignment(edge, "strap", resident, since=0, paired=paired, author=author)


def test_of_two_edges_the_newer_word_of_a_person_owns_the_thing() -> None:
    found = two(claim("e1", "jeanne", 30), claim("e2", "paul", 60))
    assert found.conflicts() == {("e1", "strap"): "e2"}
    assert found.owner("e1", "strap", 59) == "jeanne"
    assert found.owner("e1", "strap", 60) is None
    assert found.owner("e2", "strap", 60) == "paul"
    assert found.ownership("e1", "strap", 70) is Ownership.CONFLICT
    assert found.ownership("e2", "strap", 70) is Ownership.RESIDENT
    assert found.waiting(70) == {}


def test_a_persons_word_goes_before_a_newer_file() -> None:
    found = two(claim("e1", "jeanne", 30), claim("e2", "paul", 60, DECLARED))
    assert found.conflicts() == {("e2", "strap"): "e1"}
    assert found.owner("e2", "strap", 70) is None


def test_of_two_things_of_the_room_the_newer_one_counts() -> None:
    assert two(personal=False).conflicts() == {("e1", "strap"): "e2"}


def test_nothing_is_in_conflict_that_nobody_claims() -> None:
    found = two()
    assert found.conflicts() == {}
    assert found.ownership("e1", "strap", 70) is Ownership.UNASSIGNED


def test_a_conflict_begins_and_ends_with_what_edges_name() -> None:
    found = two(claim("e1", "jeanne", 30), claim("e2", "paul", 60))
    elsewhere = replace(found.record("e2", "strap") or record(), listed=False)
    assert found.learn(elsewhere)
    assert found.conflicts() == {}
    assert found.owner("e1", "strap", 70) == "jeanne"
    assert found.throughout("e1", frozenset({"strap"}), 70, 71) == ("jeanne", True)
    assert found.learn(replace(elsewhere, listed=True))
    assert found.throughout("e1", frozenset({"strap"}), 70, 71) == (None, False)
    assert found.conflicts() == {("e1", "strap"): "e2"}
    # Named anew under another address: another thing.
    assert found.learn(replace(elsewhere, listed=True, address="11:22:33:44:55:66"))
    assert found.conflicts() == {}


def test_the_loser_of_a_conflict_that_goes_away_is_in_none() -> None:
    found = two(claim("e1", "jeanne", 30), claim("e2", "paul", 60))
    assert found.learn(replace(found.record("e1", "strap") or record(), listed=False))
    assert found.conflicts() == {}


def test_declaring_what_another_room_has_makes_the_conflict_at_once() -> None:
    found = two(claim("e1", "jeanne", 30))
    assert found.conflicts() == {("e2", "strap"): "e1"}
    assert found.declare("e2", "strap", 60) is not None
    assert found.conflicts() == {("e2", "strap"): "e1"}
    assert found.owner("e2", "strap", 70) is None


def test_what_does_not_matter_for_owning_changes_nothing() -> None:
    found = owners(given_to("jeanne", 0))
    assert not found.learn(record(link="down", battery=3, last=5))
    assert found.learn(record(personal=False))
    assert [r.sensor for r in found.listed("e1")] == ["ox", "cuff"]
    assert found.listed("e9") == []


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 30), st.sampled_from(["jeanne", "paul"])), max_size=5
    ),
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 30), st.sampled_from(["jeanne", "paul"])), max_size=5
    ),
    st.integers(0, 80),
    st.integers(0, 20),
)
def test_every_way_of_asking_gives_the_same_answer(
    stays: list[tuple[int, int, str]], given_out: list[tuple[int, int, str]], first: int, length: int
) -> None:
    spans: list[Span] = []
    at = 0
    for gap, stay, who in stays:
        spans.append((at + gap, at + gap + stay, who))
        at += gap + stay
    made, at = [], 0
    for gap, span, who in given_out:
        made.append(given_to(who, at + gap, at + gap + span))
        at += gap + span
    found = Owners({"e1": tuple(reversed(spans))}, {("e1", "ox"): record()}, made)
    last = first + length
    singly = [found.owner("e1", "ox", time) for time in range(first, last + 1)]
    for time, who in enumerate(singly, first):
        lived = next((r for s, u, r in spans if s <= time < u), None)
        assert who is None or who == lived, "never somebody who does not live there"
    parts = found.parts("e1", "ox", first, last)
    assert [p.resident for p in parts for _ in range(p.since, p.until)] == singly
    resident, whole = found.throughout("e1", frozenset({"ox"}), first, last)
    if whole:
        assert set(singly) == {resident}
    # Asked again, through what is remembered.
    assert found.throughout("e1", frozenset({"ox"}), first, last) == (resident, whole)


def test_the_tolerance_is_stated_in_time() -> None:
    assert AHEAD == 300 * SECOND


def test_a_newcomer_is_nobodys_until_it_is_declared() -> None:
    found = Owners({"e1": (JEANNE,)})
    assert found.learn(record())
    assert found.ownership("e1", "ox", 50) is Ownership.UNASSIGNED
    assert found.waiting(50) == {}, "it was never anybody's, so nobody has to decide"
    assert found.declare("e1", "ox", 50) is not None
    assert found.ownership("e1", "ox", 50) is Ownership.RESIDENT
