import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import decode, nomenclature
from devices.decoders import serial
from devices.gatt.readings import CODECS

VECTORS = Path(__file__).parent.parent / "vectors"
GATT = json.loads((VECTORS / "gatt.json").read_text())
SERIAL = json.loads((VECTORS / "serial.json").read_text())
KINDS = ", ".join(sorted(decode.kinds()))


def ask(**request):
    return decode.answer(json.dumps(request).encode())


def expected(measurements):
    return [
        {"metric": m, "value": v, "unit": nomenclature.metric(m).unit, "flags": f} for m, v, f in measurements
    ]


@pytest.mark.parametrize("case", GATT["good"], ids=lambda case: f"{case['characteristic']} {case['hex']}")
def test_characteristic(case):
    answer = ask(kind="gatt", characteristic=case["characteristic"], hex=case["hex"])
    assert answer["ok"] is True
    assert answer["measurements"] == expected(case["measurements"])
    assert case["message"].items() <= answer["message"].items()


@pytest.mark.parametrize("case", GATT["bad"], ids=lambda case: f"{case['characteristic']} {case['hex']}")
def test_malformed_characteristic(case):
    answer = ask(kind="gatt", characteristic=case["characteristic"], hex=case["hex"])
    assert answer == {"ok": False, "error": case["error"]}


@pytest.mark.parametrize("case", SERIAL["good"], ids=lambda case: f"{case['protocol']}: {case['what']}")
def test_serial(case):
    answer = ask(kind="serial", protocol=case["protocol"], hex=case["hex"])
    assert answer["ok"] is True
    assert answer["measurements"] == expected(case["measurements"])
    assert (answer["count"], answer["skipped"]) == (case["count"], case["skipped"])
    assert len(answer["messages"]) == case["count"]


@pytest.mark.parametrize("case", SERIAL["bad"], ids=lambda case: f"{case['protocol']} {case['hex']}")
def test_malformed_serial(case):
    answer = ask(kind="serial", protocol=case["protocol"], hex=case["hex"])
    assert answer == {"ok": False, "error": case["error"]}


def test_values_without_fraction_are_printed_as_integers():
    """A line is compared as text by whoever greps it."""
    sink = io.StringIO()
    decode.run(io.BytesIO(b'{"kind":"gatt","characteristic":"2a5e","hex":"0061004800"}\n'), sink)
    assert '"value": 97,' in sink.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "2a37",
        "2A37",
        "0x2A37",
        "00002a37-0000-1000-8000-00805f9b34fb",
        "00002A37-0000-1000-8000-00805F9B34FB",
    ],
)
def test_every_way_to_write_a_characteristic(name):
    assert ask(kind="gatt", characteristic=name, hex="0048")["characteristic"] == "2a37"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"", "line is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            b"{",
            "line is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (b'"\xff"', "line is not UTF-8"),
        (b"[" * 100_000, None),
        (b"1" * 5000, None),
        (b"[1]", "line is not a JSON object"),
        (b"null", "line is not a JSON object"),
        (b"{}", "key 'kind' is missing"),
        (b'{"kind": 1}', "key 'kind' is not a string"),
        (b'{"kind": "radio"}', f"kind 'radio' is unknown; known are {KINDS}"),
        (b'{"kind": "\\ud800"}', f"kind '\\ud800' is unknown; known are {KINDS}"),
        (b'{"kind": "gatt"}', "key 'characteristic' is missing"),
        (b'{"kind": "gatt", "characteristic": "2a37"}', "key 'hex' is missing"),
        (b'{"kind": "gatt", "characteristic": "2a37", "hex": [0]}', "key 'hex' is not a string"),
        (
            b'{"kind": "gatt", "characteristic": "2a37", "hex": "004"}',
            "key 'hex' is not pairs of hexadecimal digits",
        ),
        (
            b'{"kind": "gatt", "characteristic": "2a37", "hex": "zz"}',
            "key 'hex' is not pairs of hexadecimal digits",
        ),
        (b'{"kind": "gatt", "characteristic": "2a3", "hex": "00"}', None),
        (b'{"kind": "serial", "hex": "00"}', "key 'protocol' is missing"),
    ],
)
def test_bad_line(line, error):
    answer = decode.answer(line)
    assert answer["ok"] is False
    assert answer["error"] if error is None else answer["error"] == error
    json.dumps(answer)


@given(st.binary(max_size=200))
def test_any_line_is_answered(line):
    assert decode.answer(line)["ok"] in {True, False}


@given(st.sampled_from(sorted(serial.PROTOCOLS)), st.binary(max_size=300))
def test_any_serial_bytes_are_answered(protocol, data):
    answer = ask(kind="serial", protocol=protocol, hex=data.hex())
    json.dumps(answer, allow_nan=False)
    if answer["ok"]:
        assert answer["skipped"] < len(data)


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=40))
def test_any_characteristic_value_is_answered(characteristic, data):
    answer = ask(kind="gatt", characteristic=characteristic, hex=data.hex())
    json.dumps(answer, allow_nan=False)
    assert answer["ok"] or answer["error"]


def test_one_line_out_per_line_in_whatever_its_length(monkeypatch):
    """A line that is too long costs one answer, and the next line is read as if nothing had been."""
    monkeypatch.setattr(decode, "MAX_LINE", 100)
    good = b'{"kind":"gatt","characteristic":"2a37","hex":"0048"}'
    lines = [good, b"x" * 100, b"x" * 101, b"x" * 1000, good + b" " * (100 - len(good)), good]
    sink = io.StringIO()
    decode.run(io.BytesIO(b"\n".join(lines)), sink)
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert [answer["ok"] for answer in answers] == [True, False, False, False, True, True]
    assert [answer.get("error", "")[:14] for answer in answers[1:4]] == [
        "line is not JS",
        "line is longer",
        "line is longer",
    ]


def test_a_long_line_may_end_the_input(monkeypatch):
    monkeypatch.setattr(decode, "MAX_LINE", 10)
    sink = io.StringIO()
    decode.run(io.BytesIO(b"x" * 22), sink)
    assert json.loads(sink.getvalue()) == {"ok": False, "error": "line is longer than 10 bytes"}


def test_a_long_capture_prints_each_change_and_bounds_its_messages():
    frames = bytes.fromhex("C540064861") * 3000 + bytes.fromhex("C540064862")
    answer = ask(kind="serial", protocol="contec-old", hex=frames.hex())
    assert answer["count"] == 3001
    assert len(answer["messages"]) == serial.MAX_MESSAGES
    saturations = [m["value"] for m in answer["measurements"] if m["metric"] == "spo2"]
    # 50 s at 60 frames/s: about once a second while nothing changes, and the change.
    assert 50 <= len(saturations) <= 57
    assert saturations == [97] * (len(saturations) - 1) + [98]


def test_the_command_answers_each_line_at_once():
    """A technician pipes a live capture through it: an answer must not wait for the end of the input."""
    command = [sys.executable, "-c", "from devices.cli import main; main()", "decode"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for line, ok in (
            (b"nonsense\n", False),
            (b'{"kind":"gatt","characteristic":"2a19","hex":"32"}\n', True),
        ):
            process.stdin.write(line)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["ok"] is ok
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait() == 0
