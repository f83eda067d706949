"""`veilleuse alerts replay`: the recorded past of a home once more, by the rules of then or by others."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from devices.clock import SECOND
from devices.errors import ConfigError
from hub import config as configuration
from hub.alerting.model import Alert
from hub.alerting.replay import Replayed
from hub.alerting.rules.model import RuleSet
from hub.alerting.whatif import compare
from hub.config import HubConfig, read_policy, read_rules
from hub.provisioning import DataDirectory
from hub.replaying import Past, Period, Run, Story, replay_resident
from hub.store.database import Database
from hub.stores import open_timeseries

LONGEST_DAYS = 92
_FORMS = "2026-11-21T20:00, or with Z or +01:00 at its end"


def replay(
    config: Annotated[Path, typer.Option("--config", "-c", help="hub.toml")],
    since: Annotated[str, typer.Option("--from", help=f"Local time of the home: {_FORMS}.")],
    until: Annotated[str, typer.Option("--to", help="As --from; not included.")],
    rules: Annotated[Path | None, typer.Option(help="A file of rules, instead of the home's.")] = None,
    resident: Annotated[str, typer.Option(help="One resident; everybody without it.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, one for each alert.")] = False,
) -> None:
    """Say which alerts the recorded measurements would have raised, and which of them were recorded."""
    settings = configuration.load(config)
    zone = ZoneInfo(read_policy(settings.escalation).rota.zone)
    period = Period(instant(since, zone, "--from"), instant(until, zone, "--to"))
    if not 0 < period.until - period.since <= LONGEST_DAYS * 86_400 * SECOND:
        raise ConfigError(f"--to is not after --from, or by more than {LONGEST_DAYS} days")
    ruleset = read_rules(rules if rules is not None else settings.alerting.rules)
    found = list(_replayed(settings, period, ruleset, resident))
    lines = _json(found) if as_json else _table(found, zone)
    for line in lines:
        typer.echo(line)


def instant(text: str, zone: ZoneInfo, name: str) -> int:
    """Return the microseconds UTC of a time that somebody wrote.

    Args:
        text: ISO 8601; without an offset it is the home's local time.
        zone: the home's.
        name: of the option, for errors.

    Raises:
        ConfigError: it is no time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{name} {text!r} is no time, expected {_FORMS}") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return round(found.timestamp() * SECOND)


def _replayed(
    settings: HubConfig, period: Period, ruleset: RuleSet, resident: str
) -> Iterator[tuple[Story, Replayed]]:
    # Only read, and beside a hub that may be running: nothing is checked or migrated.
    database = Database(DataDirectory(settings.data).database, create=False, prepare=False)
    try:
        timeseries = open_timeseries(settings.timeseries, database)
        past = Past(database, timeseries)
        try:
            who = [resident] if resident else past.residents(period)
            with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
                task = progress.add_task("replaying", total=float(len(who)))
                for number, each in enumerate(who):
                    story = past.story(each, period)
                    told = _teller(progress, task, number)
                    (found,), _ = replay_resident(past, story, period, [_run(story, ruleset, period)], told)
                    yield story, found
        finally:
            timeseries.close()
    finally:
        database.close()


def _run(story: Story, ruleset: RuleSet, period: Period) -> Run:
    """Return a run in which holds what held then, by these rules."""
    return Run(
        lambda time: story.standing(ruleset, time), story.moments(period), priorities=ruleset.priorities
    )


def _teller(progress: Progress, task: TaskID, number: int) -> Callable[[float], None]:
    return lambda share: progress.update(task, completed=number + share)


def _json(found: list[tuple[Story, Replayed]]) -> Iterator[str]:
    for story, replayed in found:
        recorded = {alert.id for alert in story.alerts}
        for alert in _sorted(replayed.alerts.values()):
            yield json.dumps(asdict(alert) | {"recorded": alert.id in recorded}, ensure_ascii=False)


def _table(found: list[tuple[Story, Replayed]], zone: ZoneInfo) -> Iterator[str]:
    alerts = [alert for _, replayed in found for alert in replayed.alerts.values()]
    recorded = {alert.id for story, _ in found for alert in story.alerts}
    then = [alert for story, _ in found for alert in story.alerts if not alert.technical]
    yield f"{'raised':19}  {'resident':12} {'priority':8} {'what':34} {'lasted':>9}  recorded"
    for alert in _sorted(alerts):
        what = " ".join(part for part in (alert.code.value, alert.metric or alert.limit_id or "") if part)
        value = "" if alert.value is None else f" {alert.value:g}"
        known = "yes" if alert.id in recorded else "no"
        yield (
            f"{_local(alert.raised, zone):19}  {alert.resident or '-':12} {alert.priority.value:8} "
            f"{what + value:34} {_lasted(alert):>9}  {known}"
        )
    compared = compare(then, [alert for alert in alerts if not alert.technical])
    yield f"{len(alerts)} alerts for {len(found)} residents; {sum(a.id in recorded for a in alerts)} of them were recorded"
    yield f"{len(compared.missed)} recorded alerts about residents would not have come, {len(compared.appeared)} are new"


def _sorted(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (alert.raised, alert.id))


def _local(time: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(time // SECOND, zone).strftime("%Y-%m-%d %H:%M:%S")


def _lasted(alert: Alert) -> str:
    return "open" if alert.cleared is None else f"{(alert.cleared - alert.raised) / SECOND:.0f} s"
