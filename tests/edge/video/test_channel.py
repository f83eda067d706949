"""What pages and room say to each other beside vital signs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.video.channel import LONGEST, Mute, Person, Point, Want, Write, parse, point_message, room_message

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({"type": "beat"}, "beat"),
        ({"type": "want", "role": "hand", "on": True}, Want("hand", on=True)),
        ({"type": "mute", "on": False}, Mute(on=False)),
        ({"type": "point", "on": "room", "x": 0, "y": 1}, Point("room", (0.0, 1.0))),
        ({"type": "point", "on": "hand", "x": None}, Point("hand", None)),
        ({"type": "write", "text": "  Montrez-moi\n votre  jambe "}, Write("Montrez-moi votre jambe")),
        ({"type": "write", "text": "é" * LONGEST}, Write("é" * LONGEST)),
        ({"type": "write", "text": " "}, Write("")),
    ],
)
def test_what_a_page_may_say(said: dict[str, object], means: object) -> None:
    assert parse(json.dumps(said)) == means


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        "[" * 1000,
        '{"type":"want","role":"hand"}',
        '{"type":"want","role":"hand","on":1}',
        '{"type":"mute"}',
        '{"type":"mute","on":"yes"}',
        '{"type":"point","on":"sky","x":0,"y":0}',
        '{"type":"write"}',
        '{"type":"write","text":["Bonjour"]}',
        '{"type":"write","text":"\\u0007"}',
        '{"type":"write","text":"\\u202enoitcerid"}',
        json.dumps({"type": "write", "text": "e" * (LONGEST + 1)}),
        '{"type":"point","on":"room","x":0.5}',
        '{"type":"point","on":"room","x":1.01,"y":0}',
        '{"type":"point","on":"room","x":NaN,"y":0}',
        '{"type":"point","on":"room","x":true,"y":0}',
        '{"type":"room","muted":true}',
    ],
)
def test_what_is_nothing(text: str) -> None:
    assert parse(text) is None


@given(
    st.dictionaries(st.sampled_from(["role", "on", "x", "y"]), values),
    st.sampled_from(["want", "mute", "point", "beat", "other"]),
)
def test_whatever_comes_a_pointer_is_within_the_picture(fields: dict[str, Any], kind: str) -> None:
    said = parse(json.dumps({"type": kind, **fields}))
    if isinstance(said, Point) and said.place is not None:
        assert all(0 <= share <= 1 for share in said.place)
        assert json.loads(point_message("p1", said))["x"] == said.place[0]
    if isinstance(said, Mute | Want):
        assert isinstance(said.on, bool)


def test_what_the_pages_are_told_of_the_room() -> None:
    people = [Person("p1", "Dr Benali", "physician")]
    assert json.loads(room_message(muted=True, muted_by="p2", shutter="closed", people=people)) == {
        "type": "room",
        "muted": True,
        "muted_by": "p2",
        "shutter": "closed",
        "people": [{"seat": "p1", "name": "Dr Benali", "role": "physician"}],
    }
    assert json.loads(point_message("p1", Point("room", None))) == {
        "type": "point",
        "from": "p1",
        "on": "room",
        "x": None,
        "y": None,
    }
