"""`veilleuse news2`: lines in, lines out."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.scoring import run

NORMAL = {
    "respiration_rate": 18,
    "spo2": 96,
    "spo2_scale": 1,
    "on_oxygen": False,
    "systolic": 120,
    "pulse": 80,
    "consciousness": "A",
    "temperature": 37.0,
}


def ask(*lines):
    sink = io.StringIO()
    sound = run([line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines], sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()], sound


def test_a_normal_set():
    answers, sound = ask(NORMAL)
    assert sound
    assert answers == [
        {
            "total": 0,
            "points": {
                "respiration_rate": 0,
                "spo2": 0,
                "on_oxygen": 0,
                "systolic": 0,
                "pulse": 0,
                "consciousness": 0,
                "temperature": 0,
            },
            "risk": "low",
            "red": False,
            "missing": [],
        }
    ]


def test_null_and_absent_are_missing_and_the_scale_is_1_unless_told():
    (answer,), _ = ask({"spo2": 92, "pulse": None})
    assert (answer["total"], answer["risk"], answer["points"]) == (2, None, {"spo2": 2})
    assert len(answer["missing"]) == 6


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"{", "line is not JSON"),
        (b"[1]", "line is not a JSON object"),
        (b"\xff", "line is not JSON"),
        (b"[" * 100_000, "line is not JSON"),
        (NORMAL | {"rr": 12}, "field 'rr' is unknown"),
        (NORMAL | {"pulse": "80"}, "pulse is not a number"),
        (NORMAL | {"pulse": True}, "pulse is not a number"),
        (b'{"pulse": Infinity}', "pulse is not a number"),
        (b'{"pulse": 1e999}', "pulse is 1E+999"),
        (NORMAL | {"on_oxygen": 1}, "on_oxygen is neither true nor false"),
        (NORMAL | {"spo2_scale": 3}, "spo2_scale is neither 1 nor 2"),
        (NORMAL | {"spo2_scale": True}, "spo2_scale is neither 1 nor 2"),
        (NORMAL | {"spo2_scale": None, "consciousness": "X"}, "consciousness is 'X'"),
        (NORMAL | {"consciousness": ["A"]}, "consciousness is"),
        (NORMAL | {"spo2": 208}, "spo2 is 208"),
    ],
)
def test_a_bad_line_is_answered_and_the_next_is_scored(line, error):
    answers, sound = ask(line, b"", NORMAL)
    assert not sound
    assert answers[0]["error"].startswith(error)
    assert answers[1]["total"] == 0


@given(
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from([*NORMAL]), st.none() | st.text() | st.floats()).map(
        lambda given_values: json.dumps(given_values).encode()
    )
)
def test_no_line_ends_it(line):
    answers, _ = ask(line.replace(b"\n", b" "), NORMAL)
    assert answers[-1]["total"] == 0


def test_the_command():
    done = subprocess.run(
        [Path(sys.executable).with_name("veilleuse"), "news2"],
        input=json.dumps(NORMAL | {"temperature": 39.1}) + "\nx\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["total"], first["risk"]) == (2, "low")
    assert "error" in second
    assert done.returncode == 1
