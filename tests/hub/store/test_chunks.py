from __future__ import annotations

import math
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store import chunks
from hub.store.errors import StoreError

TIMES = st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=60).map(sorted)
VALUES = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(2**52), 2**52).map(float),
    st.integers(-5000, 5000).map(lambda number: number / 10),
)


@st.composite
def parts(draw: st.DrawFn) -> tuple[list[int], list[float], list[int]]:
    times = draw(TIMES)
    size = len(times)
    values = draw(st.lists(VALUES, min_size=size, max_size=size))
    flags = draw(st.lists(st.integers(0, 0xFFFF), min_size=size, max_size=size))
    return times, values, flags


def columns(part: tuple[list[int], list[float], list[int]]) -> chunks.Part:
    times, values, flags = part
    return np.array(times, np.int64), np.array(values, np.float64), np.array(flags, np.int64)


@given(parts())
def test_points_come_back_bit_by_bit(part: tuple[list[int], list[float], list[int]]) -> None:
    times, values, flags = chunks.decode(chunks.encode(*columns(part)))
    assert times.tolist() == part[0]
    assert [struct.pack("<d", value) for value in values] == [struct.pack("<d", value) for value in part[1]]
    assert flags.tolist() == part[2]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_chunk_or_the_documented_error(body: bytes) -> None:
    _decoded_or_refused(body)


@given(st.data())
def test_damage_inside_the_stream_is_the_documented_error(data: st.DataObject) -> None:
    inner = data.draw(st.binary(max_size=120))
    _decoded_or_refused(b"\x01" + zlib.compress(inner))


def _decoded_or_refused(body: bytes) -> None:
    try:
        times, values, flags = chunks.decode(body)
    except StoreError:
        return
    assert len(times) == len(values) == len(flags)


@given(st.binary(max_size=400).filter(lambda raw: len(raw) % 2 == 0))
def test_samples_come_back(raw: bytes) -> None:
    assert chunks.decode_samples(chunks.encode_samples(raw)).astype("<i2").tobytes() == raw


def test_a_vital_sign_a_second_takes_few_bytes() -> None:
    random = np.random.default_rng(1)
    times = np.arange(600, dtype=np.int64) * 1_000_000 + random.integers(0, 30_000, 600)
    values = 70 + np.cumsum(random.integers(-1, 2, 600)).astype(np.float64)
    body = chunks.encode(np.sort(times), values, np.zeros(600, np.int64))
    assert len(body) / 600 < 4


@pytest.mark.parametrize("times", [[], [2, 1]])
def test_what_is_no_chunk_is_a_mistake_of_the_caller(times: list[int]) -> None:
    column = np.array(times, np.int64)
    with pytest.raises(ValueError):
        chunks.encode(column, column.astype(np.float64), column)


def test_minus_zero_and_infinity_are_kept() -> None:
    _, values, _ = chunks.decode(chunks.encode(*columns(([1, 2], [-0.0, math.inf], [0, 0]))))
    assert math.copysign(1, values[0]) == -1
    assert values[1] == math.inf
