"""Names of cameras and sound devices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import ConfigError
from edge.config import load
from edge.media.names import BITRATE, VP8, CameraName, Coding, coding, sound_device


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("generated", CameraName("generated", "", False, BITRATE)),
        ("file:film.mkv", CameraName("file", "film.mkv", False, BITRATE)),
        ("file:what?.mkv", CameraName("file", "what?.mkv", False, BITRATE)),
        ("file:what?.mp4?format=h264", CameraName("file", "what?.mp4", True, BITRATE)),
        ("v4l2:/dev/video0", CameraName("v4l2", "/dev/video0", False, BITRATE)),
        (
            "v4l2:/dev/video0?format=h264&bitrate=500000",
            CameraName("v4l2", "/dev/video0", True, 500_000),
        ),
        ("rpicam:", CameraName("rpicam", "", True, BITRATE)),
        ("rpicam:1?bitrate=1500000", CameraName("rpicam", "1", True, 1_500_000)),
    ],
)
def test_a_camera_s_name_is_taken_apart(name: str, parsed: CameraName) -> None:
    assert CameraName.parse(name) == parsed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("webcam", "'webcam' is not generated"),
        ("", "'' is not generated"),
        ("generated:?format=h264", "no option format=h264"),
        ("v4l2:/dev/video0?format=mjpeg", "no option format=mjpeg"),
        ("v4l2:/dev/video0?size=3", "no option size=3"),
        ("rpicam:?bitrate=5", "bitrate 5 is not from 100000 to 3000000"),
        ("rpicam:?bitrate=-900000", "bitrate -900000 is not"),
        ("rpicam:?bitrate=", "bitrate  is not"),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        CameraName.parse(name)


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = CameraName.parse(text)
    except ConfigError:
        return
    assert text.startswith(name.kind)
    assert name.place in text


def test_a_camera_that_encodes_by_itself_needs_its_codec() -> None:
    assert coding("generated", "vp8") == VP8
    assert coding("rpicam:", "h264") == Coding("h264", BITRATE)
    with pytest.raises(ConfigError, match='set codec = "h264"'):
        coding("rpicam:", "vp8")


@pytest.mark.parametrize("field", ["camera", "hand_camera"])
def test_the_configuration_says_so_before_anybody_calls(tmp_path: Path, field: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(f'edge = "r1"\nkey_file = "k"\nspool = "s"\n[call]\n{field} = "rpicam:"\n')
    with pytest.raises(ConfigError, match=f"call.{field}: .*rpicam"):
        load(path)
    path.write_text(path.read_text() + 'codec = "h264"\n')
    call = load(path).call
    assert call is not None
    assert call.codec == "h264"


def test_alsa_names_are_as_they_are() -> None:
    assert sound_device("alsa:hw:0,0") == "hw:0,0"
    assert sound_device("alsa:") == "default"


def _pw_dump(folder: Path, monkeypatch: pytest.MonkeyPatch, says: str, code: int = 0) -> None:
    program = folder / "pw-dump"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


NODES = json.dumps(
    [
        {"id": 0, "info": None},
        {"id": 30, "info": {"props": {"node.name": "Dummy-Driver"}}},
        {"id": 31, "info": {"props": {"node.name": "usb.speaker-1", "media.class": "Audio/Sink"}}},
        {"id": 32, "info": {"props": {"node.name": "webcam", "media.class": "Video/Source"}}},
    ]
)


def test_a_node_of_pipewire_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pw_dump(tmp_path, monkeypatch, NODES)
    assert sound_device("pipewire:usb.speaker-1") == "pipewire:NODE=usb.speaker-1"
    assert sound_device("pipewire:") == "pipewire"
    for name in ("pipewire:webcam", "pipewire:elsewhere"):
        with pytest.raises(ConfigError, match=r"is no node of PipeWire; it has usb\.speaker-1"):
            sound_device(name)


@pytest.mark.parametrize("name", ['pipewire:a"b', "pipewire:a b", "pipewire:" + "a" * 201])
def test_a_node_s_name_cannot_say_more_to_alsa(name: str) -> None:
    with pytest.raises(ConfigError, match="no name of a PipeWire node"):
        sound_device(name)


@pytest.mark.parametrize(("says", "code"), [("", 1), ("{", 0), ("7", 0), ('["x"]', 0)])
def test_a_pipewire_that_does_not_answer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, code: int
) -> None:
    _pw_dump(tmp_path, monkeypatch, says, code)
    with pytest.raises(ConfigError, match="does not say what nodes it has"):
        sound_device("pipewire:usb.speaker-1")


def test_a_machine_without_pipewire_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="pw-dump is not installed"):
        sound_device("pipewire:usb.speaker-1")
