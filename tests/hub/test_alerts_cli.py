"""`veilleuse alerts check`: what is wrong with a file of rules, or what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices.errors import ConfigError
from hub import config
from hub.alerts_cli import app, summary
from hub.config import read_rules

RULES = """
[priorities]
bed_exit = "high"

[delays]
edge_silent = 20

[profile.standard]
title = "Standard"

[[profile.standard.limit]]
id = "pulse"
metric = "pulse_rate"
priority = "medium"
low = 41
high = 130
delay = 30
area = 60

[[profile.standard.limit]]
id = "fever"
metric = "temperature"
priority = "low"
high = 39

[[profile.standard.rate]]
id = "fall"
metric = "spo2"
priority = "low"
change = -4
within = 600

[[profile.standard.absence]]
id = "absent"
metric = "spo2"
priority = "low"
after = 600

[[profile.standard.composite]]
id = "pair"
name = "Deux signes"
priority = "high"
least = 2
delay = 10
clauses = [{ metric = "spo2", low = 90 }, { metric = "pulse_rate", high = 120 }]

[[profile.standard.score]]
id = "news2"

[profile.short]
title = "Court"

[[profile.short.score]]
id = "news2"
red = false
high = 8
"""


def test_a_sound_file_is_summed_up(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "profile   standard (of everybody else): Standard",
        "  limit     pulse: medium, pulse_rate below 41 or above 130 for 30 s and 60 unit seconds",
        "  limit     fever: low, temperature above 39",
        "  rate      fall: low, spo2 -4 within 600 s",
        "  absence   absent: low, spo2 for 600 s",
        "  composite pair: high, Deux signes, 2 of spo2, pulse_rate for 10 s",
        "  score     news2: medium from 5, high from 7, red, 3 above usual",
        "profile   short: Court",
        "  score     news2: medium from 5, high from 8, 3 above usual",
        "priority  bed_exit: high",
        "delay     edge_silent: 20",
    ]


def test_without_a_file_it_says_what_comes_with_the_program() -> None:
    result = CliRunner().invoke(app, ["check"])
    assert result.stdout.splitlines() == list(summary(read_rules(None)))
    assert "  no measurement rings; calls, falls and other events do" in result.stdout.splitlines()


def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES.replace('"pulse_rate"\npriority', '"pulse"\npriority'))
    result = CliRunner().invoke(app, ["check", str(path)])
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception).startswith(f"{path}:11: profile.standard.limit[0].metric is 'pulse'")


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=str(path)):
        read_rules(path)


def test_the_hubs_configuration_names_it_beside_itself(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('data = "data"\n[alerting]\nrules = "rules.toml"\n')
    assert config.load(path).alerting.rules == tmp_path / "rules.toml"
