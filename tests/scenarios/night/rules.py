"""The rules of the simulated night: those that come with the program, everybody on a profile as after an admission."""

from __future__ import annotations

from devices.limits import Limit
from hub.alerting.rules.model import Person, RuleSet
from hub.config import read_rules
from tests.scenarios.night.plan import Plan


def default() -> RuleSet:
    """Return the rules that come with the program."""
    return read_rules(None)


def people(plan: Plan, ruleset: RuleSet) -> tuple[dict[str, tuple[Limit, ...]], dict[str, Person]]:
    """Return limits and rules of everybody, by the profiles that they are on."""
    limits, persons = {}, {}
    for number in range(plan.residents):
        sick = number in plan.sicker
        profile = ruleset.profile("respiratory" if sick else "standard")
        limits[f"r{number}"] = profile.limits
        persons[f"r{number}"] = Person(profile.rules, 2 if sick else 1, on_oxygen=False)
    return limits, persons
