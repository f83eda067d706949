"""A short night in the normal run, the whole one by `make long`: the same log every time, nothing lost, nothing late."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from devices.clock import SECOND
from devices.limits import Priority
from hub.alerting.hindsight import judge
from hub.alerting.ledger import identity, limit_subject
from hub.alerting.model import (
    EVENT_CODES,
    LIMIT_CODES,
    UNHEARD,
    Alert,
    Code,
    Event,
    Suppression,
    Transition,
)
from tests.scenarios.night import heard
from tests.scenarios.night.figures import figures
from tests.scenarios.night.page import page, summary
from tests.scenarios.night.plan import Gap, Kind, plan
from tests.scenarios.night.rules import default
from tests.scenarios.night.ward import Outcome, run

RESIDENTS, HOURS, SEED = 12, 1.0, 7
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def short() -> Outcome:
    return run(plan(SEED, RESIDENTS, HOURS), default(), thin=False, keep=True)


def test_the_same_seed_gives_the_same_log_in_another_process(short: Outcome) -> None:
    """The other process leaves out what can change no verdict, so this shows that too."""
    command = [sys.executable, "-m", "tests.scenarios.night", "--seed", str(SEED), "--digest"]
    command += ["--residents", str(RESIDENTS), "--hours", str(HOURS)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout.split() == [short.digest]
    assert len(short.log) > 50


def test_another_seed_gives_another_log(short: Outcome) -> None:
    assert run(plan(SEED + 1, RESIDENTS, HOURS), default()).digest != short.digest


def test_no_alarm_of_a_limit_is_lost_and_none_made_up(short: Outcome) -> None:
    """Judged by the code that looks back at what is stored, over everything that the hub was given."""
    streams = defaultdict(list)
    for resident, seen in short.delivered:
        streams[resident, seen.metric].append((seen.time, seen.value, seen.flags))
    expected = {
        identity(limit_subject(resident, limit.id), own.onset)
        for resident, limits in short.keeper.limits.items()
        for limit in limits
        for own in judge(limit, streams[resident, limit.metric])
    }
    assert {alert.id for alert in short.keeper.alerts.values() if alert.code in LIMIT_CODES} == expected
    assert expected


def test_no_step_of_a_ladder_is_late_or_skipped(short: Outcome) -> None:
    assert short.late_steps == 0
    told = {(telling.alert, telling.step) for telling in short.keeper.tellings.values()}
    ladder = short.keeper.policy.ladders
    waited = 0
    for alert in short.keeper.alerts.values():
        answers = [
            step.time
            for (key, _), step in short.keeper.transitions.items()
            if key == alert.id and step.event in {Event.TAKEN, Event.ACKNOWLEDGED, Event.SILENCED}
        ]
        if alert.priority is not Priority.HIGH or not answers:
            continue
        if short.keeper.escalations[alert.id].inherited:
            # Its first steps were told under the name of the alert whose place it took.
            continue
        for number, step in enumerate(ladder[Priority.HIGH].steps):
            if min(answers) - alert.raised > (step.after + 12) * SECOND:
                assert (alert.id, number) in told
                waited += number > 0
    assert waited, "nobody waited long enough for a second step: the night shows nothing"


def test_a_hub_that_dies_between_two_turns_changes_nothing(short: Outcome) -> None:
    known = short.plan
    crashes = tuple(Gap(second, second) for second in (700, 1900, 2500))
    calm, crashed = (run(replace(known, restarts=gaps), default()) for gaps in ((), crashes))
    apart = ("serveur", "début")
    lines = [[line for line in each.log if line.split()[1] not in apart] for each in (calm, crashed)]
    assert lines[0] == lines[1]
    assert sum("reparti" in line for line in crashed.log) == 3
    assert calm.keeper.alerts == crashed.keeper.alerts


def test_what_goes_wrong_in_a_night_goes_wrong() -> None:
    whole = plan(SEED)
    assert [each.kind for each in whole.worse] == list(Kind)
    assert (len(whole.failures), len(whole.dead), len(whole.mute), len(whole.restarts)) == (3, 1, 1, 2)
    assert len({each.resident for each in whole.worse} | {each.resident for each in whole.failures}) == 7


def test_every_occurrence_sounds_goes_on_with_one_that_does_or_is_said_otherwise(short: Outcome) -> None:
    """Counted another way: what any telling or any answer was about sounded."""
    alerts, steps = short.keeper.alerts, short.keeper.transitions
    began, on = heard.began(alerts.values(), steps), heard.went_on(alerts.values(), steps)
    assert began
    assert not began & on
    for telling in short.keeper.tellings.values():
        assert telling.alert in began | on
    for alert in alerts.values():
        if alert.id not in began | on:
            first, *later = (step for (key, _), step in sorted(steps.items()) if key == alert.id)
            covered = bool(later) and (later[0].event, later[0].time) == (Event.SILENCED, first.time)
            assert covered or alert.detail in UNHEARD or alert.suppression is Suppression.INHIBITED
    found = figures(short)
    persons = [each for each in alerts.values() if not each.technical and each.code not in EVENT_CODES]
    share = 86_400 / short.plan.seconds / short.plan.residents
    assert found.occurrences == pytest.approx(len(persons) * share)


def _step(alert: str, number: int, time: int, event: Event, reason: str = "") -> Transition:
    return Transition(alert, number, time, event, "x", reason)


@pytest.mark.parametrize(
    ("before", "after", "began", "on"),
    [
        ((Event.CLEARED, 5), (), {"a"}, {"b"}),
        ((Event.SILENCED, 0), (), {"b"}, set()),
        ((Event.SILENCED, 0), ((Event.SILENCED, 9),), set(), set()),
        ((Event.CLEARED, 5), ((Event.SILENCED, 9), (Event.ACKNOWLEDGED, 10)), {"a"}, set()),
        ((Event.CLEARED, 5), ((Event.SILENCED, 9), (Event.SILENCE_ENDED, 10)), {"a"}, {"b"}),
    ],
)
def test_what_goes_on_is_one_alarm_and_what_was_covered_is_none(
    before: tuple[Event, int], after: tuple[tuple[Event, int], ...], began: set[str], on: set[str]
) -> None:
    """`b` takes the place of `a` at 9 s."""
    rows = [_step("a", 1, 0, Event.RAISED), _step("a", 2, before[1], before[0])]
    rows += [_step("a", 3, 9, Event.RESET, "superseded by b"), _step("b", 1, 9, Event.RAISED)]
    rows += [_step("b", 2 + n, time, event) for n, (event, time) in enumerate(after)]
    alerts = [Alert(key, Code.LIMIT_LOW, Priority.MEDIUM, "e", "r", 0, 0) for key in "ab"]
    steps = {(row.alert, row.number): row for row in rows}
    assert (heard.began(alerts, steps), heard.went_on(alerts, steps)) == (began, on)


def test_the_page_says_who_was_found(short: Outcome) -> None:
    found = figures(short)
    assert all(each.engine is not None for each in found.found)
    text = page(short, found, 1.0)
    assert short.digest in text
    assert "seuils simples" in text
    assert "plus mal : " in summary([found, found])


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_whole_night() -> None:
    outcome = run(plan(1), default())
    found = figures(outcome)
    print()
    print(page(outcome, found, 0.0))
    assert outcome.late_steps == 0
    assert all(each.engine is not None for each in found.found)
    assert all(each.later is None or each.later <= 60 for each in found.found)
    assert found.fewer >= 0.6
    assert found.persons <= 2.3
