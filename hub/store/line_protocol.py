"""InfluxDB line protocol and Flux, as text. Pure.

Measurement `observation`: tags resident, metric, edge, sensor; fields `value` (float) and `flags` (integer); time in
microseconds. Measurement `waveform`: the same tags; fields `rate`, `scale` (float), `flags` (integer), `until`
(integer, microseconds), `samples` (string, base64). Tags and time are a point's identity in InfluxDB, so writing a
point again replaces it by itself. Nobody's resident is written as `-`, because InfluxDB has no empty tag value.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from hub.store.errors import StoreRefusedError
from hub.store.ports import Block, WaveformRow

NOBODY_TAG = "-"
"Tag value of nobody; no identifier may begin with `-`."

_BREAKS = str.maketrans({"\n": " ", "\r": " "})
"Line protocol cannot carry a line break in a tag at all."


def tag(value: str) -> str:
    """Escape a tag's value.

    Backslashes stand for themselves in tag values, but one at the end would swallow what follows.
    """
    text = value.translate(_BREAKS) or NOBODY_TAG
    if text.endswith("\\"):
        text += " "
    return text.replace(" ", "\\ ").replace(",", "\\,").replace("=", "\\=")


def untag(value: str) -> str:
    """Return what `tag` was given, as far as InfluxDB can keep it."""
    if value == NOBODY_TAG:
        return ""
    return value[:-1] if value.endswith("\\ ") else value


def observation_lines(blocks: Iterable[Block]) -> list[str]:
    """Return one line per observation.

    Raises:
        StoreRefusedError: a value is not finite, which InfluxDB has no way to keep.
    """
    lines = []
    for resident, edge, observations in blocks:
        head = f"observation,resident={tag(resident)},edge={tag(edge)}"
        for seen in observations:
            if seen.value - seen.value != 0:
                raise StoreRefusedError(
                    f"{seen.metric[:64]!r} of {edge!r} is {seen.value}, which is not finite"
                )
            lines.append(
                f"{head},metric={tag(seen.metric)},sensor={tag(seen.sensor)} "
                f"value={float(seen.value)!r},flags={seen.flags}i {seen.time}"
            )
    return lines


def waveform_lines(rows: Iterable[WaveformRow]) -> list[str]:
    """Return one line per block."""
    lines = []
    for row in rows:
        block = row.block
        until = block.time + round(len(row.samples) // 2 / block.rate * 1_000_000)
        samples = base64.b64encode(row.samples).decode()
        lines.append(
            f"waveform,resident={tag(row.resident)},edge={tag(row.edge)},metric={tag(block.metric)},"
            f"sensor={tag(block.sensor)} rate={block.rate!r},scale={float(block.scale)!r},"
            f'flags={block.flags}i,until={until}i,samples="{samples}" {block.time}'
        )
    return lines


def quoted(text: str) -> str:
    """Return a Flux string; what Flux would interpolate or end the string with is escaped."""
    escaped = text.translate(_BREAKS).replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


def _stored(text: str) -> str:
    """Return a tag's value as InfluxDB holds it, as a Flux string."""
    kept = text.translate(_BREAKS) or NOBODY_TAG
    return quoted(kept + " " if kept.endswith("\\") else kept)


def _time(microseconds: int) -> str:
    # A time literal would need a calendar; `time(v:)` takes nanoseconds since the epoch.
    return f"time(v: {microseconds * 1000})"


def _source(bucket: str, start: int, end: int, measurement: str, **tags: str) -> str:
    conditions = [f"r._measurement == {quoted(measurement)}"]
    conditions += [f"r.{name} == {_stored(value)}" for name, value in tags.items()]
    return (
        f"from(bucket: {quoted(bucket)})\n"
        f"  |> range(start: {_time(start)}, stop: {_time(end)})\n"
        f"  |> filter(fn: (r) => {' and '.join(conditions)})\n"
    )


def read_query(bucket: str, resident: str, metric: str, start: int, end: int) -> str:
    """Return the Flux that reads one metric of one resident: columns `_time`, `value`, `flags`, sorted by time."""
    return (
        _source(bucket, start, end, "observation", resident=resident, metric=metric)
        + '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n'
        + '  |> keep(columns: ["_time", "value", "flags"])\n'
        + "  |> group()\n"
        + '  |> sort(columns: ["_time"])\n'
    )


def latest_query(bucket: str, resident: str, end: int) -> str:
    """Return the Flux that reads the newest point of each of a resident's series."""
    return (
        _source(bucket, 0, end, "observation", resident=resident)
        + "  |> last()\n"
        + '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n'
        + '  |> keep(columns: ["_time", "value", "flags", "metric", "sensor", "edge"])\n'
        + "  |> group()\n"
    )


def waveform_query(bucket: str, resident: str, metric: str, start: int, end: int) -> str:
    """Return the Flux that reads the waveform blocks that begin in an interval."""
    return (
        _source(bucket, start, end, "waveform", resident=resident, metric=metric)
        + '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n'
        + '  |> keep(columns: ["_time", "rate", "scale", "flags", "until", "samples", "sensor"])\n'
        + "  |> group()\n"
        + '  |> sort(columns: ["_time"])\n'
    )


def count_query(bucket: str, resident: str | None, end: int) -> str:
    """Return the Flux that counts observations, of one resident or of everybody."""
    tags = {} if resident is None else {"resident": resident}
    return (
        _source(bucket, 0, end, "observation", **tags)
        + '  |> filter(fn: (r) => r._field == "value")\n'
        + "  |> group()\n"
        + "  |> count()\n"
    )
