"""Compressed columns: what a series' points and a waveform's samples are on the disk. Pure.

A chunk is one octet of format (1) and a zlib stream of: header `<IqqBBBB` (count, first time, smallest time step, width of
time steps, decimals of values or 255 for raw binary64, width of value steps, 1 if the flags differ), then time steps
less the smallest one, values and flags, each column with its octets sorted by significance, which zlib likes.
Values that are decimals with up to three places (nearly all vital signs) are steps between integers; all others keep
their binary64 form, so that every value comes back bit by bit.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from hub.store.columns import Part
from hub.store.errors import StoreError
from hub.store.ports import Floats, Ints

_FORMAT = b"\x01"
_HEADER = struct.Struct("<IqqBBBB")
_RAW = 255
_LEVEL = 6
MAX_POINTS = 1 << 16
"Most points of one chunk; bounds what a damaged header can ask for."
_EXACT = 2**53
"Integers beyond are not exact in binary64."

_Bytes = npt.NDArray[np.uint8]


def encode(times: Ints, values: Floats, flags: Ints) -> bytes:
    """Compress points that are sorted by time.

    Raises:
        ValueError: no points, too many, or not sorted.
    """
    count = times.size
    if not 0 < count <= MAX_POINTS:
        raise ValueError(f"chunk of {count} points, expected 1 to {MAX_POINTS}")
    steps = np.diff(times)
    least = int(steps.min()) if count > 1 else 0
    if least < 0:
        raise ValueError("points are not sorted by time")
    steps -= least
    step_width = _width(steps)
    decimals, numbers = _decimals(values)
    differ = bool((flags != flags[0]).any())
    value_width = 8 if decimals == _RAW else _width(numbers)
    stored = numbers if decimals == _RAW else numbers.astype(f"<i{value_width}")
    header = _HEADER.pack(count, int(times[0]), least, step_width, decimals, value_width, differ)
    body = [header, _shuffled(steps.astype(f"<i{step_width}")), _shuffled(stored)]
    body.append(_shuffled((flags if differ else flags[:1]).astype("<u2")))
    return _FORMAT + zlib.compress(b"".join(body), _LEVEL)


def decode(body: bytes) -> Part:
    """Return times, values and flags of a chunk.

    Raises:
        StoreError: the bytes are not a chunk.
    """
    data = _inflated(body)
    if len(data) < _HEADER.size:
        raise StoreError(f"chunk is damaged: {len(data)} bytes are no header")
    count, first, least, step_width, decimals, value_width, differ = _HEADER.unpack_from(data)
    flag_count = count if differ else 1
    expected = _HEADER.size + (count - 1) * step_width + count * value_width + flag_count * 2
    if len(data) != expected or not 0 < count <= MAX_POINTS or not {step_width, value_width} <= {1, 2, 4, 8}:
        raise StoreError(f"chunk is damaged: {len(data)} bytes, expected {expected} of {count} points")
    at = _HEADER.size
    steps = _unshuffled(data, at, count - 1, f"<i{step_width}").astype(np.int64) + least
    at += (count - 1) * step_width
    kind = "<f8" if decimals == _RAW else f"<i{value_width}"
    numbers = _unshuffled(data, at, count, kind)
    at += count * value_width
    flags = _unshuffled(data, at, flag_count, "<u2").astype(np.int64)
    times = np.empty(count, np.int64)
    times[0] = first
    np.cumsum(steps, out=times[1:])
    times[1:] += first
    if decimals == _RAW:
        values = numbers.astype(np.float64)
    else:
        values = np.cumsum(numbers.astype(np.int64)) / 10.0**decimals
    return times, values, flags if differ else np.full(count, flags[0])


def encode_samples(samples: bytes) -> bytes:
    """Compress signed 16-bit little-endian samples: the steps between them, which wrap around."""
    column = np.frombuffer(samples, "<i2")
    steps = np.diff(column, prepend=np.zeros(1, "<i2")).astype("<i2")
    return _FORMAT + zlib.compress(_shuffled(steps), 1)


def decode_samples(body: bytes) -> npt.NDArray[np.int16]:
    """Return the samples.

    Raises:
        StoreError: the bytes are not compressed samples.
    """
    data = _inflated(body)
    if len(data) % 2:
        raise StoreError("waveform is damaged: it ends inside a sample")
    steps = _unshuffled(data, 0, len(data) // 2, "<i2")
    return np.cumsum(steps, dtype=np.int16)


def _inflated(body: bytes) -> bytes:
    if body[:1] != _FORMAT:
        raise StoreError(f"chunk has format {body[:1].hex() or 'nothing'}, expected {_FORMAT.hex()}")
    try:
        return zlib.decompress(body[1:])
    except zlib.error as error:
        raise StoreError(f"chunk is damaged: {error}") from None


def _decimals(values: Floats) -> tuple[int, npt.NDArray[np.int64] | Floats]:
    """Return the number of decimals and the steps between integers; raw values where that is not exact."""
    # Minus zero and what is huge or not finite have no such integer.
    if (np.abs(values) < _EXACT / 1000).all() and not (np.signbit(values) & (values == 0)).any():
        for decimals in range(4):
            scaled = np.rint(values * 10.0**decimals)
            if (scaled / 10.0**decimals == values).all():
                numbers = scaled.astype(np.int64)
                numbers[1:] -= numbers[:-1].copy()
                return decimals, numbers
    return _RAW, values


def _width(numbers: npt.NDArray[np.int64] | Floats) -> int:
    if numbers.size == 0:
        return 1
    low, high = int(numbers.min()), int(numbers.max())
    return next(width for width in (1, 2, 4, 8) if -(1 << 8 * width - 1) <= low and high < 1 << 8 * width - 1)


def _shuffled(column: npt.NDArray[np.generic]) -> bytes:
    octets: _Bytes = np.ascontiguousarray(column).view(np.uint8)
    return octets.reshape(-1, column.itemsize).T.tobytes()


def _unshuffled(data: bytes, at: int, count: int, kind: str) -> npt.NDArray[np.generic]:
    width = np.dtype(kind).itemsize
    octets = np.frombuffer(data, np.uint8, count * width, at)
    return np.ascontiguousarray(octets.reshape(width, count).T).view(kind).reshape(count)
