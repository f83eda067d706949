"""What is a JPEG, and what only says so."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from hub.consult.jpeg import MAX_BYTES, MAX_SIDE, JpegError, bare, size_of
from tests.hub.consult.pictures import jpeg, segment

START, END = b"\xff\xd8", b"\xff\xd9"


@pytest.mark.parametrize("frame", [0xC0, 0xC1, 0xC2])
def test_a_picture_says_its_size(frame: int) -> None:
    assert size_of(jpeg(640, 480, frame=frame)) == (640, 480)


def test_fill_bytes_and_markers_alone_are_passed() -> None:
    picture = jpeg(12, 34)
    assert size_of(START + b"\xff\xff\xff\x01" + picture[2:]) == (12, 34)
    assert size_of(picture + b"\x00\x00") == (12, 34)


@pytest.mark.parametrize(
    ("image", "violation"),
    [
        (b"", "does not begin"),
        (b"\x89PNG" + END, "does not begin"),
        (jpeg(640, 480)[:-2], "cut short"),
        (START + END, "no frame header"),
        (START + segment(0xDA, b"") + END, "no frame header"),
        (START + b"\xff\xe0\x00\x01" + END, "segment of 1 bytes"),
        (START + b"\x00\x00\x00\x00" + END, "no marker"),
        (START + segment(0xC0, b"\x08") + END, "frame header"),
        (START + b"\xff\xc0\x00\x11\x08\x00" + END, "cut short in its frame header"),
        (jpeg(0, 480), "0 x 480"),
        (jpeg(640, MAX_SIDE + 1), f"640 x {MAX_SIDE + 1}"),
        (jpeg(8, 8, size=MAX_BYTES + 1), "bytes, at most"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(image: bytes, violation: str) -> None:
    with pytest.raises(JpegError, match=violation):
        size_of(image)


@given(st.integers(1, MAX_SIDE), st.integers(1, MAX_SIDE))
def test_every_size_is_read(width: int, height: int) -> None:
    assert size_of(jpeg(width, height)) == (width, height)


@given(st.binary(max_size=200).map(lambda inner: START + inner + END))
@example(START + b"\xff" * 50 + END)
@example(START + b"\xff\xc0" + END)
def test_any_bytes_have_a_size_or_the_one_error(image: bytes) -> None:
    try:
        width, height = size_of(image)
    except JpegError:
        return
    assert 0 < width <= MAX_SIDE
    assert 0 < height <= MAX_SIDE


def test_a_real_encoders_picture_is_read() -> None:
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = 320, 240, "yuvj420p"
    codec.time_base = Fraction(1, 25)
    frame = av.VideoFrame(320, 240, "yuvj420p")
    made = io.BytesIO()
    for packet in (*codec.encode(frame), *codec.encode(None)):
        made.write(bytes(packet))
    assert size_of(made.getvalue()) == (320, 240)


def test_what_a_file_says_beside_its_picture_is_not_kept() -> None:
    """Place, time, thumbnail and comment are gone; header, tables and samples are the same bytes."""
    picture = jpeg(640, 480, size=500)
    said = (
        segment(0xE1, b"Exif\x00\x00 48.1 N 1.7 W")
        + segment(0xFE, b"chambre 12")
        + segment(0xED, b"thumbnail")
    )
    colours = segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01")
    came = START + b"\xff" + said + colours + picture[2:]
    kept = bare(came)
    plain = picture[2:].replace(segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), b"")
    assert kept == START + b"\xff" + colours + plain
    assert size_of(kept) == size_of(came) == (640, 480)
    assert bare(kept) == kept


def test_a_bare_picture_has_the_same_pixels() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x010E] = "Jeanne, chambre 12"
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", exif=exif, comment=b"made here")
    kept = bare(file.getvalue())
    assert b"chambre 12" in file.getvalue()
    assert b"chambre 12" not in kept
    assert b"made here" not in kept
    with Image.open(io.BytesIO(file.getvalue())) as before, Image.open(io.BytesIO(kept)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))


@given(st.binary(max_size=200).map(lambda inner: START + inner + END))
@example(START + b"\xff" * 50 + END)
@example(START + b"\xff\xc0" + END)
def test_any_bytes_are_made_bare_or_the_one_error(image: bytes) -> None:
    try:
        kept = bare(image)
    except JpegError:
        return
    assert len(kept) <= len(image)
    assert bare(kept) == kept
