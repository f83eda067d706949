"""What is in force for one resident: defaults where no prescription says otherwise."""

from __future__ import annotations

from dataclasses import replace

from devices.limits import Limit, Priority
from hub.alerting.rules.effective import effective, over_time
from hub.alerting.rules.model import AbsenceRule, Profile, RuleSet

CRITICAL = Limit("critical", "spo2", Priority.HIGH, low=85)
LOW = Limit("low", "spo2", Priority.MEDIUM, low=90)
PULSE = Limit("pulse", "pulse_rate", Priority.MEDIUM, low=40, high=130)
RULE = AbsenceRule("absent", "spo2", Priority.LOW, 600)
RULES = RuleSet("v", {"standard": Profile("standard", "Standard", (CRITICAL, LOW, PULSE), (RULE,))})


def limits(*prescribed: Limit) -> tuple[Limit, ...]:
    return effective(RULES, "standard", prescribed)[0]


def test_without_a_prescription_the_defaults_hold() -> None:
    assert effective(RULES, "standard", ()) == ((CRITICAL, LOW, PULSE), (RULE,))
    assert effective(RULES, "gone", ()) == ((CRITICAL, LOW, PULSE), (RULE,))


def test_a_critical_prescription_takes_the_place_of_all_on_its_side() -> None:
    own = Limit("p1", "spo2", Priority.HIGH, low=82)
    assert limits(own) == (own, PULSE)


def test_a_lower_priority_leaves_the_critical_default() -> None:
    own = Limit("p1", "spo2", Priority.MEDIUM, low=93)
    assert limits(own) == (own, CRITICAL, PULSE)


def test_the_other_side_stays() -> None:
    own = Limit("p1", "pulse_rate", Priority.MEDIUM, high=150)
    assert limits(own) == (own, CRITICAL, LOW, replace(PULSE, high=None))
    below = Limit("p2", "pulse_rate", Priority.HIGH, low=35)
    assert limits(own, below) == (own, below, CRITICAL, LOW)


def test_the_same_id_takes_its_place_whatever_it_says() -> None:
    own = Limit("critical", "pulse_rate", Priority.LOW, high=100)
    assert limits(own) == (own, LOW, PULSE)


def test_another_metric_is_not_touched() -> None:
    own = Limit("p1", "temperature", Priority.HIGH, high=38)
    assert limits(own) == (own, CRITICAL, LOW, PULSE)


def test_over_time_a_default_is_back_when_a_prescription_ends() -> None:
    own = Limit("p1", "spo2", Priority.HIGH, low=82)
    found = over_time(RULES, "standard", [(own, 20, 40)], 10, 100)
    assert sorted(found, key=lambda each: (each[0].id, each[1])) == [
        (CRITICAL, 10, 20),
        (CRITICAL, 40, 100),
        (LOW, 10, 20),
        (LOW, 40, 100),
        (own, 20, 40),
        (PULSE, 10, 100),
    ]


def test_over_time_what_lies_outside_does_not_count() -> None:
    own = Limit("p1", "spo2", Priority.HIGH, low=82)
    assert over_time(RULES, "standard", [(own, 1, 10), (own, 100, 200)], 10, 100) == [
        (CRITICAL, 10, 100),
        (LOW, 10, 100),
        (PULSE, 10, 100),
    ]
    assert over_time(RULES, "standard", [], 10, 10) == []
