"""An image that is not whole, or not for this node, is refused with the reason."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.image import Image, ImageError, Target, check_target, load_image, parse_hex

Files = dict[str, object]


def record(address: int, kind: int, data: bytes) -> bytes:
    body = bytes([len(data)]) + address.to_bytes(2) + bytes([kind]) + data
    return b":" + (body + bytes([-sum(body) & 0xFF])).hex().upper().encode() + b"\n"


END = record(0, 1, b"")
PROGRAM = record(0, 0, bytes(range(16))) + record(16, 0, bytes(range(8))) + END


def write(folder: Path, hex_file: bytes = PROGRAM, **changed: object) -> Path:
    (folder / "node.hex").write_bytes(hex_file)
    manifest: Files = {
        "board": "m328p",
        "hw_rev": 1,
        "version": "1.2.3",
        "image": "node.hex",
        "sha256": hashlib.sha256(hex_file).hexdigest(),
        "min_proto": 1,
        "proto": 1,
    }
    path = folder / "node.json"
    path.write_text(json.dumps({**manifest, **changed}))
    return path


def test_a_whole_image_is_taken(tmp_path: Path) -> None:
    image = load_image(write(tmp_path))
    assert isinstance(image, Image)
    assert image.size == 24
    assert image.manifest.version == "1.2.3"
    check_target(image, Target("m328p", 1))
    check_target(image, Target("m328p", None))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sha256": "0" * 64}, "the manifest says 0000"),
        ({"board": "toaster"}, "board 'toaster' is not one of m328p"),
        ({"proto": 0, "min_proto": 0}, "speaks protocol 0 at most, this edge needs 1"),
        ({"proto": 3, "min_proto": 2}, "update the edge first"),
        ({"image": "../node.hex"}, "is not in the manifest's folder"),
        ({"image": "other.hex"}, "cannot be read"),
        ({"hw_rev": "one"}, "Expected `int`"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, changed: Files, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        load_image(write(tmp_path, **changed))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target("microbit", 1), "for board 'm328p', the node is 'microbit'"),
        (Target("m328p", 2), "for hardware revision 1, the node has revision 2"),
    ],
)
def test_another_node_is_refused(tmp_path: Path, target: Target, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        check_target(load_image(write(tmp_path)), target)


@pytest.mark.parametrize(
    ("hex_file", "message"),
    [
        (record(0, 0, b"abcd"), "cut off"),
        (END, "holds no bytes"),
        (record(0x100, 0, b"abcd") + END, "begins at 0x100"),
        (record(0, 0, b"a") + record(0x7E00, 0, b"a") + END, "needs 32257 bytes, board 'm328p' has 32256"),
        (record(0, 0, b"abcd").replace(b"61", b"62") + END, "line 1: checksum is wrong"),
        (b":00", "no whole record"),
        (b"hello world\n", "not hexadecimal"),
        (b":0500000061\n", "no whole record"),
        (record(0, 9, b"") + END, "record type 9"),
        (record(0, 4, b"a") + END, "has 1 bytes, not 2"),
        (record(0, 4, b"\xff\xff") + record(0, 0, b"a") + END, "is in no flash"),
    ],
)
def test_a_damaged_hex_file_is_refused(tmp_path: Path, hex_file: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        load_image(write(tmp_path, hex_file))


def test_a_file_that_is_much_too_long_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "node.hex").write_bytes(b":" * (1 << 21))
    with pytest.raises(ImageError, match="larger than 1048576 bytes"):
        load_image(path)


def test_segments_and_start_addresses_are_understood() -> None:
    assert parse_hex(record(0, 2, b"\x10\x00") + record(4, 0, b"a") + record(0, 3, bytes(4)) + END) == {
        0x10004: 97
    }
    assert parse_hex(record(0, 4, b"\x00\x01") + record(0, 5, bytes(4)) + record(4, 0, b"a") + END) == {
        0x10004: 97
    }


@given(st.binary(max_size=200))
def test_any_bytes_are_an_image_or_refused(data: bytes) -> None:
    try:
        image = parse_hex(data)
    except ImageError:
        return
    assert all(0 <= address < 1 << 32 and 0 <= byte <= 255 for address, byte in image.items())


@given(st.dictionaries(st.integers(0, 0xFFF0), st.binary(min_size=1, max_size=16), max_size=8))
def test_what_was_written_is_read(blocks: dict[int, bytes]) -> None:
    content: dict[int, int] = {}
    for address, data in blocks.items():
        content.update({address + offset: byte for offset, byte in enumerate(data)})
    text = b"".join(record(address, 0, data) for address, data in blocks.items()) + END
    assert parse_hex(text) == content


@given(st.integers(0, len(PROGRAM.rstrip()) - 1), st.integers(0, 255))
def test_no_changed_character_passes_unseen(place: int, byte: int) -> None:
    """The checksum of each line, and the hash over all of them, stand against what a copy may do to a file."""
    changed = PROGRAM[:place] + bytes([byte]) + PROGRAM[place + 1 :]
    try:
        content = parse_hex(changed)
    except ImageError:
        return
    same = content == parse_hex(PROGRAM)
    assert same or hashlib.sha256(changed).digest() != hashlib.sha256(PROGRAM).digest()
