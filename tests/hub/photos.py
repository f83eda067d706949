"""Photographs of wounds as far as the hub looks at them: a red shape on skin, with a scale, and whatever a telephone writes beside it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SKIN, WOUND, PAPER, INK = (214, 170, 150), (150, 40, 45), (235, 235, 230), (20, 20, 20)
SIZE = (1600, 1200)
SCALE = ((200.0, 1000.0), (700.0, 1000.0))
"Ends of the 50 mm scale: 10 pixels a millimetre."
SCALE_MM = 50.0
SQUARE = ((600.0, 400.0), (1000.0, 400.0), (1000.0, 700.0), (600.0, 700.0))
"The wound: 40 by 30 mm."


def picture(
    size: tuple[int, int] = SIZE, *, seed: int = 0, light: float = 1.0, blur: float = 0.0
) -> Image.Image:
    """Return a picture of a wound of 40 by 30 mm with a scale of 50 mm below it.

    Args:
        size: pixels.
        seed: of the grain of the skin, so that two pictures are not the same.
        light: by which everything is multiplied.
        blur: radius of a Gaussian, pixels.
    """
    made = Image.new("RGB", size, SKIN)
    draw = ImageDraw.Draw(made)
    draw.polygon(SQUARE, fill=WOUND)
    draw.rectangle((180, 960, 720, 1060), fill=PAPER)
    for at in range(51):
        draw.line((200 + 10 * at, 1000, 200 + 10 * at, 1040 if at % 10 == 0 else 1020), fill=INK, width=2)
    grain = np.random.default_rng(seed).normal(0, 3, (size[1], size[0], 1))
    lit = np.clip((np.asarray(made, dtype=np.float64) + grain) * light, 0, 255).astype(np.uint8)
    made = Image.fromarray(lit)
    return made.filter(ImageFilter.GaussianBlur(blur)) if blur else made


def jpeg(made: Image.Image | None = None, exif: Image.Exif | None = None, **more: object) -> bytes:
    """Return a picture as a telephone sends it."""
    file = io.BytesIO()
    exif = Image.Exif() if exif is None else exif
    (picture() if made is None else made).save(file, "JPEG", quality=92, exif=exif, **more)
    return file.getvalue()


def telling(orientation: int = 1) -> Image.Exif:
    """Return what a telephone says beside a picture: where, when, by which one, and how it was held."""
    exif = Image.Exif()
    exif[0x0110] = "Telephone of Ines"
    exif[0x0132] = "2026:11:22 14:03:00"
    exif[0x0112] = orientation
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0)})
    return exif
