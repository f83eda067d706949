"""What goes over the data channel `vitals`, beside the picture. Its form is in `docs/calls.md`.

Texts are JSON: `{"type":"vitals","values":[{"metric","value","time","flags"}]}` , `{"type":"beat","time"}`
`{"type":"quality","rung","height","best"}` and `{"type":"extras","available","active","failed"}`; from the page
`{"type":"beat"}`. What else the two say to each other is in `edge.video.channel`.
Waveforms are binary, little-endian: octet 1, length of the metric's name (octet), samples' count (uint16), samples per
second (float32), scale (float32), time of the first sample in microseconds UTC (float64, exact), name in ASCII
padded with zeros to an even length, samples (int16).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from devices.measurement import Measurement, Reading, Waveform
from edge.video.ladder import Rung

WAVEFORM: Final = 1
_HEADER: Final = struct.Struct("<BBHffd")
MAX_SAMPLES: Final = 2048
"Samples in one message: 4 kB, so that it is seldom cut into packets and never lost for long."


class Latest(Protocol):
    """What `edge.latest.LatestReadings` offers."""

    @property
    def measurements(self) -> Mapping[str, Measurement]:
        """Newest measurement of each metric."""
        ...

    def subscribe(self, callback: Callable[[Reading], None]) -> Callable[[], None]:
        """Call back with every reading from now on; the result ends that."""
        ...


def values_message(measurements: Iterable[Measurement]) -> str:
    """Return the message that tells these values."""
    values = [
        {"metric": one.metric, "value": one.value, "time": one.time, "flags": one.flags.names()}
        for one in measurements
    ]
    return json.dumps({"type": "vitals", "values": values}, separators=(",", ":"))


def beat_message(now: int) -> str:
    """Return the heartbeat of a time (microseconds UTC)."""
    return json.dumps({"type": "beat", "time": now}, separators=(",", ":"))


def quality_message(rung: Rung, *, best: bool, failed: bool = False) -> str:
    """Return the message that tells how good a picture is sent.

    Args:
        rung: 0 lines is none.
        best: it is all that the camera has.
        failed: there is none because the camera ended.
    """
    told = {"type": "quality", "rung": rung.name, "height": rung.height, "best": best, "failed": failed}
    return json.dumps(told, separators=(",", ":"))


def extras_message(available: Iterable[str], active: Iterable[str], failed: str | None) -> str:
    """Return the message that tells which second devices the room has, which are open, and which did not open."""
    told = {"type": "extras", "available": list(available), "active": list(active), "failed": failed or ""}
    return json.dumps(told, separators=(",", ":"))


def waveform_messages(waveform: Waveform) -> list[bytes]:
    """Return the messages that tell a block, cut where it is long."""
    messages = []
    name = waveform.metric.encode("ascii")
    for start in range(0, len(waveform.samples), MAX_SAMPLES):
        samples = waveform.samples[start : start + MAX_SAMPLES]
        time = waveform.time + round(start / waveform.rate * 1_000_000)
        header = _HEADER.pack(WAVEFORM, len(name), len(samples), waveform.rate, waveform.scale, time)
        body = struct.pack(f"<{len(samples)}h", *samples)
        messages.append(header + name + bytes(len(name) % 2) + body)
    return messages


class VitalsFeed:
    """Collects what is new, so that one message tells all values of a quarter of a second."""

    def __init__(self, latest: Latest, send: Callable[[str | bytes], bool]) -> None:
        self._latest = latest
        self._send = send
        self._changed: dict[str, Measurement] = {}
        self._unsubscribe = latest.subscribe(self._take)
        self._told = 0

    def _take(self, reading: Reading) -> None:
        if isinstance(reading, Waveform):
            for message in waveform_messages(reading):
                self._send(message)
        elif isinstance(reading, Measurement) and not reading.stored:
            self._changed[reading.metric] = reading

    def flush(self, *, everything: bool) -> None:
        """Send what changed, or everything: the channel may lose messages, and a page may have come late."""
        values = dict(self._latest.measurements) if everything else self._changed
        if values and self._send(values_message(values.values())):
            self._changed = {}

    def close(self) -> None:
        """End."""
        self._unsubscribe()
