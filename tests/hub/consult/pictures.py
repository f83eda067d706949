"""JPEG files as far as their header goes: what samples they hold matters to nobody here."""

from __future__ import annotations


def segment(marker: int, body: bytes) -> bytes:
    """Return one segment with its length."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(width: int, height: int, *, size: int = 0, frame: int = 0xC0) -> bytes:
    """Return a picture of at least `size` bytes whose header says so many pixels."""
    header = bytes((8,)) + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    before = (
        b"\xff\xd8" + segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + segment(frame, header)
    )
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    return before + scan + b"\x11" * max(0, size - len(before) - len(scan) - 2) + b"\xff\xd9"
