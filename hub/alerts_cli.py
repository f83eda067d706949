"""`veilleuse alerts`: what a home's rules say, and what they would have done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from devices.limits import Limit
from hub.alerting.rules.model import AbsenceRule, CompositeRule, Profile, RateRule, Rule, RuleSet
from hub.config import read_rules
from hub.replay_cli import replay

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Rules of the alarm system.")


@app.callback()
def alerts() -> None:
    """Rules of the alarm system."""


app.command("replay")(replay)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A file of rules; without it, the rules that come with the program.")
    ] = None,
) -> None:
    """Say what is wrong with a file of rules, or what it says."""
    for line in summary(read_rules(file)):
        typer.echo(line)


def summary(ruleset: RuleSet) -> Iterator[str]:
    """Yield what a set of rules says, a line for each limit and rule."""
    yield f"rules {ruleset.version}"
    for profile in ruleset.profiles.values():
        yield from _profile(profile, standard=profile.name == ruleset.standard)
    for code, priority in ruleset.priorities.items():
        yield f"priority  {code.value}: {priority.value}"
    for name, seconds in ruleset.delays.items():
        yield f"delay     {name}: {seconds:g}"


def _profile(profile: Profile, *, standard: bool) -> Iterator[str]:
    yield f"profile   {profile.name}{' (of everybody else)' if standard else ''}: {profile.title}"
    for limit in profile.limits:
        yield f"  limit     {limit.id}: {limit.priority.value}, {_limit(limit)}"
    for rule in profile.rules:
        yield f"  {_rule(rule)}"
    if not profile.limits and not profile.rules:
        yield "  no measurement rings; calls, falls and other events do"


def _limit(limit: Limit) -> str:
    bounds = [f"below {limit.low:g}"] if limit.low is not None else []
    bounds += [f"above {limit.high:g}"] if limit.high is not None else []
    times = [f"for {limit.delay:g} s"] if limit.delay else []
    times += [f"{limit.area:g} unit seconds"] if limit.area else []
    return " ".join([limit.metric, " or ".join(bounds), " and ".join(times)]).rstrip()


def _rule(rule: Rule) -> str:
    match rule:
        case RateRule():
            said = f"{rule.metric} {rule.change:+g} within {rule.within:g} s"
            return f"rate      {rule.id}: {rule.priority.value}, {said}"
        case AbsenceRule():
            return f"absence   {rule.id}: {rule.priority.value}, {rule.metric} for {rule.after:g} s"
        case CompositeRule():
            said = f"{rule.least} of {', '.join(dict.fromkeys(each.metric for each in rule.clauses))}"
            return f"composite {rule.id}: {rule.priority.value}, {rule.name}, {said} for {rule.delay:g} s"
        case _:
            more = ["red"] if rule.red else []
            more += [f"{rule.rise} above usual"] if rule.rise else []
            return f"score     {rule.id}: {', '.join([f'medium from {rule.medium}, high from {rule.high}', *more])}"
