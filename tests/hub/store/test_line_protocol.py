from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.wire.messages import Observation
from hub.store import line_protocol
from hub.store.errors import StoreRefusedError
from hub.store.ports import Block
from tests.conftest import ROOT
from tests.hub.store.influx_ladder import parse_line

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20)


@given(NAMES, NAMES, NAMES, NAMES, st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**53))
def test_any_names_and_values_come_back_from_a_line(
    resident: str, edge: str, metric: str, sensor: str, value: float, time: int
) -> None:
    block = Block(resident, edge, (Observation(sensor, metric, time, value, 3),))
    (line,) = line_protocol.observation_lines([block])
    assert "\n" not in line
    (name, tags, when), fields = parse_line(line)
    assert (name, when) == ("observation", time)
    assert fields == {"value": value, "flags": 3}
    assert math.copysign(1, float(fields["value"])) == math.copysign(1, value)
    found = {key: line_protocol.untag(text) for key, text in tags}
    for key, text in {"resident": resident, "edge": edge, "metric": metric, "sensor": sensor}.items():
        # A lone "-" is the name of nobody, and a backslash before a last blank cannot be told from our own.
        if text != "-" and not text.endswith("\\ "):
            assert found[key] == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_influxdb_cannot_keep_is_refused(value: float) -> None:
    with pytest.raises(StoreRefusedError, match="'spo2' of 'e1'"):
        line_protocol.observation_lines([Block("r1", "e1", (Observation("ox", "spo2", 1, value),))])


def test_a_line_break_cannot_smuggle_in_a_second_point() -> None:
    line = line_protocol.observation_lines([Block("r1\nx v=1 1", "e1", (Observation("ox", "spo2", 1, 2.0),))])
    assert line == [
        "observation,resident=r1\\ x\\ v\\=1\\ 1,edge=e1,metric=spo2,sensor=ox value=2.0,flags=0i 1"
    ]


ODD = 'a"b\\c${d} e'


def emitted() -> list[str]:
    """Every query that the hub can emit, with ordinary and with odd names."""
    queries = []
    for name in ("r1", ODD, "", "x\\"):
        queries += [
            line_protocol.read_query("veilleuse", name, name, 0, 2**53),
            line_protocol.latest_query("veilleuse", name, 2**53),
            line_protocol.waveform_query(name or "b", name, "pleth", 1, 2),
            line_protocol.count_query("veilleuse", name, 2**53),
        ]
    return [*queries, line_protocol.count_query("veilleuse", None, 2**53)]


def check(queries: list[str]) -> list[bool]:
    node = shutil.which("node", path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    folder = Path(ROOT) / "tests" / "flux"
    if node is None or not (folder / "node_modules").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the Flux front end is missing: npm --prefix tests/flux ci")
        pytest.skip("the Flux front end is not installed (npm --prefix tests/flux ci)")
    done = subprocess.run(
        [node, str(folder / "check.js")],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[bool] = json.loads(done.stdout)
    return answers


def test_every_query_is_valid_flux_by_influxdatas_own_front_end() -> None:
    queries = emitted()
    assert check(queries) == [True] * len(queries)


def test_the_front_end_tells_wrong_from_right() -> None:
    right = line_protocol.count_query("b", None, 1)
    assert check(
        [right, right.replace("range(", "rangee("), right.replace("stop:", "until:"), right + "|>"]
    ) == [
        True,
        False,
        False,
        False,
    ]
