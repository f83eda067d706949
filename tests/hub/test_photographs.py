"""A photograph is written anew: upright, bounded, without what a telephone writes beside it; or refused with its figures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from hub import photographs
from hub.photographs import KEPT_SIDE, PhotographError, take
from tests.hub.photos import SIZE, WOUND, jpeg, picture, telling


def seen(file: bytes) -> Image.Image:
    with Image.open(io.BytesIO(file)) as opened:
        opened.load()
        return opened


def test_what_a_telephone_tells_is_gone_and_the_file_is_proved() -> None:
    file = jpeg(exif=telling())
    with Image.open(io.BytesIO(file)) as before:
        assert before.getexif().get_ifd(0x8825)[1] == "N"
    kept = take(file)
    after = seen(kept.jpeg)
    assert (dict(after.getexif()), "exif" in after.info, "icc_profile" in after.info) == ({}, False, False)
    assert b"Telephone" not in kept.jpeg
    assert len(kept.digest) == 64
    assert (kept.width, kept.height) == SIZE
    # What is written is a picture like any other: read again it passes again.
    again = take(kept.jpeg)
    assert again.digest != kept.digest
    assert again.sharpness == pytest.approx(kept.sharpness, rel=0.2)


def test_a_picture_that_was_taken_sideways_stands_upright() -> None:
    kept = take(jpeg(picture().transpose(Image.Transpose.ROTATE_90), exif=telling(orientation=6)))
    assert (kept.width, kept.height) == SIZE
    assert seen(kept.jpeg).getpixel((800, 550)) == pytest.approx(WOUND, abs=12)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_forms_become_jpeg(form: str) -> None:
    file = io.BytesIO()
    made = picture().convert("RGBA")
    made.putalpha(255)
    made.save(file, form)
    kept = take(file.getvalue())
    assert seen(kept.jpeg).format == "JPEG"


def test_a_palette_is_no_obstacle() -> None:
    file = io.BytesIO()
    picture().quantize(64).save(file, "PNG")
    assert take(file.getvalue()).width == SIZE[0]


def test_a_large_picture_is_kept_at_a_bounded_size() -> None:
    kept = take(jpeg(picture((4000, 3000))))
    assert (kept.width, kept.height) == (KEPT_SIDE, KEPT_SIDE * 3 // 4)


def test_a_red_stays_the_same_red() -> None:
    plain = take(jpeg())
    with_profile = take(jpeg(icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()))
    damaged = take(jpeg(icc_profile=b"no profile at all"))
    for kept in (with_profile, damaged):
        assert seen(kept.jpeg).getpixel((800, 550)) == pytest.approx(
            seen(plain.jpeg).getpixel((800, 550)), abs=3
        )


def header(width: int, height: int) -> bytes:
    """Return a picture whose header says more than it holds."""
    file = bytearray(jpeg())
    at = file.index(b"\xff\xc0")
    file[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(file)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "picture_unreadable"),
        (b"\xff\xd8\xff\xe0 no more", "picture_unreadable"),
        (b"GIF89a" + bytes(100), "picture_unreadable"),
        (jpeg()[:30_000], "picture_unreadable"),
        (b"x" * (photographs.MAX_BYTES + 1), "picture_too_large"),
        (header(9000, 9000), "picture_too_large"),
        (header(60_000, 60_000), "picture_unreadable"),
        (jpeg(picture((1600, 950))), "picture_too_small"),
        (jpeg(picture((1279, 1200))), "picture_too_small"),
        (jpeg(picture(light=0.2)), "picture_dark"),
        (jpeg(picture(light=1.6)), "picture_bright"),
        (jpeg(picture(blur=14)), "picture_blurred"),
    ],
)
def test_what_is_not_kept(file: bytes, code: str) -> None:
    with pytest.raises(PhotographError) as caught:
        take(file)
    assert caught.value.code == code
    if code in {"picture_dark", "picture_blurred", "picture_too_small"}:
        assert caught.value.measured < caught.value.expected
    elif code in {"picture_bright", "picture_too_large"}:
        assert caught.value.measured > caught.value.expected


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_half_a_file_is_refused_whatever_another_library_allows(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # WeasyPrint lets Pillow fill up what is missing, everywhere in the process.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    file = io.BytesIO()
    picture().save(file, form)
    with pytest.raises(PhotographError) as refused:
        take(file.getvalue()[: file.tell() // 2])
    assert refused.value.code == "picture_unreadable"
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_wound_may_be_sharp_before_a_ground_that_is_not() -> None:
    made = picture(blur=14)
    made.paste(picture().crop((0, 900, 800, 1200)), (0, 900))
    assert take(jpeg(made)).sharpness > photographs.SHARPEST


def test_the_more_blurred_the_less_sharp() -> None:
    found = [
        photographs._sharpness(np.asarray(picture(blur=by).convert("L"), dtype=np.float32))
        for by in (0, 1, 2, 4, 8)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 10 * photographs.SHARPEST > photographs.SHARPEST > found[-1]
