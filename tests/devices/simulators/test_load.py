"""`veilleuse simulate`: what it asks for, what it prints, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from devices.clock import BUILD_FLOOR, SECOND
from devices.errors import ConfigError
from devices.simulators.load_hub import read_keys, room_list
from devices.simulators.load_run import METRICS, Load, Outcome, Target, outcome, source, specs
from devices.simulators.load_worker import EdgeSpec, WorkerReport
from devices.wire.messages import MAX_OBSERVATIONS
from hub.furnish import read_list
from tests.integration.processes import run


@pytest.mark.parametrize(
    ("rate", "period", "samples"), [(1.0, 1.0, 1), (4.0, 1.0, 4), (0.1, 10.0, 1), (300.0, 1.0, 300)]
)
def test_an_envelope_is_sent_each_second_or_when_there_is_one_observation(
    rate: float, period: float, samples: int
) -> None:
    load = Load(rate=rate, seconds=1)
    assert (load.period, load.samples) == (period, samples)
    assert load.samples * len(METRICS) <= MAX_OBSERVATIONS


def test_readings_are_seeded_and_spread_over_their_second() -> None:
    readings = source(EdgeSpec("a", "", "", 7))(BUILD_FLOOR, 4)
    assert readings == source(EdgeSpec("b", "", "", 7))(BUILD_FLOOR, 4)
    assert readings != source(EdgeSpec("a", "", "", 8))(BUILD_FLOOR, 4)
    assert sorted({each.time - BUILD_FLOOR for each in readings}) == [
        0,
        SECOND // 4,
        SECOND // 2,
        SECOND * 3 // 4,
    ]
    assert {each.metric for each in readings} == set(METRICS)


@pytest.mark.parametrize(("edges", "processes", "shares"), [(5, 2, [3, 2]), (1, 4, [1]), (4, 4, [1] * 4)])
def test_edges_are_shared_among_the_processes(edges: int, processes: int, shares: list[int]) -> None:
    every = tuple(EdgeSpec(f"e{number}", "", "", number) for number in range(edges))
    found = specs(Target("h", 1, every), Load(1.0, 1.0, processes))
    assert [len(spec.edges) for spec in found] == shares
    assert {edge.edge for spec in found for edge in spec.edges} == {edge.edge for edge in every}


def report(sent: int, latencies: tuple[int, ...], sending: int) -> WorkerReport:
    return WorkerReport(sent, sent, 1, 0, 6 * sent, 6 * sent, 0, 2, 0, 5_000, sending, SECOND, latencies)


def test_reports_are_put_together() -> None:
    found = outcome([report(10, (3_000, 1_000), SECOND), report(20, (2_000,), 3 * SECOND)], 4)
    assert (found.sent, found.resent, found.observations_acknowledged) == (30, 2, 180)
    assert found.seconds == 4.0
    assert found.rate == 45.0
    assert found.latencies == (0.001, 0.002, 0.003)
    assert (found.latency(0.5), found.latency(0.99)) == (0.002, 0.003)


def test_nothing_acknowledged_has_no_latency() -> None:
    found: Outcome = outcome([], 0)
    assert found.latency(0.5) is None
    assert found.rate == 0.0


def test_the_list_of_rooms_is_one_that_the_hub_takes(tmp_path: Path) -> None:
    path = tmp_path / "rooms.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in room_list(2, 3)))
    rows = read_list(path)
    assert len({row.edge for row in rows}) == len(rows) == 6


def test_keys_are_read_by_the_names_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "room-1.key").write_text("ab\nsecret\n")
    assert read_keys(tmp_path) == (EdgeSpec("room-1", "ab", "secret", 0),)
    (tmp_path / "room-2.key").write_text("ab\n")
    with pytest.raises(ConfigError, match=r"room-2\.key has 1 words"):
        read_keys(tmp_path)


def test_a_folder_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no EDGE"):
        read_keys(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--keys", "."], "--broker"),
        (["--keys", ".", "--broker", "nowhere"], "HOST:PORT"),
        (["--homes", "100", "--residents", "100"], "at most 5000"),
    ],
)
def test_a_command_line_that_is_wrong_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = run("simulate", *arguments, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.broker
def test_a_hub_of_its_own_takes_everything(tmp_path: Path) -> None:
    assert shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin"), "mosquitto is not installed"
    path = tmp_path / "out.json"
    done = run(
        *("simulate", "--homes", "2", "--residents", "3", "--rate", "2", "--seconds", "2"),
        *("--json", str(path)),
        seconds=100,
    )
    found = json.loads(path.read_text())
    assert found["sent"] == found["acknowledged"] == 6 * 2
    assert found["observations_sent"] == found["observations_acknowledged"] == 6 * 2 * 2 * len(METRICS)
    assert found["unacknowledged"] == found["refused"] == 0
    assert found["edges"] == found["connections"] == 6
    assert 0 < found["latency_p50"] <= found["latency_p99"]
    assert found["hub_bytes_per_observation"] > 0
    assert "observations acknowledged" in done.stdout
