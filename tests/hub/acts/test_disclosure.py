"""Nothing that leaves a home names anybody: small numbers are hidden, and nobody can calculate them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.acts.activity import FIGURES, Activity, Hidden, Row, Unit
from hub.acts.disclosure import LEAST, few, hidden, leaving
from hub.acts.model import Kind

COUNTS = st.lists(st.one_of(st.integers(0, 8), st.integers(0, 400)), min_size=1, max_size=12)
FEW = Hidden.FEW


def fillings(parts: list[int], gone: frozenset[int]) -> int:
    """Return in how many ways the hidden parts could be filled by 1 or more, as their sum is known: stars and bars."""
    rest, places = sum(parts[each] for each in gone), len(gone)
    ways = 1
    for number in range(1, places):
        ways = ways * (rest - number) // number
    return ways


@given(COUNTS)
def test_a_hidden_part_of_a_known_sum_cannot_be_calculated(parts: list[int]) -> None:
    gone = hidden(parts)
    if gone is None:
        assert any(few(part) for part in parts)
        return
    assert {place for place, part in enumerate(parts) if few(part)} <= gone
    assert all(parts[place] > 0 for place in gone)
    if gone:
        assert not few(sum(parts))
        assert fillings(parts, gone) > 1


def test_of_a_sum_at_least_two_parts_are_hidden() -> None:
    assert hidden([12, 3, 20]) == {0, 1}
    assert hidden([1, 1, 30]) == {0, 1, 2}
    assert hidden([2, 0, 0]) is None
    assert hidden([1, 1, 1, 1, 1]) is None
    assert hidden([5, 0, 40]) == frozenset()


def home(**figures: tuple[tuple[int, ...], int]) -> Activity:
    """Return a home of which only some figures are not 0."""
    rows = []
    for kind, names in FIGURES.items():
        for name in (*names, "residents"):
            by_month, total = figures.get(f"{kind}_{name}", ((0, 0, 0), 0))
            unit = Unit.RESIDENTS if name == "residents" else Unit.ACTS
            rows.append(Row(kind.value, name, unit, by_month, total))
    rows.append(Row("alarms", "measured", Unit.ACTS, *figures.get("alarms_measured", ((0, 0, 0), 0))))
    rows.append(Row("alarms", "per_day", Unit.RATE, (0.1, 0.2, 0.3), 0.2))
    rows.append(Row("consultation", "waits", Unit.ACTS, *figures.get("consultation_waits", ((0, 0, 0), 0))))
    rows.append(Row("consultation", "wait_median", Unit.MICROSECONDS, (1, 2, 3), 2))
    return Activity("Les Tilleuls", ("2026-08", "2026-09", "2026-10"), tuple(rows))


def told(found: Activity, area: str, figure: str) -> tuple[object, ...]:
    row = found.row(area, figure)
    assert row is not None
    return (*row.months, row.total)


def test_months_are_told_of_what_was_held_alone() -> None:
    found = leaving(home(consultation_held=((17, 9, 13), 39), consultation_in_charge=((15, 8, 10), 33)))
    assert told(found, "consultation", "held") == (17, 9, 13, 39)
    assert told(found, "consultation", "in_charge") == (33,)
    assert found.row("consultation", "asked") is None
    assert found.row("consultation", "waits") is None


def test_residents_and_rates_are_hidden_with_what_they_are_made_from() -> None:
    figures = home(
        consultation_held=((6, 2, 20), 28),
        consultation_residents=((6, 2, 9), 12),
        alarms_measured=((3, 30, 40), 73),
    )
    found = leaving(figures)
    assert told(found, "consultation", "held") == (FEW, FEW, 20, 28)
    # Six residents in six acts would say the six.
    assert told(found, "consultation", "residents") == (FEW, FEW, 9, 12)
    assert told(found, "alarms", "per_day") == (FEW, FEW, 0.3, 0.2)


def test_what_was_held_less_its_parts_tells_nothing() -> None:
    figures = home(
        consultation_held=((10, 10, 19), 39),
        consultation_in_charge=((0, 0, 0), 32),
        consultation_reoriented=((0, 0, 0), 6),
        consultation_emergency=((0, 0, 0), 1),
        consultation_to_visit=((0, 0, 0), 6),
    )
    found = leaving(figures)
    assert told(found, "consultation", "emergency") == (FEW,)
    assert told(found, "consultation", "reoriented") == (FEW,)
    assert told(found, "consultation", "in_charge") == (32,)
    # The destinations would add up to what is hidden.
    assert told(found, "consultation", "to_visit") == (FEW,)


def test_destinations_are_told_together() -> None:
    shown = home(
        consultation_held=((20, 20, 20), 60),
        consultation_in_charge=((0, 0, 0), 50),
        consultation_reoriented=((0, 0, 0), 10),
        consultation_to_visit=((0, 0, 0), 10),
    )
    assert told(leaving(shown), "consultation", "to_visit") == (10,)
    assert told(leaving(shown), "consultation", "to_other") == (0,)


def test_a_total_that_is_small_hides_its_months() -> None:
    found = leaving(
        home(
            regulation_held=((0, 1, 2), 3),
            regulation_stayed=((0, 1, 1), 2),
            regulation_transferred=((0, 0, 1), 1),
        )
    )
    assert told(found, "regulation", "held") == (0, FEW, FEW, FEW)
    assert told(found, "regulation", "stayed") == (FEW,)
    assert told(found, "regulation", "residents") == (0, FEW, FEW, FEW)


def test_no_median_of_a_few() -> None:
    assert told(leaving(home(consultation_waits=((1, 1, 2), 4))), "consultation", "wait_median") == (FEW,)
    assert told(leaving(home(consultation_waits=((1, 1, 3), 5))), "consultation", "wait_median") == (2,)


@given(st.lists(COUNTS.map(lambda each: (each * 3)[:3]), min_size=5, max_size=5))
def test_no_small_count_of_a_person_is_ever_shown(counts: list[list[int]]) -> None:
    figures = {
        f"{kind}_{figure}": (tuple(some), sum(some))
        for kind, some in zip(Kind, counts, strict=True)
        for figure in ("held", "residents")
    }
    for row in leaving(home(**figures)).rows:
        if row.unit in {Unit.ACTS, Unit.RESIDENTS}:
            assert all(not (isinstance(each, int) and 0 < each < LEAST) for each in (*row.months, row.total))
