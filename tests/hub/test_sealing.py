"""A box opens for this hub alone, and only where it was put."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sealing import SealError, Sealing

HERE, THERE = "wound/one", "wound/two"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_goes_in_comes_out(content: bytes, place: str) -> None:
    sealing = Sealing(bytes(32))
    box = sealing.close(place, content)
    assert Sealing(bytes(32)).open(place, box) == content
    assert sealing.close(place, content) != box


@given(st.integers(0, 40), st.integers(1, 255))
def test_a_box_that_was_touched_moved_or_is_anothers_stays_closed(at: int, by: int) -> None:
    box = bytearray(Sealing(bytes(32)).close(HERE, b"a picture"))
    with pytest.raises(SealError, match="wound/two"):
        Sealing(bytes(32)).open(THERE, bytes(box))
    with pytest.raises(SealError):
        Sealing(b"\x01" * 32).open(HERE, bytes(box))
    box[at % len(box)] ^= by
    with pytest.raises(SealError):
        Sealing(bytes(32)).open(HERE, bytes(box))


@given(st.binary(max_size=40))
def test_any_bytes_are_no_box(box: bytes) -> None:
    with pytest.raises(SealError):
        Sealing(bytes(32)).open(HERE, box)
