"""What becomes of a photograph before it is kept: it is looked at, turned upright, and written anew without anything but the picture.

The file that came is not kept: where it was taken, by which telephone and when (EXIF, XMP, thumbnails, colour profiles) goes
with it, and so does whatever a hostile file hides. Its SHA-256 is kept, as proof of which file it was. A colour profile is applied first, so that
a red stays the same red.

| refused as | when |
|---|---|
| `picture_unreadable` | it is no JPEG, PNG or WebP, or cut short |
| `picture_too_large` | more bytes than `MAX_BYTES`, or more pixels than `MAX_PIXELS` |
| `picture_too_small` | less than 1280 by 960 pixels (sheet 08) |
| `picture_dark` | it is darker on average than `DARKEST` |
| `picture_bright` | more than 2 % of it is plain white: the flash, or the sun (sheet 08) |
| `picture_blurred` | nothing in it is sharp: not one of 16 fields has an edge (`SHARPEST`) |

Sharpness is the variance of the Laplacian, of the picture at 1280 pixels so that every camera is held to the same figure. Four
photographs of things on tables were blurred step by step to find the limit: sharp they have 500 to 17 000, with a blur of three
thousandths of their width 12 to 110.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageFile, ImageOps

from devices.errors import VeilleuseError

MAX_BYTES: Final = 8_000_000
"Of the file (sheet 08)."
MAX_PIXELS: Final = 64_000_000
"Of its header, before anything is decoded: a small file may hold a picture that fills the memory."
LONG_SIDE, SHORT_SIDE = 1280, 960
"Pixels that a picture has at least (sheet 08)."
KEPT_SIDE: Final = 2560
"Pixels of the longer side that are kept: at 15 cm a millimetre of skin still has some ten of them."
QUALITY: Final = 90
"Of the JPEG that is kept (sheet 08)."
DARKEST: Final = 45.0
"Mean of the luminance, of 255."
CLIPPED: Final = 0.02
SHARPEST: Final = 25.0
FIELDS: Final = 4
"By which a picture is divided each way: a wound may be sharp before a ground that is not."
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_ONE: Final = threading.Lock()
"One photograph at a time: a decoded one takes up to 200 MB."


class PhotographError(VeilleuseError):
    """A photograph is not kept; `code` says why, and the figures what was measured and what is expected."""

    def __init__(self, code: str, detail: str, measured: float = 0.0, expected: float = 0.0) -> None:
        super().__init__(detail)
        self.code = code
        self.measured = measured
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture as it is kept."""

    jpeg: bytes
    width: int
    height: int
    digest: str
    "SHA-256 of the file that came, hexadecimal."
    sharpness: float
    brightness: float
    clipped: float
    "Share of plain white."


def take(file: bytes) -> Photograph:
    """Look at a photograph, and write it anew.

    Raises:
        PhotographError: it is not kept.
    """
    if len(file) > MAX_BYTES:
        raise PhotographError(
            "picture_too_large",
            f"picture of {len(file)} bytes, at most {MAX_BYTES} allowed",
            len(file),
            MAX_BYTES,
        )
    with _ONE:
        upright = _upright(file)
        grey = _grey(upright)
        sharpness, brightness = _sharpness(grey), float(grey.mean())
        clipped = _clipped(upright)
        _judge(sharpness, brightness, clipped)
        kept = io.BytesIO()
        upright.save(kept, "JPEG", quality=QUALITY, optimize=True)
    digest = hashlib.sha256(file).hexdigest()
    return Photograph(kept.getvalue(), *upright.size, digest, sharpness, brightness, clipped)


def _judge(sharpness: float, brightness: float, clipped: float) -> None:
    # A dark picture is not sharp either: it is the light that has to change.
    if brightness < DARKEST:
        raise PhotographError(
            "picture_dark",
            f"mean luminance {brightness:.0f}, {DARKEST:g} or more expected",
            brightness,
            DARKEST,
        )
    if clipped > CLIPPED:
        raise PhotographError(
            "picture_bright", f"{clipped:.1%} plain white, at most {CLIPPED:.0%} allowed", clipped, CLIPPED
        )
    if sharpness < SHARPEST:
        raise PhotographError(
            "picture_blurred",
            f"sharpness {sharpness:.1f}, {SHARPEST:g} or more expected",
            sharpness,
            SHARPEST,
        )


def _upright(file: bytes) -> Image.Image:
    """Return the picture in sRGB, upright, at the size that is kept."""
    with _readable(), Image.open(io.BytesIO(file), formats=_FORMATS) as opened:
        _sized(*opened.size)
        # A JPEG is decoded at half or a quarter where that is enough.
        opened.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
        with _whole():
            opened.load()
        profile = opened.info.get("icc_profile")
        turned = ImageOps.exif_transpose(opened)
        made = _true_colours(_flat(turned), profile)
    made.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    # `info` is what a file said beside its pixels; nothing of it is written.
    made.info.clear()
    return made


@contextmanager
def _whole() -> Iterator[None]:
    """Take no file that breaks off, though the library of the papers lets Pillow take them everywhere in the process."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        # What Pillow raises at a file that is not what it says (its documents name OSError and SyntaxError).
        raise PhotographError("picture_unreadable", f"no picture: {type(error).__name__}") from None


def _sized(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotographError(
            "picture_too_large",
            f"picture of {width} x {height} pixels, at most {MAX_PIXELS} allowed",
            width * height,
            MAX_PIXELS,
        )
    for side, least in ((max(width, height), LONG_SIDE), (min(width, height), SHORT_SIDE)):
        if side < least:
            detail = f"picture of {width} x {height} pixels, {LONG_SIDE} x {SHORT_SIDE} or more expected"
            raise PhotographError("picture_too_small", detail, side, least)


def _flat(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB; what is transparent is white."""
    if picture.mode in {"RGBA", "LA", "PA", "P"}:
        full = picture.convert("RGBA")
        ground = Image.new("RGBA", full.size, "white")
        return Image.alpha_composite(ground, full).convert("RGB")
    return picture.convert("RGB")


def _true_colours(picture: Image.Image, profile: object) -> Image.Image:
    if not isinstance(profile, bytes):
        return picture
    try:
        made = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
    except (ImageCms.PyCMSError, OSError):
        # A damaged profile, or one that is not for these colours: the picture is shown as it is.
        return picture
    return picture if made is None else made


def _grey(picture: Image.Image) -> npt.NDArray[np.float32]:
    small = picture.convert("L")
    small.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float32)


def _sharpness(grey: npt.NDArray[np.float32]) -> float:
    """Return the variance of the Laplacian in the sharpest field."""
    inner = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    rows = np.array_split(laplacian, FIELDS, axis=0)
    return max(float(field.var()) for row in rows for field in np.array_split(row, FIELDS, axis=1))


def _clipped(picture: Image.Image) -> float:
    return float((np.asarray(picture).min(axis=2) == 255).mean())
