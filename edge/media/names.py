"""What cameras and sound devices are called in `[call]`, and what FFmpeg and ALSA call them.

PipeWire's nodes are opened through its own ALSA plugin: one way to open, read and close for both, measured with PipeWire 0.3.65
in both directions. A node is looked for first: the plugin would wait for one that is not there, or take another.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import parse_qsl

from devices.errors import ConfigError

Codec = Literal["vp8", "h264"]

_log = logging.getLogger(__name__)

CAMERAS: Final = ("generated", "file", "v4l2", "rpicam")
SOUND_SYSTEMS: Final = frozenset({"alsa", "pipewire"})
BITRATE: Final = 900_000
"Bits per second of a camera that encodes by itself, unless its name says otherwise: `480p15` gains nothing beyond."
_BITRATES: Final = range(100_000, 3_000_001)
_NODE: Final = re.compile(r"[\w.:+-]{1,200}", re.ASCII)
_PATIENCE: Final = 3.0
"Seconds that PipeWire has to say what nodes there are; it takes some hundredths."


@dataclass(frozen=True, slots=True)
class Coding:
    """How a camera's picture becomes packets."""

    codec: Codec = "vp8"
    passed: int | None = None
    "Bits per second of a camera that encodes by itself and is passed on; `None` for one that gives pictures."


VP8: Final = Coding()


@dataclass(frozen=True, slots=True)
class CameraName:
    """A camera's name, taken apart: `KIND:PLACE?format=h264&bitrate=900000`."""

    kind: str
    place: str
    encoded: bool
    "It delivers H.264."
    bitrate: int
    "Bits per second of one that encodes by itself."

    @classmethod
    def parse(cls, name: str) -> Self:
        """Take a name apart.

        Raises:
            ConfigError: it is none.
        """
        kind, _, rest = name.partition(":")
        if kind not in CAMERAS:
            raise ConfigError(f"camera {name!r} is not generated, file:PATH, v4l2:DEVICE or rpicam:")
        place, mark, query = rest.rpartition("?") if "?" in rest else (rest, "", "")
        options = dict(parse_qsl(query, keep_blank_values=True))
        if mark and kind == "file" and "format" not in options:
            # A question mark may be part of a path.
            place, options = rest, {}
        encoded = kind == "rpicam" or options.get("format") == "h264"
        for key, value in options.items():
            if kind == "generated" or key not in {"format", "bitrate"} or (key == "format" and not encoded):
                raise ConfigError(f"camera {name!r} has no option {key}={value}")
        bitrate = options.get("bitrate", str(BITRATE))
        if not bitrate.isdecimal() or int(bitrate) not in _BITRATES:
            raise ConfigError(
                f"camera {name!r}: bitrate {bitrate} is not from {_BITRATES[0]} to {_BITRATES[-1]} bit/s"
            )
        return cls(kind, place, encoded, int(bitrate))


def coding(camera: str, codec: Codec) -> Coding:
    """Return how a camera's picture becomes packets of a codec.

    Raises:
        ConfigError: its name is none, or it delivers another codec.
    """
    name = CameraName.parse(camera)
    if name.encoded and codec != "h264":
        raise ConfigError(f'camera {camera!r} delivers H.264, and codec is {codec!r}: set codec = "h264"')
    return Coding(codec, name.bitrate if name.encoded else None)


def sound_device(name: str) -> str:
    """Return what ALSA calls a device of the configuration: `alsa:DEVICE` or `pipewire:NODE`.

    Blocks some hundredths of a second while PipeWire is asked for its nodes.

    Raises:
        ConfigError: there is no such node, or PipeWire does not answer.
    """
    kind, _, place = name.partition(":")
    find_alsa()
    if kind != "pipewire":
        return place or "default"
    if not place:
        return "pipewire"
    if not _NODE.fullmatch(place):
        raise ConfigError(f"{name!r} is no name of a PipeWire node")
    nodes = _nodes()
    if place not in nodes:
        raise ConfigError(f"{name!r} is no node of PipeWire; it has {', '.join(sorted(nodes)) or 'none'}")
    return f"pipewire:NODE={place}"


def _nodes() -> set[str]:
    """Return the names of PipeWire's sinks and sources."""
    program = shutil.which("pw-dump")
    if program is None:
        raise ConfigError("pipewire cannot be asked for its nodes: pw-dump is not installed")
    try:
        said = subprocess.run([program], check=True, capture_output=True, timeout=_PATIENCE).stdout
        dumped: list[dict[str, Any]] = json.loads(said)
        properties = [(each.get("info") or {}).get("props") or {} for each in dumped]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"pipewire does not say what nodes it has: {error}") from None
    return {str(each["node.name"]) for each in properties if "Audio" in str(each.get("media.class", ""))}


def find_alsa() -> None:
    """Tell the ALSA library inside PyAV's wheel where the system keeps its configuration.

    Its own path is where it was built; every device would be "Unknown PCM". What the environment says already stays.
    """
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for name, place in (
        ("ALSA_CONFIG_PATH", Path("/usr/share/alsa/alsa.conf")),
        ("ALSA_PLUGIN_DIR", Path("/usr/lib") / multiarch / "alsa-lib"),
    ):
        if place.exists():
            os.environ.setdefault(name, str(place))
        else:
            _log.warning("sound: %s is not there, %s stays unset", place, name)
