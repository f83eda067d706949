"""Kind `serial`: bytes captured from a wired sensor's line.

Each line is a capture of its own: a parser starts anew and takes its end for the capture's end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from devices.decoders.plain import measurements, plain
from devices.decoders.request import Request, data, text
from devices.errors import DecodeError
from devices.measurement import Reading
from devices.serial import (
    beurer,
    contec,
    contec_old,
    masimo,
    nonin_df2,
    nonin_df7,
    nonin_df13,
    nonin_second,
)

MAX_MESSAGES = 1000
"Messages printed of one serial line; measurements are printed of all."


class _Parser(Protocol):
    skipped: int
    rejected: int

    def feed(self, data: bytes) -> Any: ...

    def finish(self) -> Any: ...


class _Readings(Protocol):
    def take(self, messages: Any, now: int) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class Capture:
    """What reads a capture of one protocol."""

    parser: Callable[[], _Parser]
    readings: Callable[[], _Readings]


# In a capture a change is told at once and a repetition once a second of the sensor's own time.
PROTOCOLS: dict[str, Capture] = {
    "nonin-df1": Capture(nonin_second.Parser1, lambda: nonin_second.Readings("")),
    "nonin-df2": Capture(nonin_df2.Parser, lambda: nonin_df2.Readings("")),
    "nonin-df7": Capture(nonin_df7.Parser, lambda: nonin_df7.Readings("")),
    "nonin-df8": Capture(nonin_second.Parser8, lambda: nonin_second.Readings("")),
    "nonin-df13": Capture(nonin_df13.Parser, lambda: nonin_df13.Readings("")),
    "contec-old": Capture(contec_old.Parser, lambda: contec_old.Readings("", blanks=True)),
    "contec": Capture(contec.Parser, lambda: contec.Readings("", stored=True)),
    "masimo": Capture(masimo.Parser, lambda: masimo.Readings("")),
    "beurer-bm58": Capture(beurer.Parser, lambda: beurer.Readings("")),
}
"Serial protocols by the name that stands in a line and in edge.toml."


def decode(request: Request) -> dict[str, Any]:
    """Return what a capture says.

    Args:
        request: `protocol`, one of `PROTOCOLS`, and `hex`, the bytes.

    Raises:
        DecodeError: the request is malformed, the protocol unknown, or the capture holds no whole message.
    """
    name = text(request, "protocol")
    octets = data(request)
    protocol = PROTOCOLS.get(name.lower())
    if protocol is None:
        raise DecodeError(f"protocol {name[:60]!r} is unknown; known are {', '.join(PROTOCOLS)}")
    parser = protocol.parser()
    messages = [*parser.feed(octets), *parser.finish()]
    if not messages:
        raise DecodeError(f"{name.lower()} capture of {len(octets)} bytes holds no whole sound message")
    return {
        "measurements": measurements(protocol.readings().take(messages, 0)),
        "protocol": name.lower(),
        "messages": [plain(message) for message in messages[:MAX_MESSAGES]],
        "count": len(messages),
        "skipped": parser.skipped,
        "rejected": parser.rejected,
    }
