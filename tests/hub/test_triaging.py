"""`veilleuse triage`: lines in, lines out."""

import io
import json
import subprocess
import sys

from hub.triaging import run, summary, triage
from tests.hub.acts.triage.asking import RULES


def ask(*lines):
    sink = io.StringIO()
    sound = run(
        RULES, [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines], sink
    )
    return [json.loads(line) for line in sink.getvalue().splitlines()], sound


def test_each_line_has_its_answer():
    answers, sound = ask({"answers": {"stroke": "yes"}}, b"  \n", {"motif": "choking"})
    assert sound
    assert [each["outcome"] for each in answers] == ["EMERGENCY", "EMERGENCY"]
    assert [each["priority"] for each in answers] == ["P0", "P0"]  # the rest of rows 1 and 2 is unknown


def test_a_wrong_line_ends_nothing():
    answers, sound = ask(b"{", {"motif": "knee"}, b"[" * 100_000, b"\xff", {"vitals": {"spo2": 97}})
    assert not sound
    assert ["error" in each for each in answers] == [True, True, True, True, False]


def test_the_summary_says_who_answers_for_the_rules():
    assert "signed by nobody" in summary(RULES)
    assert f"{len(RULES.rules)} rules" in summary(RULES)


def test_the_command(tmp_path):
    wrong = tmp_path / "own.toml"
    wrong.write_text("version = 3\n")
    code = "from devices.cli import main; main()"
    for arguments, given, status, said in (
        ([], '{"answers": {"arrest": "yes"}}\n{\n', 1, '"outcome": "EMERGENCY"'),
        (["--rules", str(wrong), "--check"], "", 2, "own.toml"),
    ):
        command = [sys.executable, "-c", code, "triage", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, said in done.stdout + done.stderr) == (status, True)


def test_a_file_is_only_checked(capsys):
    triage(check=True)
    assert "21 motifs" in capsys.readouterr().out
