"""A home's own rules, from its file through the hub to the disk and back after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.clock import SystemClock
from devices.errors import ConfigError
from devices.wire.messages import Observation
from hub.alerting.model import Alert, Code, Condition
from hub.config import AlertingSettings, BrokerSettings, HubConfig
from hub.core import Core
from hub.health import Health
from hub.metrics import Metrics
from hub.store import journal
from hub.store.timeseries_sqlite import SqliteTimeSeries
from tests.hub.ingest.home import EdgeStandIn, eventually

RULES = """
[profile.standard]
title = "Standard"

[[profile.standard.composite]]
id = "pair"
name = "Souffle et pouls"
priority = "medium"
least = 2
clauses = [
  { metric = "respiration_rate", high = 24 },
  { metric = "pulse_rate", high = 120 },
]
"""


@contextmanager
def running(folder: Path, rules: Path) -> Iterator[Core]:
    settings = AlertingSettings(rules=rules)
    config = HubConfig(folder / "data", broker=BrokerSettings(port=0), alerting=settings)
    core = Core(config, SystemClock(), Metrics(), Health(), SqliteTimeSeries)
    core.start()
    try:
        eventually(lambda: core.health.report().status == "ok", "connected to the broker")
        yield core
    finally:
        core.stop()


@contextmanager
def connected(core: Core, key: str, spool: str) -> Iterator[EdgeStandIn]:
    assert core.edge_port is not None
    edge = EdgeStandIn("e1", key, core.edge_port, spool).connect()
    edge.hello()
    try:
        yield edge
    finally:
        edge.close()


def alerts(core: Core) -> list[Alert]:
    with core.database.read() as connection:
        return [each for each in journal.alerts(connection) if each.code is Code.COMPOSITE]


def memories(core: Core) -> dict[tuple[str, str], str]:
    with core.database.read() as connection:
        return journal.rule_memories(connection)


def test_a_homes_rule_rings_is_remembered_and_ends_after_a_restart(
    tmp_path: Path, keys: dict[str, str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    with running(tmp_path, rules) as core, connected(core, keys["e1"], "one") as edge:
        now = edge.clock.utc()
        edge.say(
            Observation("ox", "respiration_rate", now, 30.0), Observation("ox", "pulse_rate", now, 140.0)
        )
        eventually(lambda: alerts(core), "the alert is on the disk")
        [alert] = alerts(core)
        assert (alert.resident, alert.limit_id, alert.onset) == ("r1", "pair", now)
        assert ("r1", "pair") in memories(core)
    with running(tmp_path, rules) as core:
        [again] = [each for each in core.engine.open_alerts() if each.code is Code.COMPOSITE]
        assert again == alert
        with connected(core, keys["e1"], "two") as edge:
            edge.say(Observation("ox", "pulse_rate", edge.clock.utc(), 80.0))
            eventually(lambda: alerts(core)[0].condition is Condition.CLEARED, "it is over")
        assert [each.id for each in alerts(core)] == [alert.id]


def test_a_hub_whose_rules_are_wrong_does_not_start(tmp_path: Path, keys: dict[str, str]) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace("high = 24", "high = 240"))
    assert keys
    wrong = r"rules.toml:5: .*clauses\[0\].high is 240, expected 2 to 80"
    with pytest.raises(ConfigError, match=wrong), running(tmp_path, rules):
        raise AssertionError("it runs")
