"""`veilleuse ecg` and `veilleuse ppg`: files in, one JSON object out, errors said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from devices.signal import cli
from tests.devices.signal.hearts import ecg, pleth, regular


def invoke(command: str, *arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(getattr(cli, command))
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("kind", ["counts.npy", "millivolts.npy", "millivolts.csv"])
def test_an_ecg_of_any_unit(tmp_path: Path, kind: str) -> None:
    times = regular(60.0, 0.75)
    signal = ecg(times, 60.0, 250.0)
    file = tmp_path / kind
    if kind == "counts.npy":
        np.save(file, (1024 + 200 * signal).astype(np.int16))
    elif kind == "millivolts.npy":
        np.save(file, signal.astype(np.float32))
    else:
        file.write_text("".join(f"{value:.4f}\n" for value in signal))
    status, out, _ = invoke("ecg", str(file), "--rate", "250")
    answer = json.loads(out)
    assert status == 0
    assert answer["heart_rate"] == 80.0
    assert answer["af"]["probability"] < 0.01
    assert answer["quality"] == 1.0
    assert np.abs(np.array(answer["r_peaks"]) / 250 - times).max() < 0.02


def test_a_pulse_wave(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", pleth(regular(60.0, 0.75), 60.0, 100.0))
    status, out, _ = invoke("ppg", str(tmp_path / "p.npy"), "--rate", "100")
    answer = json.loads(out)
    assert status == 0
    assert (answer["pulse_rate"], len(answer["peaks"])) == (80.0, regular(60.0, 0.75).size)


def test_what_is_withheld_is_null(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.npy", np.zeros(5000))
    _, out, _ = invoke("ecg", str(tmp_path / "flat.npy"), "--rate", "250")
    answer = json.loads(out)
    assert (answer["r_peaks"], answer["heart_rate"], answer["af"]["probability"]) == ([], None, None)
    assert answer["quality"] == 0.0
    _, out, _ = invoke("ppg", str(tmp_path / "flat.npy"), "--rate", "250")
    assert json.loads(out) == {"peaks": [], "pulse_rate": None, "respiration_rate": None, "quality": 0.0}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.npy", None, "cannot be read"),
        ("text.npy", b"hello", "something else than numbers"),
        ("empty.npy", b"", "cannot be read"),
        ("words.csv", b"1\ntwo\n", "something else than numbers"),
        ("bytes.csv", b"\xff\xfe\n", "something else than numbers"),
        ("nothing.csv", b"\n", "holds no number"),
        ("signal.txt", b"1\n", "neither .npy nor .csv"),
    ],
)
@pytest.mark.parametrize("command", ["ecg", "ppg"])
def test_a_bad_file_is_named(
    tmp_path: Path, command: str, name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, out, error = invoke(command, str(tmp_path / name), "--rate", "250")
    assert (status, out) == (1, "")
    assert words in error
    assert name in error


def test_a_table_is_no_signal_and_a_rate_has_bounds(tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", np.zeros((10, 2)))
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    np.save(tmp_path / "ok.npy", np.zeros(100))
    assert "2 dimensions" in invoke("ecg", str(tmp_path / "table.npy"), "--rate", "250")[2]
    assert "expected one of numbers" in invoke("ecg", str(tmp_path / "words.npy"), "--rate", "250")[2]
    status, _, error = invoke("ecg", str(tmp_path / "ok.npy"), "--rate", "5")
    assert (status, "sampling rate 5 Hz" in error) == (1, True)
