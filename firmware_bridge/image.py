"""A node's firmware image and what is checked before a wire is touched.

An image is two files: `node.json`, the manifest, and beside it the Intel HEX file that it names. The manifest says for which
board and hardware the image is, its version, the SHA-256 of the HEX file, and the range of protocol versions it speaks. The
hash finds a file that was cut off or exchanged; it is no signature, whoever may write both files may write any image.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from devices.errors import VeilleuseError

PROTOCOL = 1
"Major version of PROTOCOL.md that this host speaks."

LARGEST_FILE = 1 << 20
"Bytes; a HEX file of a node has 90 KB. Bounds what a wrong path makes us read."

SPAN_LIMIT = 1 << 18
"Bytes between an image's first and last address; bounds memory when two addresses lie far apart."


class ImageError(VeilleuseError):
    """An image is damaged, or not for this node."""


@dataclass(frozen=True, slots=True)
class Board:
    """A kind of node that can be updated."""

    part: str
    "avrdude's name of the microcontroller; it checks the chip's signature."
    flash: int
    "Bytes for the application: what the loader leaves."
    baudrate: int
    "Of the loader."


BOARDS = {"m328p": Board("m328p", 32768 - 512, 115200)}
"Optiboot has the last 512 of the ATmega328P's 32768 bytes."


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`node.json`."""

    board: str
    hw_rev: int
    version: str
    image: str
    "Name of the HEX file in the manifest's folder."
    sha256: str
    min_proto: int
    "Oldest major protocol version that the image speaks."
    proto: int
    "Newest one."


@dataclass(frozen=True, slots=True)
class Image:
    """A whole and fitting image."""

    manifest: Manifest
    hex: bytes
    "The HEX file, as it is handed to the loader's program."
    size: int
    "Bytes of flash from address 0 to the last."


@dataclass(frozen=True, slots=True)
class Target:
    """What a node says it is, as far as an image must fit it."""

    board: str
    hw_rev: int | None
    "`None`: it does not say."


def load_image(path: Path) -> Image:
    """Read a manifest and its HEX file, and check one against the other.

    Raises:
        ImageError: a file cannot be read, the hash differs, the HEX file is damaged, the board is unknown, the image does
            not fit its flash, or this host does not speak the image's protocol.
    """
    try:
        manifest = msgspec.json.decode(_read(path), type=Manifest)
    except msgspec.DecodeError as error:
        raise ImageError(f"{path}: {error}") from None
    if Path(manifest.image).name != manifest.image:
        raise ImageError(f"{path}: image {manifest.image!r} is not in the manifest's folder")
    data = _read(path.parent / manifest.image)
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest.sha256:
        raise ImageError(f"{manifest.image}: sha256 is {digest}, the manifest says {manifest.sha256}")
    _check_protocol(manifest)
    return Image(manifest, data, _check_size(manifest, data))


def check_target(image: Image, target: Target) -> None:
    """Check that an image is for this node.

    Raises:
        ImageError: it is for another board, or another revision of its hardware.
    """
    manifest = image.manifest
    if manifest.board != target.board:
        raise ImageError(f"image is for board {manifest.board!r}, the node is {target.board!r}")
    if target.hw_rev is not None and manifest.hw_rev != target.hw_rev:
        raise ImageError(
            f"image is for hardware revision {manifest.hw_rev}, the node has revision {target.hw_rev}"
        )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ImageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_FILE:
        raise ImageError(f"{path}: is larger than {LARGEST_FILE} bytes")
    return data


def _check_protocol(manifest: Manifest) -> None:
    if manifest.proto < PROTOCOL:
        raise ImageError(
            f"image {manifest.version} speaks protocol {manifest.proto} at most, this edge needs {PROTOCOL}"
        )
    if manifest.min_proto > PROTOCOL:
        raise ImageError(
            f"image {manifest.version} speaks protocol {manifest.min_proto} at least, this edge speaks {PROTOCOL}: "
            "update the edge first"
        )


def _check_size(manifest: Manifest, data: bytes) -> int:
    board = BOARDS.get(manifest.board)
    if board is None:
        raise ImageError(f"board {manifest.board!r} is not one of {', '.join(sorted(BOARDS))}")
    content = parse_hex(data)
    if not content:
        raise ImageError(f"{manifest.image}: holds no bytes")
    first, size = min(content), max(content) + 1
    if first != 0:
        raise ImageError(f"{manifest.image}: begins at {first:#x}, an application begins at 0")
    if size > board.flash:
        raise ImageError(f"{manifest.image}: needs {size} bytes, board {manifest.board!r} has {board.flash}")
    return size


def parse_hex(data: bytes) -> dict[int, int]:
    """Return the bytes of an Intel HEX file by their addresses.

    Raises:
        ImageError: a record is malformed, its checksum is wrong, or the end record is missing.
    """
    content: dict[int, int] = {}
    base = 0
    for number, line in enumerate(data.split(), 1):
        kind, address, payload = _record(line, number)
        if kind == 0:
            for offset, byte in enumerate(payload):
                content[base + address + offset] = byte
            if base + address + len(payload) > SPAN_LIMIT:
                raise ImageError(f"line {number}: address {base + address:#x} is in no flash")
        elif kind == 1:
            return content
        elif kind in (2, 4):
            if len(payload) != 2:
                raise ImageError(f"line {number}: an address record has {len(payload)} bytes, not 2")
            base = int.from_bytes(payload) << (4 if kind == 2 else 16)
        elif kind not in (3, 5):  # where execution starts: of no use to a node
            raise ImageError(f"line {number}: record type {kind} is unknown")
    raise ImageError("the end record is missing: the file was cut off")


def _record(line: bytes, number: int) -> tuple[int, int, bytes]:
    try:
        record = bytes.fromhex(line[1:].decode("ascii"))
    except ValueError:
        raise ImageError(f"line {number}: is not hexadecimal") from None
    if line[:1] != b":" or len(record) < 5 or len(record) != 5 + record[0]:
        raise ImageError(f"line {number}: is no whole record")
    if sum(record) & 0xFF:
        raise ImageError(f"line {number}: checksum is wrong")
    return record[3], int.from_bytes(record[1:3]), record[4:-1]
