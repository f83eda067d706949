"""ESPA's bytes: vectors of the sheet, and any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from hub.notify.espa import (
    ACK,
    ENQ,
    EOT,
    MAX_BLOCK,
    NAK,
    Block,
    Damaged,
    Decoder,
    Header,
    Record,
    RecordKind,
    Signal,
    Token,
)

# From public ESPA test code, and computed by hand (the last two): `04-serial-protocols.md`, part 5.
VECTORS = {
    "0131023 1 1F41035F": Block(1, (Record(1, b"A"),)),
    "0131 0231 1F353530 1E321F43414C4C204D4520313031 1E331F33 1E341F33 1E351F33 1E361F33 03 23": Block(
        1,
        (
            Record(1, b"550"),
            Record(2, b"CALL ME 101"),
            Record(3, b"3"),
            Record(4, b"3"),
            Record(5, b"3"),
            Record(6, b"3"),
        ),
    ),
    "0131 0231 1F34353637 1E321F4578616D706C65 1E331F31 1E361F32 03 63": Block(
        1, (Record(1, b"4567"), Record(2, b"Example"), Record(3, b"1"), Record(6, b"2"))
    ),
    "0131 0231 1F323034 1E321F43483132205350 4F3220383425 1E331F37 1E341F33 1E351F32 1E361F31 03 47": Block(
        1,
        (
            Record(1, b"204"),
            Record(2, b"CH12 SPO2 84%"),
            Record(3, b"7"),
            Record(4, b"3"),
            Record(5, b"2"),
            Record(6, b"1"),
        ),
    ),
    "0131 0231 1F323034 1E341F31 03 2C": Block(1, (Record(1, b"204"), Record(4, b"1"))),
}

records = st.builds(
    Record,
    st.integers(0, 99),
    st.binary(max_size=40).map(lambda data: bytes(byte for byte in data if byte >= 0x20)),
)
blocks = st.builds(Block, st.integers(0, 99), st.lists(records, min_size=1, max_size=8).map(tuple))
signals = st.builds(
    Signal,
    st.sampled_from([ACK, NAK, ENQ, EOT]),
    st.text("0123456789AZ", max_size=4).map(str.encode),
)


def raw(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace(" ", ""))


@pytest.mark.parametrize("data", VECTORS)
def test_vectors_both_ways(data: str) -> None:
    assert bytes(VECTORS[data]) == raw(data)
    assert Block.parse(raw(data)) == VECTORS[data]
    assert Decoder().receive(raw(data)) == [VECTORS[data]]


@pytest.mark.parametrize("data", VECTORS)
def test_a_wrong_check_is_no_block(data: str) -> None:
    damaged = raw(data)[:-1] + bytes([raw(data)[-1] ^ 0xFF])
    with pytest.raises(DecodeError, match="check is"):
        Block.parse(damaged)
    assert [type(token) for token in Decoder().receive(damaged)] == [Damaged]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"11\x1fA\x03", "no STX"),
        (b"1\x021A\x03", "no US"),
        (b"\x021\x1fA\x03", "header number"),
        (b"123\x021\x1fA\x03", "header number"),
        (b"1\x02x\x1fA\x03", "record number"),
        (b"1\x02\x1fA\x03", "record number"),
        (b"1\x02\x03", "no US"),
        (b"1\x021\x1fA\x0bB\x03", "control character"),
        ("1\u00b2".encode("latin-1") + b"\x021\x1fA\x03", "header number"),
    ],
)
def test_each_malformed_block_has_its_reason(body: bytes, reason: str) -> None:
    total = 0
    for byte in body:
        total ^= byte
    [token] = Decoder().receive(b"\x01" + body + bytes([total]))
    assert isinstance(token, Damaged)
    assert reason in token.reason


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x03", b"x\x03x", b"\x01ab"])
def test_what_is_not_framed_is_no_block(data: bytes) -> None:
    with pytest.raises(DecodeError, match="not framed"):
        Block.parse(data)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Record(100, b""), "two digits"),
        (lambda: Record(1, b"a\nb"), "control"),
        (lambda: Block(100, (Record(1, b""),)), "two digits"),
        (lambda: Block(1, ()), "without records"),
    ],
)
def test_what_cannot_be_sent_cannot_be_made(make: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make()  # type: ignore[operator]  # rows of a table of functions


@given(st.lists(blocks | signals, max_size=6), st.data())
def test_messages_survive_in_pieces_of_any_size(sent: list[Block | Signal], data: st.DataObject) -> None:
    whole = b"".join(bytes(each) for each in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    decoder = Decoder()
    received: list[Token] = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        received += decoder.receive(whole[start:end])
    assert received == sent
    assert decoder.noise == 0


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_any_bytes_give_tokens_and_the_next_block_is_found(junk: list[bytes]) -> None:
    decoder = Decoder()
    whole = Decoder()
    tokens = [token for part in junk for token in decoder.receive(part)]
    assert tokens == whole.receive(b"".join(junk))
    decoder.reset()
    call = Block(Header.CALL, (Record(RecordKind.ADDRESS, b"12"),))
    assert decoder.receive(bytes(call)) == [call]


@pytest.mark.parametrize("wanted", [0x01, 0x02, 0x03, EOT, ENQ, ACK, NAK, 0x1E, 0x1F])
def test_a_check_that_is_a_control_character_ends_the_block(wanted: int) -> None:
    texts = (bytes([first, second]) for first in range(0x20, 0x7F) for second in range(0x20, 0x7F))
    block = next(
        made for text in texts if bytes(made := Block(1, (Record(1, b"204"), Record(2, text))))[-1] == wanted
    )
    assert Decoder().receive(bytes(block) + b"\x06") == [block, Signal(ACK)]


def test_a_block_that_is_broken_off_does_not_hide_the_next() -> None:
    call = Block(1, (Record(1, b"7"),))
    assert Decoder().receive(b"\x011\x021" + bytes(call)) == [Damaged("a block was broken off"), call]
    assert Decoder().receive(b"\x011\x021\x04") == [Damaged("a block was broken off"), Signal(EOT)]


def test_a_block_without_end_is_bounded() -> None:
    tokens = Decoder().receive(b"\x01" + b"a" * (MAX_BLOCK + 100) + b"\x06")
    assert tokens[0] == Damaged(f"a block has more than {MAX_BLOCK} bytes")
    assert isinstance(tokens[-1], Signal)


def test_digits_before_a_refusal() -> None:
    assert Decoder().receive(b"2\x15\x15") == [Signal(NAK, b"2"), Signal(NAK)]


def test_bytes_that_belong_to_nothing_are_counted() -> None:
    decoder = Decoder()
    assert decoder.receive(b"\xff\x80abcdefgh\x00" + b"ab\x01") == []
    assert decoder.noise == 2 + 8 + 1 + 2
    decoder.reset()
    assert decoder.receive(b"12") == []
    decoder.reset()
    assert decoder.receive(b"\x06") == [Signal(ACK)]


def test_the_first_record_of_a_kind_counts() -> None:
    block = Block(2, (Record(1, b"7"), Record(1, b"8")))
    assert block.get(RecordKind.ADDRESS) == b"7"
    assert block.get(RecordKind.CALL_STATUS) is None
