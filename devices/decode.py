"""`veilleuse decode`: what captured sensor traffic says, one JSON line out for each JSON line in.

In:   {"kind": "gatt", "characteristic": "2a37", "hex": "1e55..."}
      {"kind": "serial", "protocol": "nonin-df2", "hex": "0181..."}
Out:  {"ok": true, "measurements": [{"metric", "value", "unit", "flags"}], "message": {...}}           for gatt
      {"ok": true, "measurements": [...], "messages": [...], "skipped": 0, "rejected": 0}              for serial
      {"ok": false, "error": "..."}

A technician's tool: it prints what the bytes say, implausible values flagged and not hidden, and no line ends it. Each line
is a capture of its own: a serial parser starts anew and takes its end for the capture's end.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol, TextIO

from devices import nomenclature
from devices.errors import DecodeError
from devices.gatt import readings as gatt
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import RR_PER_SECOND, HeartRateMeasurement
from devices.gatt.thermometer import Site, TemperatureMeasurement
from devices.ieee11073 import Float, SFloat
from devices.measurement import Measurement, Reading
from devices.serial import contec, contec_old, nonin_df2, nonin_df13

MAX_LINE = 1 << 22
"Longest line in bytes, an hour of the fastest sensor in hexadecimal; a longer one is passed over without being kept."

MAX_MESSAGES = 1000
"Messages printed of one serial line; measurements are printed of all."


class _Parser(Protocol):
    skipped: int
    rejected: int

    def feed(self, data: bytes) -> Any: ...

    def finish(self) -> Any: ...


class _Readings(Protocol):
    def take(self, messages: Any, now: int) -> list[Reading]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class _Protocol:
    parser: Callable[[], _Parser]
    readings: Callable[[], _Readings]


# In a capture a change is told at once and a repetition once a second of the sensor's own time.
PROTOCOLS: dict[str, _Protocol] = {
    "nonin-df2": _Protocol(nonin_df2.Parser, lambda: nonin_df2.Readings("")),
    "nonin-df13": _Protocol(nonin_df13.Parser, lambda: nonin_df13.Readings("")),
    "contec-old": _Protocol(contec_old.Parser, lambda: contec_old.Readings("", blanks=True)),
    "contec": _Protocol(contec.Parser, lambda: contec.Readings("", stored=True)),
}
"Serial protocols by the name that stands in a line and in edge.toml."


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
        return {"ok": True, **_decoded(_request(line))}
    except DecodeError as error:
        return {"ok": False, "error": str(error)}


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, `None` for each that is longer than `MAX_LINE`: memory stays bounded whatever is piped in."""
    while line := source.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE + 1)
        yield None


def _request(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except UnicodeDecodeError:
        raise DecodeError("line is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"line is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise DecodeError("line is not a JSON object")
    return request


def _text(request: dict[str, Any], key: str) -> str:
    if key not in request:
        raise DecodeError(f"key {key!r} is missing")
    value = request[key]
    if not isinstance(value, str):
        raise DecodeError(f"key {key!r} is not a string")
    return value


def _data(request: dict[str, Any]) -> bytes:
    digits = _text(request, "hex")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise DecodeError("key 'hex' is not pairs of hexadecimal digits") from None


def _decoded(request: dict[str, Any]) -> dict[str, Any]:
    kind = _text(request, "kind")
    if kind == "gatt":
        return _gatt(_text(request, "characteristic"), _data(request))
    if kind == "serial":
        return _serial(_text(request, "protocol"), _data(request))
    raise DecodeError(f"kind {kind[:60]!r} is unknown; known are gatt, serial")


def _gatt(characteristic: str, data: bytes) -> dict[str, Any]:
    message = gatt.parse(characteristic, data)
    return {
        "measurements": _measurements(gatt.message_readings(message, "", 0)),
        "characteristic": gatt.short_uuid(characteristic),
        "message": _plain(message),
    }


def _serial(name: str, data: bytes) -> dict[str, Any]:
    protocol = PROTOCOLS.get(name.lower())
    if protocol is None:
        raise DecodeError(f"protocol {name[:60]!r} is unknown; known are {', '.join(PROTOCOLS)}")
    parser = protocol.parser()
    messages = [*parser.feed(data), *parser.finish()]
    if not messages:
        raise DecodeError(f"{name.lower()} capture of {len(data)} bytes holds no whole sound message")
    return {
        "measurements": _measurements(protocol.readings().take(messages, 0)),
        "protocol": name.lower(),
        "messages": [_plain(message) for message in messages[:MAX_MESSAGES]],
        "count": len(messages),
        "skipped": parser.skipped,
        "rejected": parser.rejected,
    }


def _measurements(readings: list[Reading]) -> list[dict[str, Any]]:
    return [
        {
            "metric": reading.metric,
            "value": _number(reading.value),
            "unit": nomenclature.metric(reading.metric).unit,
            "flags": reading.flags.names(),
        }
        for reading in readings
        if isinstance(reading, Measurement)
    ]


def _number(value: float) -> float | int:
    """Return 72 for 72.0: what has no fraction is printed without one."""
    return int(value) if value == int(value) else value


def _plain(value: object) -> Any:
    """Return a message as JSON can say it."""
    match value:
        case SFloat() | Float():
            return str(value) if value.value is None else _number(float(value.value))
        case DateTime():
            return {"text": str(value), "problem": value.problem, **dataclasses.asdict(value)}
        case enum.IntFlag():
            return {
                "raw": int(value),
                "bits": [(flag.name or "").lower() for flag in type(value) if flag in value],
            }
        case bytes():
            return value.hex()
        case tuple():
            return [_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return {"type": type(value).__name__, **fields, **_derived(value)}
        case _:
            return value


def _derived(message: object) -> dict[str, Any]:
    """Return what a reader would otherwise compute by hand."""
    match message:
        case TemperatureMeasurement(site=int(site)):
            named = site in set(Site)
            return {"site_name": Site(site).name.lower() if named else f"reserved {site}"}
        case HeartRateMeasurement(rr_intervals=ticks) if ticks:
            return {"rr_seconds": [round(tick / RR_PER_SECOND, 4) for tick in ticks]}
        case _:
            return {}
