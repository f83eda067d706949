"""A drawn room that carries the time: stands in for a camera where there is none, and measures latency.

Top 32 lines: the millisecond of drawing, 32 bits of UTC, most significant first, one block per bit, white is 1. Below, a
calm room at night, a readable clock, and the words that say that it is no camera. Pure but for numpy.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from devices.clock import SECOND, to_datetime

Plane = NDArray[np.uint8]

BARCODE_BITS: Final = 32
BARCODE_HEIGHT: Final = 32
"Lines; at half the size still 16, two macroblocks' worth of certainty."
WORDS: Final = "image de synthèse"

_BLACK, _WHITE = 16, 235  # video range of luma, ITU-R BT.601

# Five columns by seven rows, one number per row, drawn for this module.
_GLYPHS: Final[dict[str, tuple[int, ...]]] = {
    "0": (14, 17, 17, 17, 17, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 6, 8, 16, 31),
    "3": (14, 17, 1, 6, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 4, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    ":": (0, 4, 4, 0, 4, 4, 0),
    "a": (0, 0, 14, 1, 15, 17, 15),
    "d": (1, 1, 15, 17, 17, 17, 15),
    "e": (0, 0, 14, 17, 31, 16, 14),
    "g": (0, 15, 17, 17, 15, 1, 14),
    "h": (16, 16, 30, 17, 17, 17, 17),
    "i": (4, 0, 12, 4, 4, 4, 14),
    "m": (0, 0, 26, 21, 21, 21, 21),
    "n": (0, 0, 30, 17, 17, 17, 17),
    "s": (0, 0, 15, 16, 14, 1, 30),
    "t": (8, 8, 30, 8, 8, 9, 6),
    "y": (0, 17, 17, 17, 15, 1, 14),
    "è": (8, 4, 14, 17, 31, 16, 14),
    " ": (0, 0, 0, 0, 0, 0, 0),
}


def text(words: str, scale: int) -> NDArray[np.bool_]:
    """Return the mask of some words, each dot `scale` pixels wide.

    Raises:
        KeyError: a character has no glyph here.
    """
    rows = np.zeros((7, 6 * len(words)), dtype=np.bool_)
    for place, character in enumerate(words):
        for line, bits in enumerate(_GLYPHS[character]):
            for column in range(5):
                rows[line, 6 * place + column] = bits >> (4 - column) & 1
    return np.kron(rows, np.ones((scale, scale), dtype=np.bool_))


def stamp(luma: Plane, milliseconds: int) -> None:
    """Write the low 32 bits of a time into the barcode."""
    edges = np.linspace(0, luma.shape[1], BARCODE_BITS + 1).astype(int)
    for bit in range(BARCODE_BITS):
        white = milliseconds >> (BARCODE_BITS - 1 - bit) & 1
        luma[:BARCODE_HEIGHT, edges[bit] : edges[bit + 1]] = _WHITE if white else _BLACK


def read_stamp(luma: Plane) -> int:
    """Return the low 32 bits of the time that a received picture carries."""
    line = luma[BARCODE_HEIGHT // 4 : 3 * BARCODE_HEIGHT // 4].mean(axis=0)
    centres = (np.arange(BARCODE_BITS) + 0.5) * luma.shape[1] / BARCODE_BITS
    value = 0
    for centre in centres.astype(int):
        value = value << 1 | int(line[centre - 1 : centre + 2].mean() > 125)
    return value


class RoomPicture:
    """Draws the room; the background once, what moves every time."""

    def __init__(self, width: int, height: int) -> None:
        """Draw the background; `width` and `height` are even (4:2:0)."""
        self.width, self.height = width, height
        self._luma, self._blue, self._red = self._background(width, height)
        self._scale = max(1, width // 160)
        self._second, self._clock = -1, text("", self._scale)
        words = text(WORDS, max(1, width // 320))
        self._put(self._luma, words, height - words.shape[0] - height // 40, height // 40)

    def draw(self, now: int) -> tuple[Plane, Plane, Plane]:
        """Return the planes Y, U and V of the room at a time (microseconds UTC)."""
        luma = self._luma.copy()
        stamp(luma, now // 1000)
        if now // SECOND != self._second:
            self._second = now // SECOND
            self._clock = text(f"{to_datetime(now).astimezone():%H:%M:%S}", self._scale)
        self._put(luma, self._clock, BARCODE_HEIGHT + self.height // 12, self.width // 16)
        self._move(luma, now)
        return luma, self._blue, self._red

    @staticmethod
    def _background(width: int, height: int) -> tuple[Plane, Plane, Plane]:
        return _room(width, height)

    @staticmethod
    def _put(luma: Plane, mask: NDArray[np.bool_], top: int, left: int) -> None:
        area = luma[top : top + mask.shape[0], left : left + mask.shape[1]]
        area[mask[: area.shape[0], : area.shape[1]]] = 225

    def _move(self, luma: Plane, now: int) -> None:
        """Let the blanket rise and fall, 15 times a minute: a still picture would look frozen."""
        lift = round(self.height / 60 * np.sin(2 * np.pi * (now % 4_000_000) / 4_000_000))
        top, bottom = int(self.height * 0.66) - lift, int(self.height * 0.70)
        luma[top:bottom, int(self.width * 0.40) : int(self.width * 0.86)] = 150


class SkinPicture(RoomPicture):
    """What a hand camera would see: skin, a sore, and a scale beside it; held by a hand that is not quite still."""

    @staticmethod
    def _background(width: int, height: int) -> tuple[Plane, Plane, Plane]:
        return _skin(width, height)

    def _move(self, luma: Plane, now: int) -> None:
        """Let the light on the skin sway, once in 3 s."""
        sway = 4 * np.sin(2 * np.pi * (now % 3_000_000) / 3_000_000)
        below = luma[self.height // 2 :]
        below[:] = np.clip(below.astype(np.int16) + round(sway), _BLACK, _WHITE).astype(np.uint8)


def _skin(width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """Skin with a sore and a centimetre scale."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = columns / width, rows / height
    luma = 176 - 22 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    red, blue = np.full_like(luma, 152.0), np.full_like(luma, 112.0)
    distance = np.hypot((x - 0.55) / 0.16, (y - 0.52) / 0.17)
    halo = np.exp(-((np.maximum(distance - 1, 0) / 0.45) ** 2))
    luma, red = luma - 34 * halo, red + 22 * halo
    sore = distance < 1
    luma[sore], red[sore], blue[sore] = 88 + 24 * distance[sore], 186, 116
    scale = (abs(y - 0.86) < 0.05) & (abs(x - 0.5) < 0.36)
    luma[scale], red[scale], blue[scale] = 228, 128, 128
    ticks = scale & (y < 0.86) & (np.mod((x - 0.14) * 25, 1) < 0.14)
    luma[ticks] = 30
    return _plane(luma), _plane(blue[::2, ::2]), _plane(red[::2, ::2])


def _room(width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """Wall, window with a moon, bed, and a veilleuse that glows."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = columns / width, rows / height
    luma = 92 - 34 * y
    red, blue = np.full_like(luma, 131.0), np.full_like(luma, 122.0)
    window = (abs(x - 0.74) < 0.15) & (abs(y - 0.30) < 0.17)
    luma[window], blue[window], red[window] = 45, 146, 120
    luma[(abs(x - 0.74) < 0.004) & window] = 110
    luma[(x - 0.80) ** 2 + ((y - 0.23) * height / width) ** 2 < 0.0009] = 205
    floor = y > 0.86
    luma[floor], red[floor], blue[floor] = 60, 140, 116
    bed = (abs(x - 0.57) < 0.33) & (abs(y - 0.76) < 0.10)
    luma[bed], blue[bed], red[bed] = 150, 128, 124
    pillow = (abs(x - 0.30) < 0.07) & (abs(y - 0.66) < 0.045)
    luma[pillow], blue[pillow], red[pillow] = 190, 126, 130
    glow = np.exp(-(((x - 0.12) ** 2) + ((y - 0.56) * height / width) ** 2) / 0.02)
    luma, red, blue = luma + 90 * glow, red + 22 * glow, blue - 26 * glow
    return _plane(luma), _plane(blue[::2, ::2]), _plane(red[::2, ::2])


def _plane(values: NDArray[np.float64]) -> Plane:
    return np.clip(values, _BLACK, _WHITE).astype(np.uint8)
