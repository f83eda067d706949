"""Asking a node who it is, whatever the line does to question and answer."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.descriptor import Descriptor, Stream
from firmware_bridge.frames import Deframer, Frame
from firmware_bridge.interview import Facts, Interview
from firmware_bridge.messages import PAGE, Describe, Heartbeat, Hello, HostHello, NodeMessage, Page, from_host

DESCRIPTOR = Descriptor(
    board="m328p", firmware="1.0.0+abcdef01", hardware=1, ppm=100, streams=(Stream(1, 1, 0x12, 250_000),) * 4
)
BEAT = Heartbeat(7, 3, 10, 1, 0, 0, 2, 0, 0, 0, 0, 0, 600, ())


class Node:
    """Answers as PROTOCOL.md says."""

    def __init__(self, major: int = 1, boot: int = 3) -> None:
        self.pages = bytes(DESCRIPTOR)
        self.major, self.boot = major, boot
        self._deframer = Deframer()

    def answer(self, data: bytes) -> bytes:
        return b"".join(
            self._say(message) for frame in self._deframer.feed(data) if (message := self._message(frame))
        )

    def beat(self) -> bytes:
        return self._say(BEAT)

    def _message(self, frame: Frame) -> NodeMessage | None:
        match from_host(frame):
            case HostHello():
                return Hello(self.major, 0, 7, self.boot, 1, len(self.pages), zlib.crc32(self.pages), 64)
            case Describe(offset):
                return Page(offset, len(self.pages), self.pages[offset : offset + PAGE])
            case _:
                return None

    def _say(self, message: NodeMessage) -> bytes:
        return bytes(Frame(message.TYPE, bytes(message), major=self.major))


def talk(interview: Interview, node: Node, rounds: int = 3) -> None:
    for _ in range(rounds):
        question = b"\0" + interview.ask()
        while question:
            question = interview.receive(node.answer(question))


def test_a_node_says_who_it_is() -> None:
    interview = Interview()
    talk(interview, Node(), rounds=1)
    assert interview.facts is None  # how it fares is still missing
    assert interview.ask() == b""
    interview.receive(Node().beat())
    crc = zlib.crc32(bytes(DESCRIPTOR))
    assert interview.facts == Facts(Hello(1, 0, 7, 3, 1, len(bytes(DESCRIPTOR)), crc, 64), DESCRIPTOR, BEAT)


def test_a_node_of_another_version_is_told_from_a_silent_one() -> None:
    interview = Interview()
    talk(interview, Node(major=2))
    assert interview.facts is None
    assert interview.foreign == 2
    assert interview.ask() == b""
    assert Interview().foreign is None


def test_a_node_that_started_anew_is_asked_again() -> None:
    interview = Interview()
    talk(interview, Node())
    interview.receive(Node().beat())
    assert interview.facts is not None
    node = Node(boot=4)
    interview.receive(node.answer(b"\0" + bytes(Frame(HostHello.TYPE, bytes(HostHello(1, 0))))))
    assert interview.facts is None
    talk(interview, node)
    interview.receive(node.beat())
    assert interview.facts is not None


def test_a_descriptor_with_a_wrong_sum_is_fetched_again() -> None:
    interview, node = Interview(), Node()
    good = node.pages
    interview.receive(node.answer(b"\0" + interview.ask()))
    node.pages = bytes(len(good))
    talk(interview, node, rounds=1)
    assert interview.facts is None
    node.pages = good
    talk(interview, node)
    interview.receive(node.beat())
    assert interview.facts is not None


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_noise_holds_up_nothing(noise: list[bytes]) -> None:
    interview, node = Interview(), Node()
    for piece in noise:
        interview.receive(piece + b"\0")
    talk(interview, node)
    interview.receive(b"\0" + node.beat())
    assert interview.facts is not None
    assert interview.facts.descriptor == DESCRIPTOR
