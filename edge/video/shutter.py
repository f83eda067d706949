"""Whether a camera's privacy shutter is closed, where the hardware tells: a question to its V4L2 driver.

Most cameras do not know (a slider in front of the lens tells nobody): then nothing is said, rather than "open". The request
numbers and structures are those of `linux/videodev2.h`, the control that of `linux/v4l2-controls.h` (kernel 6.1); a test
compiles them.

    struct v4l2_queryctrl { u32 id, type; u8 name[32]; s32 minimum, maximum, step, default; u32 flags, reserved[2]; }
    struct v4l2_control   { u32 id; s32 value; }
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable
from typing import Final, Literal

Shutter = Literal["open", "closed"]
Ask = Callable[[int, bytes], bytes]
"Request number and structure in, structure out; raises OSError where the driver refuses."

PRIVACY: Final = 0x009A0910
"V4L2_CID_PRIVACY: 1 when the camera takes no picture because of its shutter or a switch."
QUERYCTRL: Final = 0xC0445624
"VIDIOC_QUERYCTRL: what is known of a control."
G_CTRL: Final = 0xC008561B
"VIDIOC_G_CTRL: its value."
DISABLED: Final = 0x0001
"V4L2_CTRL_FLAG_DISABLED"
WRITE_ONLY: Final = 0x0040
"V4L2_CTRL_FLAG_WRITE_ONLY"

QUERY: Final = struct.Struct("=II32siiiiI8x")
VALUE: Final = struct.Struct("=Ii")


def shutter(camera: str) -> Shutter | None:
    """Return the state of a camera's shutter by its name in the configuration; `None` when it does not tell.

    Takes about as long as opening the device: some milliseconds.
    """
    kind, _, place = camera.partition(":")
    if kind != "v4l2":
        return None
    try:
        descriptor = os.open(place.partition("?")[0], os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return told(lambda request, data: fcntl.ioctl(descriptor, request, data))
    finally:
        os.close(descriptor)


def told(ask: Ask) -> Shutter | None:
    """Return what a driver tells of its shutter; `None` when it has none, or does not say."""
    try:
        *_, flags = QUERY.unpack(ask(QUERYCTRL, QUERY.pack(PRIVACY, 0, b"", 0, 0, 0, 0, 0)))
        if flags & (DISABLED | WRITE_ONLY):
            return None
        _, value = VALUE.unpack(ask(G_CTRL, VALUE.pack(PRIVACY, 0)))
    except (OSError, struct.error):
        return None
    return "closed" if value else "open"
