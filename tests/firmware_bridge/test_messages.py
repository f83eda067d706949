from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from firmware_bridge import descriptor, frames, ledger, messages, session
from firmware_bridge.frames import Frame
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
    from_host,
    from_node,
)
from tests.firmware_bridge.host_board import TARGET

U8 = st.integers(0, 0xFF)
U16 = st.integers(0, 0xFFFF)
U32 = st.integers(0, 0xFFFF_FFFF)
STREAMS = st.lists(st.tuples(U8, U32), max_size=6).map(tuple)
SAMPLES = st.tuples(st.integers(1, 15), st.integers(1, 4), st.integers(1, 8)).flatmap(
    lambda shape: st.builds(
        Samples,
        U8,
        st.just(shape[0] << 4 | shape[1]),
        U8,
        U32,
        st.binary(min_size=shape[0] * shape[1] * shape[2], max_size=shape[0] * shape[1] * shape[2]),
    )
)

FROM_HOST = st.one_of(
    st.builds(HostHello, U8, U8),
    st.builds(SyncRequest, U32),
    st.builds(Ack, U32, U32, st.lists(U32, min_size=1, max_size=10).map(tuple)),
    st.builds(Name, U32),
    st.builds(Describe, U16),
    st.builds(SetStream, U8, U8),
    st.builds(Restart, U8, U32),
    st.builds(Identify, U8),
)
FROM_NODE = st.one_of(
    st.builds(Hello, st.just(1), U8, U32, U32, U8, U16, U32, U8),
    st.builds(SyncReply, U32, U32),
    st.builds(Happened, U32, U32, st.integers(1, 0xFFFF_FFFF), U16, U16, U8, U8, U16),
    st.builds(Result, U16, U8, U8),
    st.builds(Page, U16, U16, st.binary(max_size=48)),
    st.builds(Heartbeat, U32, U32, U32, U8, U8, U8, U8, U16, U16, U16, U16, U16, U16, STREAMS),
    SAMPLES,
)


@given(FROM_HOST)
def test_what_a_host_says_survives(message: Any) -> None:
    assert from_host(Frame(message.TYPE, bytes(message))) == message


@given(FROM_NODE)
def test_what_a_node_says_survives(message: Any) -> None:
    assert from_node(Frame(message.TYPE, bytes(message))) == message


@given(FROM_NODE.filter(lambda message: not isinstance(message, Page | Samples)), st.binary(max_size=8))
def test_fields_of_a_newer_version_are_ignored(message: Any, more: bytes) -> None:
    assert from_node(Frame(message.TYPE, bytes(message) + more)) == message


@given(U8, st.binary(max_size=80))
def test_any_payload_is_a_message_or_the_documented_error(kind: int, payload: bytes) -> None:
    for read in (from_node, from_host):
        with suppress(DecodeError):
            message = read(Frame(kind, payload))
            assert message is None or kind == message.TYPE


@pytest.mark.parametrize(
    ("kind", "payload", "text"),
    [
        (0x01, b"\1", "host hello has 1 bytes, 2 at least are needed"),
        (0x02, b"", "sync request has 0 bytes, 4 at least are needed"),
        (0x03, bytes(11), "ack names no event"),
        (0x03, bytes(7), "ack has 7 bytes, 8 at least are needed"),
        (0x07, bytes(4), "restart has 4 bytes, 5 at least are needed"),
    ],
)
def test_malformed_commands(kind: int, payload: bytes, text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_host(Frame(kind, payload))
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("kind", "payload", "text"),
    [
        (0x81, bytes(10), "hello has 10 bytes, 11 at least are needed"),
        (0x81, b"\1" + bytes(12), "hello has 13 bytes, 18 at least are needed"),
        (0x83, bytes(20), "event has the number 0"),
        (0x83, bytes(19), "event has 19 bytes, 20 at least are needed"),
        (0x86, bytes(28) + b"\2" + bytes(5), "heartbeat of 2 streams has 34 bytes, 39 are needed"),
        (0x87, bytes(7), "samples have format 0x00, which is none"),
        (0x87, b"\1\x15" + bytes(10), "samples have format 0x15, which is none"),
        (0x87, b"\1\x12" + bytes(5), "samples of format 0x12 have 0 bytes, which are no whole sets"),
        (0x87, b"\1\x23" + bytes(12), "samples of format 0x23 have 7 bytes, which are no whole sets"),
    ],
)
def test_malformed_messages(kind: int, payload: bytes, text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        from_node(Frame(kind, payload))
    assert str(caught.value) == text


def test_hello_of_another_major_says_who_it_is() -> None:
    hello = Hello.parse(bytes(Hello(1, 0, 7, 9, 4, 100, 5, 65)).replace(b"\1", b"\2", 1)[:11])
    assert (hello.major, hello.node, hello.boot, hello.reset) == (2, 7, 9, 4)


def test_samples_narrow_are_signed_and_wide_are_not() -> None:
    assert Samples(1, 0x11, 0, 0, b"\xff\x01").channels() == ((-1, 1),)
    assert Samples(1, 0x22, 0, 0, b"\xff\xff\x01\0\2\0\3\0").channels() == ((-1, 2), (1, 3))
    assert Samples(1, 0x13, 0, 0, b"\xff\xff\xff").channels() == ((0xFFFFFF,),)
    assert Samples(1, 0x14, 0, 0, b"\0\0\0\x80").channels() == ((0x80000000,),)


def header_numbers() -> dict[str, int]:
    text = (TARGET / "core" / "node_protocol.h").read_text() + (
        TARGET / "core" / "node_descriptor.h"
    ).read_text()
    found = re.findall(r"^#define (NODE_\w+) (0x[0-9a-fA-F]+|\d+)[ul]*\b", text, re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def test_both_sides_have_the_same_numbers() -> None:
    c = header_numbers()
    assert c["NODE_MAJOR"] == frames.MAJOR
    assert c["NODE_MINOR"] == messages.MINOR
    assert c["NODE_HEADER"] == frames.HEADER.size
    assert c["NODE_CRC_BYTES"] == frames.CRC.size
    assert c["NODE_PAGE"] == messages.PAGE
    assert c["NODE_RESTART_KEY"] == messages.RESTART_KEY
    assert c["NODE_MAX_COMMAND"] >= 8 + 4 * messages.MAX_ACKS
    assert c["NODE_HEARTBEAT_MS"] * 3000 == session.LOST_AFTER
    assert ledger.MAX_RUNS >= 2
    commands = (HostHello, SyncRequest, Ack, Name, Describe, SetStream, Restart, Identify)
    names = ("HELLO", "SYNC", "ACK", "NAME", "DESCRIBE", "STREAM", "RESTART", "IDENTIFY")
    assert [c[f"NODE_C_{name}"] for name in names] == [command.TYPE for command in commands]
    answers = (Hello, SyncReply, Happened, Result, Page, Heartbeat, Samples)
    names = ("HELLO", "SYNC", "EVENT", "RESULT", "PAGE", "HEARTBEAT", "SAMPLES")
    assert [c[f"NODE_M_{name}"] for name in names] == [answer.TYPE for answer in answers]


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("NODE_EVENT_", messages.Kind),
        ("NODE_PART_", messages.Part),
        ("NODE_RESET_", messages.Reset),
        ("NODE_SAMPLES_", messages.SampleFlag),
        ("NODE_INPUT_", messages.Input),
        ("NODE_FLAG_", frames.Flag),
        ("NODE_KIND_", descriptor.StreamKind),
        ("NODE_UPDATE_", descriptor.UpdateMethod),
    ],
)
def test_both_sides_have_the_same_names(prefix: str, names: Any) -> None:
    c = header_numbers()
    assert {each.name: int(each) for each in names} == {
        name.removeprefix(prefix): value for name, value in c.items() if name.startswith(prefix)
    }


def test_result_codes_are_the_same() -> None:
    c = header_numbers()
    assert [c[f"NODE_{code.name}"] for code in messages.Code] == list(messages.Code)
