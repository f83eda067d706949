"""`veilleuse decode`: what captured sensor traffic says, one JSON line out for each JSON line in.

In:   {"kind": "gatt", "characteristic": "2a37", "hex": "1e55..."}
      {"kind": "serial", "protocol": "nonin-df2", "hex": "0181..."}
      {"kind": "advertisement", "service_data": {"fcd2": "4002ca..."}, "manufacturer_data": {}, "name": "", "address": ""}
      {"kind": "node", ...}: what goes over a room node's line, if the room's package is installed
Out:  {"ok": true, "measurements": [{"metric", "value", "unit", "flags"}], "message": {...}}
      {"ok": true, "measurements": [...], "messages": [...], "skipped": 0, "rejected": 0}              for serial
      {"ok": false, "error": "..."}

A technician's tool: it prints what the bytes say, implausible values flagged and not hidden, and no line ends it. Kinds are
found by the entry points of `GROUP`: a function takes the request and returns what goes into the answer, or raises
`DecodeError`. So a folder above this one adds a kind of its own, and this one imports none of them.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, TextIO

from devices.decoders.request import Request, text
from devices.errors import DecodeError

GROUP = "veilleuse.decoders"
"Entry-point group; the name is the kind."

MAX_LINE = 1 << 22
"Longest line in bytes, an hour of the fastest sensor in hexadecimal; a longer one is passed over without being kept."

Decoder = Callable[[Request], dict[str, Any]]


def decode() -> None:
    """Decode captured sensor traffic: JSON lines on standard input, one JSON line out for each."""
    run(sys.stdin.buffer, sys.stdout)


def run(source: BinaryIO, sink: TextIO) -> None:
    """Answer every line of `source` on `sink`, each as soon as it is read."""
    for line in _lines(source):
        sink.write(json.dumps(answer(line), ensure_ascii=True, allow_nan=False) + "\n")
        sink.flush()


def answer(line: bytes | None) -> dict[str, Any]:
    """Return the answer to one line; `None` stands for one that was too long to read."""
    if line is None:
        return {"ok": False, "error": f"line is longer than {MAX_LINE} bytes"}
    try:
        request = _request(line)
        return {"ok": True, **_decoder(text(request, "kind"))(request)}
    except DecodeError as error:
        return {"ok": False, "error": str(error)}


@functools.cache
def kinds() -> dict[str, importlib.metadata.EntryPoint]:
    """Return the kinds that are installed, by name."""
    return {found.name: found for found in importlib.metadata.entry_points(group=GROUP)}


@functools.cache
def _loaded(kind: str) -> Decoder:
    found: Decoder = kinds()[kind].load()
    return found


def _decoder(kind: str) -> Decoder:
    if kind not in kinds():
        raise DecodeError(f"kind {kind[:60]!r} is unknown; known are {', '.join(sorted(kinds()))}")
    return _loaded(kind)


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, `None` for each that is longer than `MAX_LINE`: memory stays bounded whatever is piped in."""
    while line := source.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE + 1)
        yield None


def _request(line: bytes) -> Request:
    try:
        request = json.loads(line)
    except UnicodeDecodeError:
        raise DecodeError("line is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"line is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise DecodeError("line is not a JSON object")
    return request
