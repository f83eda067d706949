"""Short messages against recorded cases, the sheet's vectors, and any bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DecodeError
from hub.notify import gsm7
from hub.notify.sms_pdu import (
    Coding,
    Deliver,
    Fate,
    Pdu,
    StatusReport,
    Submit,
    address,
    coding_for,
    digits_of,
    semi_octets,
    validity_octet,
    validity_seconds,
)

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800


def octets(value: Any) -> bytes:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode("latin-1")


def limited(data: bytes, limit: int | None = None) -> bytes:
    # The recorded program's limit is the number of the last septet, counted from zero.
    return gsm7.unpack(data, None if limit is None else limit + 1)


def digits(data: bytes, _count: int | None = None) -> str:
    # Of some cases the octets are written in hexadecimal once more.
    text = data.decode("latin-1")
    return digits_of(
        bytes.fromhex(text) if text.isalnum() and text.isascii() and len(text) % 2 == 0 else data
    )


def spelled(text: str) -> str:
    return bytes.fromhex(text).decode("latin-1")


def message(data: bytes) -> dict[str, Any]:
    pdu = Pdu.parse(data.decode("ascii"))
    told = pdu.tpdu
    assert not isinstance(told, StatusReport)
    found: dict[str, Any] = {
        "smsc": pdu.smsc or None,
        "tpdu_length": len(data) // 2 - 1 - int(data[:2], 16),
        "type": "SMS-SUBMIT" if isinstance(told, Submit) else "SMS-DELIVER",
        "number": told.number,
        "protocol_id": 0,
        "text": told.text,
    }
    if isinstance(told, Deliver):
        assert told.time is not None
        return found | {"time": told.time.isoformat()}
    if isinstance(told.validity, datetime):
        found["validity"] = told.validity.isoformat()
    return found | {"reference": told.reference, "header": told.header.hex()}


FUNCTIONS = {
    "decodeGsm7": lambda data: gsm7.decode(octets(data)),
    "encodeGsm7": lambda text, *_: gsm7.encode(text),
    "packSeptets": lambda data: gsm7.pack(octets(data)),
    "unpackSeptets": lambda data, *limit: limited(octets(data), *limit),
    "encodeSemiOctets": semi_octets,
    "decodeSemiOctets": lambda data, *count: digits(octets(data), *count),
    "decodeSmsPdu": lambda data: message(octets(data)),
}


def test_recorded_cases(cases: Path) -> None:
    recorded = json.loads((cases / "sms_pdu.json").read_text("utf-8"))["cases"]
    assert len(recorded) == 34
    wrong = {}
    for case in recorded:
        expected = case["expected"]
        found = FUNCTIONS[case["function"]](*case["args"])
        if isinstance(found, dict):
            headers = expected.pop("udh", [])
            assert bool(found.pop("header", "")) is bool(headers)
            expected.setdefault("reference", 0)
            found.setdefault("reference", 0)
        elif isinstance(expected, dict):
            expected = octets(expected)
        if found != expected:
            wrong[case["id"]] = (found, expected)
    assert wrong == {}


SUBMITS = {
    "0001000B914316565811F9000004E8373B0C": (Submit("+34616585119", "hola"), 17),
    "0011000B914316565811F90000AA04E8373B0C": (Submit("+34616585119", "hola", validity=4 * DAY), 18),
    "0011000B913316325476F8000005144166514A2D8286C8980C34853E65201CAD04": (
        Submit("+33612345678", "ALERTE CH12 SPO2 84%", validity=30 * MINUTE),
        32,
    ),
    "0001000B913316325476F8000820005200E90073006900640065006E0074003A00200066006900E8007600720065": (
        Submit("+33612345678", "R\u00e9sident: fi\u00e8vre", Coding.UCS2),
        45,
    ),
}


@pytest.mark.parametrize("pdu", SUBMITS)
def test_messages_of_the_sheet(pdu: str) -> None:
    submit, length = SUBMITS[pdu]
    assert Pdu(submit).hexadecimal == pdu
    assert Pdu(submit).length == length
    assert Pdu.parse(pdu) == Pdu(submit)


@pytest.mark.parametrize(
    ("octet", "seconds"),
    [
        (0, 5 * MINUTE),
        (5, 30 * MINUTE),
        (143, 12 * HOUR),
        (151, 16 * HOUR),
        (167, DAY),
        (169, 3 * DAY),
        (196, 30 * DAY),
        (197, 5 * WEEK),
    ],
)
def test_validity(octet: int, seconds: int) -> None:
    assert validity_seconds(octet) == seconds
    assert validity_octet(seconds) == octet


def test_a_message_never_lives_longer_than_asked_but_for_the_shortest() -> None:
    assert validity_octet(0) == 0
    assert validity_seconds(validity_octet(14 * MINUTE)) == 10 * MINUTE


@pytest.mark.parametrize(
    ("written", "number"),
    [("0A918967452301", "+9876543210"), ("0ED04669D0397C26A7", "FRANCOIS"), ("0AA11092997856", "0129998765")],
)
def test_addresses(written: str, number: str) -> None:
    stamp = "51117200000080"
    pdu = Pdu.parse(f"0004{written}0000{stamp}00")
    assert isinstance(pdu.tpdu, Deliver)
    assert pdu.tpdu.number == number
    assert pdu.tpdu.time == datetime(2015, 11, 27, tzinfo=timezone(timedelta(hours=2)))
    if written[2:4] != "A1":
        assert address(number).hex().upper() == written


@pytest.mark.parametrize("number", ["", "+", "+" + "1" * 21, "ABCDEFGHIJKL", "\u4e00"])
def test_what_is_no_address(number: str) -> None:
    with pytest.raises(ValueError):
        address(number)


texts = st.text(st.sampled_from("".join(char for char in gsm7._CODES)), max_size=70)
numbers = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True) | st.from_regex(
    r"[A-Z][A-Z ]{0,9}[A-Z]", fullmatch=True
)
moments = st.none() | st.builds(
    lambda seconds, quarters: datetime.fromtimestamp(
        seconds, timezone(timedelta(minutes=15 * quarters)) if quarters else UTC
    ),
    st.integers(946_771_200, 4_000_000_000),
    st.integers(-48, 56),
)
headers = st.binary(max_size=12)
contents = st.one_of(
    st.tuples(texts, st.just(Coding.GSM7)),
    st.tuples(st.binary(max_size=100).map(lambda data: data.decode("latin-1")), st.just(Coding.DATA)),
    st.tuples(st.text(max_size=30), st.just(Coding.UCS2)),
)


@given(
    content=contents,
    number=numbers,
    header=headers,
    moment=moments,
    octet=st.integers(0, 255),
)
def test_messages_survive(
    *,
    content: tuple[str, Coding],
    number: str,
    header: bytes,
    moment: datetime | None,
    octet: int,
) -> None:
    text, coding = content
    report, reference = octet % 2 == 1, 255 - octet
    submit = Submit(number, text, coding, validity_seconds(octet), report, reference, header)
    deliver = Deliver(number, text, moment, coding, header)
    told = StatusReport(reference, number, moment, moment, octet)
    absolute = Submit(number, text, coding, moment, report, reference, header)
    for tpdu in (submit, deliver, told, absolute):
        assert Pdu.parse(Pdu(tpdu, "+33609001390").hexadecimal) == Pdu(tpdu, "+33609001390")


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: b"\x00" + data))
def test_any_bytes_are_a_message_or_the_documented_error(data: bytes) -> None:
    try:
        read = Pdu.parse(data.hex())
    except DecodeError:
        return
    assert Pdu.parse(read.hexadecimal) == read


@given(st.text(max_size=60))
def test_any_text_has_a_likeness(text: str) -> None:
    alike = gsm7.likeness(text)
    assert gsm7.fits(alike)
    assert gsm7.decode(gsm7.encode(alike)) == alike
    assert coding_for(alike) is Coding.GSM7


@given(st.binary(max_size=60), st.integers(0, 6))
def test_septets_survive(data: bytes, fill: int) -> None:
    septets = bytes(octet & 0x7F for octet in data)
    packed = gsm7.pack(septets, fill)
    assert gsm7.unpack(packed, len(septets), fill) == septets
    assert isinstance(gsm7.decode(septets), str)


def test_french() -> None:
    assert gsm7.fits("Ch 12 fi\u00e8vre \u00e9lev\u00e9e \u00e0 39\u20ac \u00f9 \u00c7")
    assert not gsm7.fits("fen\u00eatre")
    assert gsm7.likeness("fen\u00eatre gar\u00e7on \u2265 39 \u00b0C\u0301") == "fenetre garcon >= 39  C "
    assert coding_for("fen\u00eatre") is Coding.UCS2
    with pytest.raises(ValueError, match="\u00ea"):
        gsm7.encode("fen\u00eatre")


def test_escapes_that_mean_nothing() -> None:
    assert gsm7.decode(b"\x1bA\x1b\x1b\x1b") == "A "


@pytest.mark.parametrize(
    ("scheme", "coding"),
    [
        (0x00, 0),
        (0x04, 4),
        (0x08, 8),
        (0x0C, 0),
        (0x10, 0),
        (0x18, 8),
        (0x20, 4),
        (0x48, 8),
        (0x80, 0),
        (0xC8, 0),
        (0xD8, 0),
        (0xE8, 8),
        (0xF0, 0),
        (0xF6, 4),
    ],
)
def test_coding_schemes(scheme: int, coding: int) -> None:
    pdu = Pdu.parse(f"000404811032 00{scheme:02X}{'0' * 14}0441424344".replace(" ", ""))
    assert isinstance(pdu.tpdu, Deliver)
    assert pdu.tpdu.coding == coding


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (0, Fate.DELIVERED),
        (2, Fate.DELIVERED),
        (0x20, Fate.TRYING),
        (0x3F, Fate.TRYING),
        (0x40, Fate.FAILED),
        (0x46, Fate.FAILED),
        (0x61, Fate.FAILED),
    ],
)
def test_what_a_status_means(status: int, fate: Fate) -> None:
    assert StatusReport(1, "+33612345678", None, None, status).fate is fate


@pytest.mark.parametrize(
    ("pdu", "reason"),
    [
        ("", "too early"),
        ("0001000B9143", "too early"),
        ("0003" + "00" * 20, "reserved"),
        ("0009000B914316565811F9000004E8373B0C", "enhanced"),
        ("zz", "not hexadecimal"),
        ("00" * 1000, "longer than any"),
    ],
)
def test_each_malformed_message_has_its_reason(pdu: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        Pdu.parse(pdu)


@pytest.mark.parametrize(
    "submit",
    [
        Submit("1", "a" * 161),
        Submit("1", "\u20ac" * 81),
        Submit("1", "\u00ea" * 71, Coding.UCS2),
        Submit("1", "a" * 160, header=b"123"),
        Submit("1", "a" * 141, Coding.DATA),
    ],
)
def test_a_text_goes_into_one_message_or_none(submit: Submit) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        bytes(submit)
    bytes(Submit("1", "a" * 160))
    bytes(Submit("1", "\u00ea" * 70, Coding.UCS2))
