"""PROTOCOL.md is the norm: what it states in figures is what the code does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from firmware_bridge import messages
from firmware_bridge.descriptor import Tag
from firmware_bridge.frames import LIMIT, SHORTEST, Frame, Verdict
from firmware_bridge.messages import (
    Ack,
    Describe,
    Happened,
    Heartbeat,
    Hello,
    HostHello,
    Identify,
    Name,
    Page,
    Restart,
    Result,
    Samples,
    SetStream,
    SyncReply,
    SyncRequest,
)
from tests.firmware_bridge.host_board import TARGET

TEXT = (TARGET.parent / "PROTOCOL.md").read_text()
COMMANDS = {
    "HELLO": HostHello,
    "SYNC": SyncRequest,
    "ACK": Ack,
    "NAME": Name,
    "DESCRIBE": Describe,
    "STREAM": SetStream,
    "RESTART": Restart,
    "IDENTIFY": Identify,
}
ANSWERS = {
    "HELLO": Hello,
    "SYNC": SyncReply,
    "EVENT": Happened,
    "RESULT": Result,
    "PAGE": Page,
    "HEARTBEAT": Heartbeat,
    "SAMPLES": Samples,
}
WIDTHS = {"u8": 1, "u16": 2, "u32": 4}


def test_commands_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| ([0-9a-f]{2}) \| ([A-Z]+) \|", TEXT, re.MULTILINE)
    assert {name: int(number, 16) for number, name in rows} == {n: c.TYPE for n, c in COMMANDS.items()}


def test_messages_are_those_of_the_headings() -> None:
    rows = re.findall(r"^### ([0-9a-f]{2}) ([A-Z]+):", TEXT, re.MULTILINE)
    assert {name: int(number, 16) for number, name in rows} == {n: a.TYPE for n, a in ANSWERS.items()}


@pytest.mark.parametrize("name", ["HELLO", "EVENT", "HEARTBEAT", "SAMPLES"])
def test_fields_stand_where_the_tables_say(name: str) -> None:
    section = TEXT.split(f" {name}:", 1)[1].split("###", 1)[0]
    rows = re.findall(r"^\| (\d+) \| (u\d+) \| ([^|]+) \|", section, re.MULTILINE)
    kind: Any = ANSWERS[name]
    layout = kind._LAYOUT.format
    expected, at = [], 0
    for letter in layout.lstrip("<"):
        width = {"B": 1, "H": 2, "I": 4}[letter]
        expected.append((at, width))
        at += width
    assert [(int(at), WIDTHS[width]) for at, width, _ in rows] == expected


def test_verdicts_tags_and_limits() -> None:
    for verdict in Verdict:
        assert f"| {verdict.value.replace('_', ' ').replace('cobs', 'COBS').replace('crc', 'CRC')} |" in TEXT
    assert f"longer than {LIMIT} bytes" in TEXT
    assert f"fewer than {SHORTEST} bytes decoded" in TEXT
    for tag in Tag:
        assert re.search(rf"^\| {int(tag)} \| {tag.name.lower()} \|", TEXT, re.MULTILINE)
    assert f"{messages.RESTART_KEY:#x}" in TEXT.lower()
    assert f"up to {messages.PAGE} bytes" in TEXT


def test_sizes_on_the_wire_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \| ([\d.]+|rare) \| (\d*) ?\|", TEXT, re.MULTILINE)
    assert len(rows) == 6
    for name, payload, wire, rate, total in rows:
        assert len(bytes(Frame(0x87, bytes(int(payload)), 1, 1))) == int(wire), name
        if total:
            assert round(int(wire) * float(rate)) == int(total), name
    assert sum(int(total) for *_, total in rows if total) == 1627
