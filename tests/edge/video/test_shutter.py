"""The privacy shutter: what a V4L2 driver answers, and that our numbers are the kernel's."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest

from edge.video import shutter
from edge.video.shutter import DISABLED, G_CTRL, PRIVACY, QUERY, QUERYCTRL, VALUE, WRITE_ONLY, told

KERNEL = """
#include <stdio.h>
#include <linux/videodev2.h>
int main(void) {
  printf("%u %u %u %u %u %zu %zu %zu", V4L2_CID_PRIVACY, (unsigned)VIDIOC_QUERYCTRL, (unsigned)VIDIOC_G_CTRL,
         V4L2_CTRL_FLAG_DISABLED, V4L2_CTRL_FLAG_WRITE_ONLY, sizeof(struct v4l2_queryctrl), sizeof(struct v4l2_control),
         __builtin_offsetof(struct v4l2_queryctrl, flags));
  return 0;
}
"""


class Driver:
    """Answers as a kernel does."""

    def __init__(self, value: int | None, *, flags: int = 0) -> None:
        self.value = value
        self.flags = flags

    def ask(self, request: int, data: bytes) -> bytes:
        if self.value is None:
            raise OSError(errno.EINVAL, "Invalid argument")
        if request == QUERYCTRL:
            assert len(data) == 68
            assert int.from_bytes(data[:4], "little") == PRIVACY
            return QUERY.pack(PRIVACY, 2, b"Privacy", 0, 1, 1, 0, self.flags)
        assert request == G_CTRL
        return VALUE.pack(PRIVACY, self.value)


@pytest.mark.parametrize(
    ("driver", "answer"),
    [
        (Driver(0), "open"),
        (Driver(1), "closed"),
        (Driver(None), None),
        (Driver(1, flags=DISABLED), None),
        (Driver(0, flags=WRITE_ONLY), None),
        (Driver(1, flags=0x0004), "closed"),
    ],
    ids=["open", "closed", "no such control", "disabled", "cannot be read", "read only"],
)
def test_a_shutter_is_as_the_driver_says(driver: Driver, answer: str | None) -> None:
    assert told(driver.ask) == answer


def test_an_answer_of_another_length_is_none() -> None:
    assert told(lambda _request, data: data[:-1]) is None


@pytest.mark.parametrize("camera", ["generated", "file:film.mkv", "rpicam:", "v4l2:/dev/video-none"])
def test_a_camera_that_cannot_be_asked_says_nothing(camera: str) -> None:
    assert shutter.shutter(camera) is None


def test_a_file_is_no_driver(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.write_bytes(b"")
    assert shutter.shutter(f"v4l2:{path}?format=h264") is None


def test_the_numbers_are_the_kernel_s(tmp_path: Path) -> None:
    source, program = tmp_path / "control.c", tmp_path / "control"
    source.write_text(KERNEL)
    subprocess.run(["gcc", "-o", program, source], check=True, timeout=60)
    said = subprocess.run([program], check=True, timeout=10, capture_output=True, text=True).stdout
    flags_at = QUERY.size - 12
    assert (
        said == f"{PRIVACY} {QUERYCTRL} {G_CTRL} {DISABLED} {WRITE_ONLY} {QUERY.size} {VALUE.size} {flags_at}"
    )
