"""The figures of sheet 09, part 1."""

from hub.acts.triage.rates import Rates


def test_the_vector_of_the_sheet():
    rates = Rates(started=1000, seen=560, reoriented=56, missed=0)
    assert (rates.see_rate, rates.handled_rate, rates.billable) == (0.56, 0.90, 504)


def test_an_emergency_found_only_by_the_physician_is_counted():
    assert Rates(started=10, seen=4, reoriented=2, missed=1).missed_rate == 0.25


def test_nothing_has_no_share():
    rates = Rates(0, 0, 0, 0)
    assert (rates.see_rate, rates.handled_rate, rates.missed_rate, rates.billable) == (None, None, None, 0)
