"""The two codecs against the golden frames, against each other, and against the libraries' own cases."""

from __future__ import annotations

import binascii
import json
import random
import subprocess
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cobs import cobs

from firmware_bridge import messages
from firmware_bridge.descriptor import Descriptor
from firmware_bridge.frames import LIMIT, Deframer, Frame, FrameError, Verdict
from tests.firmware_bridge.host_board import CORE, SANITIZED, TARGET, compile_c
from tests.firmware_bridge.line import Faults, Line

VECTORS = json.loads((TARGET.parent / "vectors" / "frames.json").read_text())


@pytest.fixture(scope="session")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codec")
    return compile_c([*CORE, TARGET / "host" / "codec.c"], folder / "codec", "-O1", *SANITIZED)


def c_decode(codec: Path, data: bytes, limit: int = LIMIT) -> list[str]:
    done = subprocess.run([codec, "decode", str(limit)], input=data, capture_output=True, check=True)
    return done.stdout.decode().split("\n")[:-1]


def c_encode(codec: Path, frames: list[Frame]) -> list[bytes]:
    lines = [f"{f.type} {f.flags} {f.seq} {f.t_us} {f.payload.hex() or '-'}\n" for f in frames]
    done = subprocess.run([codec, "encode"], input="".join(lines).encode(), capture_output=True, check=True)
    return [bytes.fromhex(line) for line in done.stdout.decode().split()]


def py_decode(data: bytes) -> list[str]:
    """Verdicts in their order, as the filter prints them."""
    deframer = Deframer()
    lines = []
    before = dict(deframer.counts)
    for at in range(len(data)):
        lines += ["frame " + covered(frame).hex() for frame in deframer.feed(data[at : at + 1])]
        if deframer.counts != before:
            lines += [verdict.value for verdict in Verdict if deframer.counts[verdict] != before[verdict]]
            before = dict(deframer.counts)
    return lines


def covered(frame: Frame) -> bytes:
    return cobs.decode(bytes(frame)[1:-1])[:-4]


def frames(seed: int, count: int) -> list[Frame]:
    chance = random.Random(seed)
    return [
        Frame(
            chance.randrange(256),
            chance.randbytes(chance.randrange(81)) if chance.random() < 0.7 else bytes(chance.randrange(81)),
            chance.randrange(1 << 16),
            chance.choice((0, chance.randrange(1 << 32), 0xFFFF_FFFF)),
            chance.randrange(16),
        )
        for _ in range(count)
    ]


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("row", VECTORS["good"], ids=lambda row: row["name"])
def test_golden_frame(row: dict[str, Any], codec: Path) -> None:
    wire = bytes.fromhex(row["wire"])
    (frame,) = Deframer().feed(wire)
    assert (frame.type, frame.seq, frame.t_us, frame.flags) == (
        row["type"],
        row["seq"],
        row["t_us"],
        row["flags"],
    )
    assert frame.payload.hex() == row["payload"]
    message = (messages.from_node if frame.type & 0x80 else messages.from_host)(frame)
    assert type(message).__name__ == row["message"]
    assert {name: plain(getattr(message, name)) for name in row["fields"]} == row["fields"]
    assert bytes(message) == frame.payload
    assert bytes(frame) == wire
    assert c_encode(codec, [frame]) == [wire]
    assert c_decode(codec, wire) == ["frame " + covered(frame).hex()]


@pytest.mark.parametrize("row", VECTORS["bad"], ids=lambda row: row["name"])
def test_golden_refusal(row: dict[str, Any], codec: Path) -> None:
    wire = bytes.fromhex(row["wire"])
    deframer = Deframer()
    assert deframer.feed(wire) == []
    assert {verdict: count for verdict, count in deframer.counts.items() if count} == {row["verdict"]: 1}
    assert c_decode(codec, wire) == [row["verdict"]]


def test_golden_descriptor() -> None:
    data = bytes.fromhex(VECTORS["descriptor"])
    descriptor = Descriptor.parse(data)
    assert bytes(descriptor) == data
    assert (descriptor.board, descriptor.firmware, descriptor.ppm) == ("m328p", "1.0.0", 100)
    assert [stream.rate for stream in descriptor.streams] == [250, 100, 0.2]


def test_both_encode_alike(codec: Path) -> None:
    sent = frames(1, 20_000)
    wires = [bytes(frame) for frame in sent]
    assert c_encode(codec, sent) == wires
    deframer = Deframer()
    assert deframer.feed(b"".join(wires)) == sent
    assert deframer.rejected == 0
    assert c_decode(codec, b"".join(wires)) == ["frame " + covered(frame).hex() for frame in sent]


@pytest.mark.parametrize(
    "faults",
    [Faults(flip=2e-3), Faults(drop=1e-3, insert=1e-3), Faults(burst=2e-3), Faults(0.01, 0.01, 0.01, 2e-3)],
    ids=["flips", "drops and inserts", "bursts", "all"],
)
def test_both_judge_noise_alike(codec: Path, faults: Faults) -> None:
    clean = b"".join(bytes(frame) for frame in frames(2, 5000))
    noisy = Line(faults, 3).carry(clean)
    ours = py_decode(noisy)
    assert c_decode(codec, noisy) == ours
    counted = Counter(line.split()[0] for line in ours)
    assert counted["frame"] > 300
    assert counted["bad_crc"] > 50
    assert counted["bad_cobs"] > 50


@pytest.mark.parametrize("zeros", [0.002, 0.02, 0.2])
def test_both_judge_random_bytes_alike(codec: Path, zeros: float) -> None:
    chance = random.Random(zeros)
    data = bytes(0 if chance.random() < zeros else chance.randrange(256) for _ in range(200_000))
    ours = py_decode(data)
    assert c_decode(codec, data) == ours
    assert len(ours) > 100


def test_chunks_make_no_difference() -> None:
    noisy = Line(Faults(5e-3, 5e-3, 5e-3, 1e-3), 4).carry(b"".join(bytes(frame) for frame in frames(5, 500)))
    whole, pieces = Deframer(), Deframer()
    chance = random.Random(6)
    expected = whole.feed(noisy)
    found = []
    while noisy:
        cut = chance.randrange(1, 300)
        found += pieces.feed(noisy[:cut])
        noisy = noisy[cut:]
    assert found == expected
    assert pieces.counts == whole.counts


def test_cases_of_the_libraries(cases: Path, codec: Path) -> None:
    rows = json.loads((cases / "framing_crc_cobs.json").read_text())["cases"]
    tried: Counter[str] = Counter()
    for row in rows:
        data = bytes.fromhex(row["input_hex"])
        match row["kind"]:
            case "cobs":
                assert cobs.encode(data).hex() == row["expected_hex"], row["id"]
                assert cobs.decode(bytes.fromhex(row["expected_hex"])) == data, row["id"]
            case "cobs_decode_error":
                with pytest.raises(cobs.DecodeError):
                    cobs.decode(data)
                if data and 0 not in data:
                    with pytest.raises(FrameError) as caught:
                        Frame.parse(data)
                    assert caught.value.verdict is Verdict.BAD_COBS
                    assert c_decode(codec, b"\0" + data + b"\0") == ["bad_cobs"]
            case "crc":
                crc = _library_crc(row)
                if crc is None:
                    continue
                assert crc == row["expected"], row["id"]
        tried[row["kind"]] += 1
    assert tried["cobs"] > 0
    assert tried["cobs_decode_error"] > 0
    assert tried["crc"] > 0


def _library_crc(row: dict[str, Any]) -> int | None:
    """The CRC by the standard library, for the kinds that it has."""
    data = bytes.fromhex(row["input_hex"])
    kind = (row["width"], row["poly"], row["init"], row["refin"], row["xorout"])
    match kind:
        case (32, "0x4c11db7", "0xffffffff", True, "0xffffffff"):
            assert binascii.crc32(data) == zlib.crc32(data)
            return zlib.crc32(data)
        case (16, "0x1021", start, False, "0x0"):
            return binascii.crc_hqx(data, int(start, 16))
        case _:
            return None


def test_check_value() -> None:
    assert zlib.crc32(b"123456789") == 0xCBF43926
