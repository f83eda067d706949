"""Which driver for which sensor: most specific match first; two equal matches are an error.

The table makes itself: every module of this folder that has `ENTRIES` is in it, in the order of the modules' names.
So a new sensor is one file here, and one file of vectors.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable

import devices.drivers
from devices.drivers.base import Driver, Entry, Lock, Signature
from devices.errors import ConfigError


def _found() -> tuple[Entry, ...]:
    """Return what the modules beside this one offer."""
    package = devices.drivers
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [
        importlib.import_module(f"{package.__name__}.{name}")
        for name in names
        if f"{package.__name__}.{name}" != __name__
    ]
    return tuple(entry for module in modules for entry in getattr(module, "ENTRIES", ()))


ENTRIES = _found()
"Every protocol that a sensor may be configured with."


def protocols(entries: Iterable[Entry] = ENTRIES) -> list[str]:
    """Return the known protocols' names, sorted."""
    return sorted(entry.signature.protocol for entry in entries)


def signature(protocol: str, entries: Iterable[Entry] = ENTRIES) -> Signature:
    """Return how sensors of a protocol are recognised, and over which transport they speak.

    Raises:
        ConfigError: the protocol is unknown; the text lists the known ones.
    """
    return _entry(protocol, entries).signature


def open_driver(
    protocol: str, sensor: str, entries: Iterable[Entry] = ENTRIES, *, key: str = "", address: str = ""
) -> Driver:
    """Return a new driver for one sensor.

    Args:
        protocol: its name.
        sensor: the sensor's identifier within its edge; stands in every reading.
        entries: the table to look in.
        key: its bind key, hexadecimal; empty for a sensor that does not encrypt.
        address: its Bluetooth address, if it is known.

    Raises:
        ConfigError: the protocol is unknown, and the text lists the known ones; or the key is none for it.
    """
    entry = _entry(protocol, entries)
    if entry.open_locked is None:
        check_key(protocol, key, entries)
        return entry.open(sensor)
    return entry.open_locked(sensor, Lock(check_key(protocol, key, entries), address.upper()))


def check_key(protocol: str, key: str, entries: Iterable[Entry] = ENTRIES) -> bytes:
    """Return a key's octets; none for an empty text.

    Raises:
        ConfigError: sensors of that protocol take no key, or none like this; the text never repeats it.
    """
    if not key:
        return b""
    sizes = _entry(protocol, entries).key_sizes
    if not sizes:
        raise ConfigError(f"sensors of protocol {protocol!r} take no key")
    wanted = " or ".join(str(2 * size) for size in sizes)
    if not set(key.lower()) <= set("0123456789abcdef") or len(key) not in {2 * size for size in sizes}:
        raise ConfigError(f"the key is not {wanted} hexadecimal digits, it has {len(key)} characters")
    return bytes.fromhex(key)


def is_locked(
    protocol: str, elements: Iterable[tuple[str, bytes]], entries: Iterable[Entry] = ENTRIES
) -> bool:
    """Tell whether a sensor's broadcast is encrypted, so that a key is needed to read it.

    Args:
        protocol: its name.
        elements: source and octets of the advertisement's elements, as `Driver.receive` gets them.
        entries: the table to look in.
    """
    locked = _entry(protocol, entries).locked
    return locked is not None and any(locked(source, data) for source, data in elements)


def recognise(services: frozenset[str], name: str, entries: Iterable[Entry] = ENTRIES) -> Signature | None:
    """Return the signature that fits a Bluetooth LE sensor best, or `None` when none fits.

    A signature fits when the sensor has all its services and its name begins as told. The one that asks for more
    wins: first by its services, then by the length of its name. What a sensor has beside its own service (battery,
    device information) never counts against it.

    A sensor with the services of two protocols that know nothing of each other (a wrist sensor with 180D and 1822)
    is ambiguous on purpose: which of its values are wanted is the technician's choice, made by naming the protocol.

    Args:
        services: what the sensor advertises or has, 16-bit lower-case hex.
        name: its advertised name.
        entries: the table to look in.

    Raises:
        ConfigError: two signatures fit equally well; the sensor must be configured by name.
    """

    def fits(each: Signature) -> bool:
        asks = bool(each.services or each.name_prefix)
        return each.transport == "ble" and asks and each.services <= services

    return _best(name, fits, entries)


def recognise_advertisement(
    service_data: frozenset[str],
    manufacturers: frozenset[str],
    name: str,
    entries: Iterable[Entry] = ENTRIES,
) -> Signature | None:
    """Return the signature that fits a sensor that only broadcasts, or `None` when none fits.

    A signature fits when the advertisement holds data of one of its services and of one of its manufacturers, as far
    as it asks for them, and the name begins as told.

    Args:
        service_data: services whose data the advertisement holds, 16-bit lower-case hex.
        manufacturers: company numbers whose data it holds, 16-bit lower-case hex.
        name: its advertised name.
        entries: the table to look in.

    Raises:
        ConfigError: two signatures fit equally well; the sensor must be configured by name.
    """

    def fits(each: Signature) -> bool:
        return (
            each.transport == "advertisement"
            and bool(each.service_data or each.manufacturers)
            and (not each.service_data or bool(each.service_data & service_data))
            and (not each.manufacturers or bool(each.manufacturers & manufacturers))
        )

    return _best(name, fits, entries)


def _best(name: str, fits: Callable[[Signature], bool], entries: Iterable[Entry]) -> Signature | None:
    found = [
        each
        for each in (entry.signature for entry in entries)
        if fits(each) and name.startswith(each.name_prefix)
    ]
    if not found:
        return None
    best = max(_specificity(each) for each in found)
    winners = [each for each in found if _specificity(each) == best]
    if len(winners) > 1:
        names = ", ".join(sorted(each.protocol for each in winners))
        raise ConfigError(
            f"sensor {name!r} fits the protocols {names} equally; name one in the configuration"
        )
    return winners[0]


def _specificity(each: Signature) -> tuple[int, int]:
    """Return how much a signature asks for; of `service_data` any one is enough, so it counts once."""
    asked = len(each.services) + bool(each.service_data) + bool(each.manufacturers)
    return asked, len(each.name_prefix)


def _entry(protocol: str, entries: Iterable[Entry]) -> Entry:
    table = {entry.signature.protocol: entry for entry in entries}
    try:
        return table[protocol]
    except KeyError:
        known = ", ".join(sorted(table))
        raise ConfigError(f"protocol {protocol!r} is unknown; known are {known}") from None
