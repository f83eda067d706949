"""Kind `advertisement`: what a sensor broadcasts without a link.

In one of these forms, all hexadecimal:
  {"service_data": {"fcd2": "4002ca..."}, "manufacturer_data": {"0499": "..."}, "service_uuids": [...], "name", "address", "rssi"}
  {"hex": "020106..."}              the payload, with "name" and "address" if they are known
  {"hci_event_hex": "043e..."}      the host controller's event, as a sniffer captures it
  {"servicedata": "...", "servicedatauuid": "0xfcd2", "manufacturerdata": "...", "name", "mac"}   one element without its UUID

An encrypted one also needs "bindkey", or "aeskeys", keys by address.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from devices.advertisements.broadcast import Broadcast
from devices.advertisements.payload import NOBODY, Advertisement, whole_uuid
from devices.decoders.plain import measurements, plain
from devices.decoders.request import Request, data, octets, optional_text
from devices.drivers.room_climate import BTHOME_SERVICES, XIAOMI_SERVICES
from devices.errors import DecodeError

_Reader = Callable[[Advertisement, bytes | None], Broadcast]

_COMPANY_DIGITS = 4


def decode(request: Request) -> dict[str, Any]:
    """Return what an advertisement says.

    Raises:
        DecodeError: the request is malformed, or the format not known. An encrypted one without its
            key is answered, with the reason in `problem` and no values.
    """
    heard = _heard(request)
    name, read = _reader(heard)
    said = read(heard, _key(request, heard.address))
    return {
        "measurements": measurements(said.readings("", 0)),
        "protocol": name,
        "message": plain(said),
    }


def _reader(heard: Advertisement) -> tuple[str, _Reader]:
    services = {uuid[4:8] for uuid in heard.service_data if uuid == whole_uuid(uuid[4:8])}
    # Loaded when needed: the libraries are large.
    library = importlib.import_module("devices.advertisements.library")
    if services & BTHOME_SERVICES:
        return "bthome", cast(_Reader, library.read_bthome)
    if services & XIAOMI_SERVICES:
        return "xiaomi", cast(_Reader, library.read_xiaomi)
    told = ", ".join(sorted(heard.service_data)) or "none"
    raise DecodeError(f"advertisement is of no format that is known; it has service data of {told}")


def _heard(request: Request) -> Advertisement:
    if "hci_event_hex" in request:
        return Advertisement.parse_report(data(request, "hci_event_hex"))
    name = optional_text(request, "name") or ""
    address = _address(optional_text(request, "address") or optional_text(request, "mac") or NOBODY)
    if "hex" in request:
        parsed = Advertisement.parse(data(request), address, _rssi(request))
        services = parsed.service_data
        return Advertisement(
            parsed.name or name,
            address,
            parsed.rssi,
            services,
            parsed.manufacturer_data,
            parsed.services,
        )
    if "servicedata" in request or "manufacturerdata" in request:
        return _single(request, name, address)
    uuids = request.get("service_uuids") or []
    if not isinstance(uuids, list) or not all(isinstance(uuid, str) for uuid in uuids):
        raise DecodeError("key 'service_uuids' is not a list of strings")
    return Advertisement(
        name,
        address,
        _rssi(request),
        {whole_uuid(uuid): value for uuid, value in _table(request, "service_data").items()},
        {_company(number): value for number, value in _table(request, "manufacturer_data").items()},
        tuple(map(whole_uuid, uuids)),
    )


def _single(request: Request, name: str, address: str) -> Advertisement:
    """Read the form that has one element of each kind; a service data without UUID is taken for MiBeacon's."""
    services = {}
    if "servicedata" in request:
        uuid = whole_uuid(optional_text(request, "servicedatauuid") or "fe95")
        services[uuid] = data(request, "servicedata")
    companies = {}
    if "manufacturerdata" in request:
        element = data(request, "manufacturerdata")
        companies[int.from_bytes(element[:2], "little")] = element[2:]
    return Advertisement(name, address, _rssi(request), services, companies)


def _table(request: Request, key: str) -> dict[str, bytes]:
    table = request.get(key) or {}
    if not isinstance(table, dict):
        raise DecodeError(f"key {key!r} is not an object")
    return {name: octets(digits, key) for name, digits in table.items()}


def _company(number: str) -> int:
    try:
        return int(
            number,
            16 if len(number) == _COMPANY_DIGITS or number.startswith("0x") else 10,
        )
    except ValueError:
        raise DecodeError(f"company {number[:60]!r} is no number") from None


def _rssi(request: Request) -> int:
    rssi = request.get("rssi") or 0
    if not isinstance(rssi, int):
        raise DecodeError("key 'rssi' is not an integer")
    return rssi


def _address(text: str) -> str:
    digits = text.replace(":", "").replace("-", "")
    if len(octets(digits, "address")) != 6:
        raise DecodeError(f"address {text[:60]!r} is not six bytes")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)).upper()


def _key(request: Request, address: str) -> bytes | None:
    keys = request.get("aeskeys") or {}
    if not isinstance(keys, dict):
        raise DecodeError("key 'aeskeys' is not an object")
    digits = request.get("bindkey") or keys.get(address.replace(":", "").lower())
    return None if digits is None else octets(digits, "bindkey")
