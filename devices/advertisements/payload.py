"""The elements of a Bluetooth LE advertisement (Core specification supplement part A 1; layout from memory).

Elements are `length, type, data`; a length of 0 ends them early.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.errors import DecodeError

_SHORT_NAME, _NAME = 0x08, 0x09
_SERVICES = {0x02: 2, 0x03: 2, 0x06: 16, 0x07: 16}
"Element type to octets of one UUID."

_SERVICE_DATA = {0x16: 2, 0x21: 16}
_MANUFACTURER = 0xFF

_BASE = "0000{}-0000-1000-8000-00805f9b34fb"

NOBODY = "00:00:00:00:00:00"
"Address of a capture that does not tell one."

_EVENT, _META, _REPORT = 0x04, 0x3E, 0x02
_HEADER = 14
"Octets of an advertising report before its elements."


def whole_uuid(uuid: str) -> str:
    """Return the 128-bit form of a UUID, lower case: `fcd2`, `0xfcd2` and the whole form are taken.

    Raises:
        DecodeError: it is none.
    """
    given = uuid.lower().removeprefix("0x")
    found = _BASE.format(given) if len(given) == 4 else given
    digits = found.replace("-", "")
    if len(found) != 36 or len(digits) != 32 or not set(digits) <= set("0123456789abcdef"):
        raise DecodeError(f"{uuid[:60]!r} is no UUID")
    return found


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What one sensor broadcast at one time."""

    name: str = ""
    address: str = NOBODY
    "`A4:C1:38:8D:18:B2`."
    rssi: int = 0
    "Strength of reception in dBm, 0 for unknown."
    service_data: dict[str, bytes] = field(default_factory=dict)
    "By service, whole UUID in lower case."
    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    "By company number."
    services: tuple[str, ...] = ()
    "Whole UUIDs in lower case."

    @classmethod
    def parse(cls, data: bytes, address: str = NOBODY, rssi: int = 0) -> Advertisement:
        """Parse an advertisement's payload.

        Raises:
            DecodeError: an element is cut, or too short for its UUID or company number.
        """
        name, found = "", cls(address=address, rssi=rssi)
        services: list[str] = []
        for kind, body in _elements(data):
            if kind in {_SHORT_NAME, _NAME}:
                name = body.decode(errors="replace")
            elif kind in _SERVICES:
                size = _SERVICES[kind]
                services += [_uuid(body[at : at + size], size) for at in range(0, len(body), size)]
            elif kind in _SERVICE_DATA:
                size = _SERVICE_DATA[kind]
                found.service_data[_uuid(body[:size], size)] = body[size:]
            elif kind == _MANUFACTURER:
                if len(body) < 2:
                    raise DecodeError("advertisement has manufacturer data without a company number")
                found.manufacturer_data[int.from_bytes(body[:2], "little")] = body[2:]
        return cls(
            name,
            address,
            rssi,
            found.service_data,
            found.manufacturer_data,
            tuple(services),
        )

    @classmethod
    def parse_report(cls, data: bytes) -> Advertisement:
        """Parse an HCI event "LE advertising report" of one report, as a sniffer or `btmon` captures it.

        Raises:
            DecodeError: it is another event, holds several reports, or is cut.
        """
        if len(data) < _HEADER + 1 or (data[0], data[1], data[3], data[4]) != (
            _EVENT,
            _META,
            _REPORT,
            1,
        ):
            raise DecodeError("event is no le advertising report of one advertisement")
        size = data[_HEADER - 1]
        if len(data) != _HEADER + size + 1:
            raise DecodeError(f"event is {len(data)} bytes, its advertisement asks for {_HEADER + size + 1}")
        address = ":".join(f"{octet:02X}" for octet in reversed(data[7:13]))
        return cls.parse(data[_HEADER:-1], address, int.from_bytes(data[-1:], "little", signed=True))


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            raise DecodeError(f"advertisement is {len(data)} bytes and ends inside an element")
        found.append((data[at + 1], data[at + 2 : end]))
        at = end
    return found


def _uuid(data: bytes, size: int) -> str:
    if len(data) < size:
        raise DecodeError(f"advertisement has {len(data)} bytes in place of a uuid of {size}")
    digits = data[::-1].hex()
    if size == 2:
        return _BASE.format(digits)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
