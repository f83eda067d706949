"""Small, slow pictures of people, for Chromium's camera: several who see each other share two cores with everything else.

Drawn: a head and shoulders before a wall, swaying, so that there is always something to encode. Nobody is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

SIZE: Final = (320, 240)
RATE: Final = 4
"Pictures a second."
SWAY: Final = (0, 2, 4, 5, 4, 2, 0, -2, -4, -5, -4, -2)
"Pixels to the right, picture by picture; then from the beginning."
SKIN: Final = "#d9b08c"

Colours = tuple[str, str, str]
"Wall, clothes, hair."


def camera(path: Path, colours: Colours) -> Path:
    """Write a film for `--use-file-for-fake-video-capture`: YUV4MPEG2, 8 bits, one value of colour for four pixels."""
    width, height = SIZE
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{width} H{height} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for sway in SWAY:
            light, blue, red = _face(colours, sway).convert("YCbCr").split()
            half = (width // 2, height // 2)
            film.write(
                b"FRAME\n" + light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
            )
    return path


def _face(colours: Colours, sway: int) -> Image.Image:
    """Draw twice as large and make it smaller: round things are round."""
    wall, clothes, hair = colours
    width, height = (2 * each for each in SIZE)
    picture = Image.new("RGB", (width, height), wall)
    draw = ImageDraw.Draw(picture)
    middle = width // 2 + 2 * sway

    def oval(colour: str, down: int, wide: int, high: int) -> None:
        draw.ellipse((middle - wide, down - high, middle + wide, down + high), fill=colour)

    oval(hair, 175, 88, 105)
    oval(clothes, 480, 190, 170)
    oval(SKIN, 330, 42, 60)
    oval(SKIN, 200, 72, 92)
    oval(hair, 118, 74, 40)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)
