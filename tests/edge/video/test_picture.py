"""The drawn room: its barcode survives a codec, its words and clock can be drawn."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.clock import BUILD_FLOOR
from edge.video.picture import BARCODE_HEIGHT, WORDS, RoomPicture, SkinPicture, read_stamp, stamp, text


@given(st.integers(0, 2**40))
def test_a_stamp_reads_back(milliseconds: int) -> None:
    luma = np.full((64, 320), 90, np.uint8)
    stamp(luma, milliseconds)
    assert read_stamp(luma) == milliseconds & 0xFFFFFFFF


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (1280, 720), (322, 242)])
def test_a_picture_has_its_size_and_its_time(size: tuple[int, int]) -> None:
    width, height = size
    luma, blue, red = RoomPicture(width, height).draw(BUILD_FLOOR)
    assert luma.shape == (height, width)
    assert blue.shape == red.shape == (height // 2, width // 2)
    assert read_stamp(luma) == BUILD_FLOOR // 1000 & 0xFFFFFFFF


def test_it_moves() -> None:
    picture = RoomPicture(640, 480)
    first, second = (picture.draw(BUILD_FLOOR + at)[0][BARCODE_HEIGHT:] for at in (0, 1_000_000))
    assert not np.array_equal(first, second)


def test_its_words_can_be_written() -> None:
    mask = text(WORDS, 2)
    assert mask.shape == (14, 2 * 6 * len(WORDS))
    assert mask.any()


def test_a_character_that_is_not_drawn_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("é", 1)


def test_the_stamp_survives_vp8_at_the_lowest_bit_rate() -> None:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 480, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 15), 60_000
    encoder.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0"}
    decoder = av.CodecContext.create("libvpx", "r")
    picture = RoomPicture(640, 480)
    for number in range(15):
        now = BUILD_FLOOR + number * 66_667
        frame = av.VideoFrame(640, 480, "yuv420p")
        for plane, values in zip(frame.planes, picture.draw(now), strict=True):
            plane.update(values.tobytes())
        frame.pts = number
        for packet in encoder.encode(frame):
            for seen in decoder.decode(packet):
                assert read_stamp(seen.to_ndarray()[:480]) == now // 1000 & 0xFFFFFFFF


def test_a_hand_camera_s_picture_carries_the_time_and_is_another() -> None:
    now = 1_800_000_000_123_000
    skin, room = SkinPicture(320, 240).draw(now), RoomPicture(320, 240).draw(now)
    assert read_stamp(skin[0]) == read_stamp(room[0]) == (now // 1000) & 0xFFFFFFFF
    assert skin[2].mean() > room[2].mean() + 10
    assert (SkinPicture(320, 240).draw(now + 750_000)[0][200:] != skin[0][200:]).any()
