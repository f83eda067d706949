"""Short messages as a modem takes and gives them (3GPP 23.040): a dataclass for each, both ways. Pure.

A PDU is the service centre's address, then the TPDU; `AT+CMGS` counts the TPDU alone. One message is one part: a text
that does not fit is a fault of whoever wrote it, never several parts that arrive one by one.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from devices.errors import DecodeError
from hub.notify import gsm7

MAX_SEPTETS = 160
MAX_OCTETS = 140
MAX_PDU = 2 * (12 + 4 + 12 + 2 + 16 + MAX_OCTETS)
"Hexadecimal digits of the longest message that a modem gives; bounds what is parsed."

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
_SUBMIT, _DELIVER, _REPORT = 0x01, 0x00, 0x02
_RELATIVE, _ABSOLUTE, _ENHANCED = 0x10, 0x18, 0x08
_WANTS_REPORT, _HAS_HEADER = 0x20, 0x40
_INTERNATIONAL, _UNKNOWN, _ALPHANUMERIC = 0x91, 0x81, 0xD0
_DIGITS = "0123456789*#abc"


class Coding(enum.IntEnum):
    """How the text is written; the value is that of the data coding scheme without a message class."""

    GSM7 = 0x00
    DATA = 0x04
    "Octets, given as Latin-1 so that nothing is lost."
    UCS2 = 0x08


class Fate(enum.Enum):
    """What a status report says."""

    DELIVERED = enum.auto()
    TRYING = enum.auto()
    FAILED = enum.auto()


def coding_for(text: str) -> Coding:
    """Return the shortest coding that keeps a text as it is."""
    return Coding.GSM7 if gsm7.fits(text) else Coding.UCS2


def validity_octet(seconds: int) -> int:
    """Return the relative validity period that is not longer than some seconds; five minutes is the shortest."""
    octets = range(255, -1, -1)
    return next((octet for octet in octets if validity_seconds(octet) <= seconds), 0)


def validity_seconds(octet: int) -> int:
    """Return the seconds of a relative validity period."""
    if octet <= 143:
        return (octet + 1) * 5 * _MINUTE
    if octet <= 167:
        return 12 * _HOUR + (octet - 143) * 30 * _MINUTE
    if octet <= 196:
        return (octet - 166) * _DAY
    return (octet - 192) * _WEEK


@dataclass(frozen=True, slots=True)
class Submit:
    """A message to be sent."""

    number: str
    "`+33612345678`, digits of a national or short number, or letters."
    text: str
    coding: Coding = Coding.GSM7
    validity: int | datetime | None = None
    "Seconds, an end, or the network's own default (days)."
    report: bool = False
    "Whether a status report is asked for."
    reference: int = 0
    "0 lets the modem number it."
    header: bytes = b""
    "User data header without its length."

    def __bytes__(self) -> bytes:
        """Return the TPDU.

        Raises:
            ValueError: text or number cannot be written in one message.
        """
        first = _SUBMIT | (_WANTS_REPORT if self.report else 0) | (_HAS_HEADER if self.header else 0)
        period = b""
        if isinstance(self.validity, int):
            first |= _RELATIVE
            period = bytes([validity_octet(self.validity)])
        elif self.validity is not None:
            first |= _ABSOLUTE
            period = _timestamp(self.validity)
        head = bytes([first, self.reference]) + address(self.number) + bytes([0, self.coding])
        return head + period + _user_data(self.text, self.coding, self.header)


@dataclass(frozen=True, slots=True)
class Deliver:
    """A message that came."""

    number: str
    text: str
    time: datetime | None
    "When the service centre had it; `None` for a date that is none."
    coding: Coding = Coding.GSM7
    header: bytes = b""

    def __bytes__(self) -> bytes:
        """Return the TPDU.

        Raises:
            ValueError: text or number cannot be written in one message.
        """
        first = _DELIVER | 0x04 | (_HAS_HEADER if self.header else 0)
        head = bytes([first]) + address(self.number) + bytes([0, self.coding]) + _timestamp(self.time)
        return head + _user_data(self.text, self.coding, self.header)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a message that was sent."""

    reference: int
    "The modem's number of the message, 0 to 255."
    number: str
    time: datetime | None
    "When the service centre had the message."
    ended: datetime | None
    "When it was delivered or given up."
    status: int

    @property
    def fate(self) -> Fate:
        """What the status means: below 0x20 it is on the phone, below 0x40 the network still tries."""
        if self.status < 0x20:
            return Fate.DELIVERED
        return Fate.TRYING if self.status < 0x40 else Fate.FAILED

    def __bytes__(self) -> bytes:
        """Return the TPDU.

        Raises:
            ValueError: the number cannot be written.
        """
        head = bytes([_REPORT | 0x04, self.reference]) + address(self.number)
        return head + _timestamp(self.time) + _timestamp(self.ended) + bytes([self.status])


@dataclass(frozen=True, slots=True)
class Pdu:
    """A message with its service centre."""

    tpdu: Submit | Deliver | StatusReport
    smsc: str = ""
    "Empty for the SIM's own."

    @property
    def hexadecimal(self) -> str:
        """What follows the prompt of `AT+CMGS`."""
        centre = b"\x00"
        if self.smsc:
            _, kind, *digits = address(self.smsc)
            centre = bytes([len(digits) + 1, kind, *digits])
        return (centre + bytes(self.tpdu)).hex().upper()

    @property
    def length(self) -> int:
        """Octets without the service centre's address: the argument of `AT+CMGS`."""
        return len(bytes(self.tpdu))

    @classmethod
    def parse(cls, hexadecimal: str) -> Pdu:
        """Read what a modem gives.

        Raises:
            DecodeError: it is no message of the three kinds.
        """
        if len(hexadecimal) > MAX_PDU:
            raise DecodeError(f"a message of {len(hexadecimal)} digits is longer than any")
        try:
            octets = _Octets(bytes.fromhex(hexadecimal))
        except ValueError:
            raise DecodeError("a message is not hexadecimal") from None
        size = octets.one()
        smsc = _number(*_split(octets.take(size))) if size else ""
        first = octets.one()
        readers: dict[int, Callable[[int, _Octets], Submit | Deliver | StatusReport]]
        readers = {_SUBMIT: _read_submit, _DELIVER: _read_deliver, _REPORT: _read_report}
        reader = readers.get(first & 0x03)
        if reader is None:
            raise DecodeError("a message of kind 3, which is reserved")
        return cls(reader(first, octets), smsc)


def semi_octets(digits: str) -> bytes:
    """Write hexadecimal digits two an octet, the first in the low half, padded with F."""
    even = digits + "f" * (len(digits) % 2)
    return bytes(int(even[at + 1] + even[at], 16) for at in range(0, len(even), 2))


def digits_of(data: bytes) -> str:
    """Read digits two an octet, up to the first F."""
    return "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in data).partition("f")[0]


def address(number: str) -> bytes:
    """Write a number or letters with length and type.

    Raises:
        ValueError: it is empty, too long, or has characters that addresses do not have.
    """
    digits = number.removeprefix("+")
    if digits and all(char in _DIGITS for char in digits):
        if len(digits) > 20:
            raise ValueError(f"the number {number} has more than 20 digits")
        kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN
        return bytes([len(digits), kind]) + semi_octets("".join(f"{_DIGITS.index(c):x}" for c in digits))
    septets = gsm7.encode(number)
    if not 1 <= len(septets) <= 11 or number.startswith("+"):
        raise ValueError(f"the address {number!r} is neither a number nor 1 to 11 letters")
    return bytes([(len(septets) * 7 + 3) // 4, _ALPHANUMERIC]) + gsm7.pack(septets)


class _Octets:
    """What is left of a message."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise DecodeError("a message ends too early")
        self._at += count
        return taken

    def one(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self._data[self._at :]


def _split(data: bytes) -> tuple[int, bytes]:
    return data[0], data[1:]


def _read_address(octets: _Octets) -> str:
    length = octets.one()
    kind = octets.one()
    data = octets.take((length + 1) // 2)
    if kind & 0x70 == 0x50:
        return gsm7.decode(gsm7.unpack(data, length * 4 // 7))
    return _number(kind, data, length)


def _number(kind: int, data: bytes, length: int | None = None) -> str:
    found = digits_of(data)[:length]
    digits = "".join(_DIGITS[int(digit, 16)] for digit in found)
    return ("+" if kind & 0x70 == 0x10 else "") + digits


def _read_submit(first: int, octets: _Octets) -> Submit:
    reference = octets.one()
    number = _read_address(octets)
    _, scheme = octets.take(2)
    form = first & _ABSOLUTE
    validity: int | datetime | None = None
    if form == _RELATIVE:
        validity = validity_seconds(octets.one())
    elif form == _ABSOLUTE:
        validity = _read_time(octets)
    elif form == _ENHANCED:
        raise DecodeError("a message has a validity in the enhanced form, which nobody uses")
    text, coding, header = _read_user_data(first, scheme, octets)
    return Submit(number, text, coding, validity, bool(first & _WANTS_REPORT), reference, header)


def _read_deliver(first: int, octets: _Octets) -> Deliver:
    number = _read_address(octets)
    _, scheme = octets.take(2)
    time = _read_time(octets)
    text, coding, header = _read_user_data(first, scheme, octets)
    return Deliver(number, text, time, coding, header)


def _read_report(_first: int, octets: _Octets) -> StatusReport:
    reference = octets.one()
    number = _read_address(octets)
    time, ended = _read_time(octets), _read_time(octets)
    return StatusReport(reference, number, time, ended, octets.one())


def _read_user_data(first: int, scheme: int, octets: _Octets) -> tuple[str, Coding, bytes]:
    # A length that says more than there is: modems give such messages, and what there is can be read.
    length = octets.one()
    data = octets.rest()
    coding = _coding(scheme)
    header = b""
    used = 0
    if first & _HAS_HEADER:
        parts = _Octets(data)
        header = parts.take(parts.one())
        used = len(header) + 1
    if coding is Coding.GSM7:
        skipped = (used * 8 + 6) // 7
        return gsm7.decode(gsm7.unpack(data, length)[skipped:]), coding, header
    content = data[used:length]
    if coding is Coding.DATA:
        return content.decode("latin-1"), coding, header
    return content.decode("utf-16-be", "replace"), coding, header


def _coding(scheme: int) -> Coding:
    group = scheme >> 4
    if group <= 0x7:
        # Compressed text (bit 5) is nothing that can be read; reserved alphabets are GSM 7 bit.
        alphabet = Coding.DATA if scheme & 0x20 else scheme & 0x0C
        return Coding(alphabet) if alphabet in {4, 8} else Coding.GSM7
    if group == 0xF:
        return Coding.DATA if scheme & 0x04 else Coding.GSM7
    return Coding.UCS2 if group == 0xE else Coding.GSM7


def _user_data(text: str, coding: Coding, header: bytes) -> bytes:
    head = bytes([len(header), *header]) if header else b""
    if coding is Coding.GSM7:
        septets = gsm7.encode(text)
        skipped = (len(head) * 8 + 6) // 7
        length = skipped + len(septets)
        if length > MAX_SEPTETS:
            raise ValueError(f"a text of {len(septets)} characters does not fit into one message")
        return bytes([length]) + head + gsm7.pack(septets, skipped * 7 - len(head) * 8)
    content = text.encode("latin-1" if coding is Coding.DATA else "utf-16-be")
    if len(head) + len(content) > MAX_OCTETS:
        raise ValueError(f"a text of {len(text)} characters does not fit into one message")
    return bytes([len(head) + len(content)]) + head + content


def _timestamp(time: datetime | None) -> bytes:
    if time is None:
        return bytes(7)
    offset = time.utcoffset() or timedelta()
    quarters = round(offset.total_seconds() / 900)
    octets = semi_octets(time.strftime("%y%m%d%H%M%S") + f"{abs(quarters):02d}")
    return octets[:-1] + bytes([octets[-1] | (0x08 if quarters < 0 else 0)])


def _read_time(octets: _Octets) -> datetime | None:
    data = octets.take(7)
    year, month, day, hour, minute, second = ((octet & 15) * 10 + (octet >> 4) for octet in data[:6])
    quarters = (data[6] & 0x07) * 10 + (data[6] >> 4)
    offset = timedelta(minutes=15 * (-quarters if data[6] & 0x08 else quarters))
    try:
        zone = timezone(offset) if offset else UTC
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        # Some modems and networks send zeros.
        return None
