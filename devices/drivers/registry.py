"""Which driver for which sensor: a table, most specific match first; two equal matches are an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devices.drivers import (
    blood_pressure,
    contec,
    contec_old,
    heart_rate,
    nonin_df2,
    nonin_df13,
    pulse_oximeter,
    thermometer,
)
from devices.drivers.base import Driver, Signature
from devices.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Entry:
    """A protocol, how it is recognised, and what speaks it."""

    signature: Signature
    open: Callable[[str], Driver]
    "Takes the sensor's identifier."


ENTRIES = (
    Entry(heart_rate.SIGNATURE, heart_rate.open_driver),
    Entry(pulse_oximeter.SIGNATURE, pulse_oximeter.open_driver),
    Entry(thermometer.SIGNATURE, thermometer.open_driver),
    Entry(blood_pressure.SIGNATURE, blood_pressure.open_driver),
    Entry(nonin_df2.SIGNATURE, nonin_df2.NoninDf2),
    Entry(nonin_df13.SIGNATURE, nonin_df13.NoninDf13),
    Entry(contec_old.SIGNATURE, contec_old.ContecOld),
    Entry(contec.SIGNATURE, contec.Contec),
)
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


def open_driver(protocol: str, sensor: str, entries: Iterable[Entry] = ENTRIES) -> Driver:
    """Return a new driver for one sensor.

    Args:
        protocol: its name.
        sensor: the sensor's identifier within its edge; stands in every reading.
        entries: the table to look in.

    Raises:
        ConfigError: the protocol is unknown; the text lists the known ones.
    """
    return _entry(protocol, entries).open(sensor)


def recognise(services: frozenset[str], name: str, entries: Iterable[Entry] = ENTRIES) -> Signature | None:
    """Return the signature that fits a Bluetooth LE sensor best, or `None` when none fits.

    A signature fits when the sensor has all its services and its name begins as told. The one that asks for more
    wins: first by its services, then by the length of its name.

    Args:
        services: what the sensor advertises or has, 16-bit lower-case hex.
        name: its advertised name.
        entries: the table to look in.

    Raises:
        ConfigError: two signatures fit equally well; the sensor must be configured by name.
    """
    fits = [
        entry.signature
        for entry in entries
        if entry.signature.transport == "ble"
        and (entry.signature.services or entry.signature.name_prefix)
        and entry.signature.services <= services
        and name.startswith(entry.signature.name_prefix)
    ]
    if not fits:
        return None
    best = max(_specificity(each) for each in fits)
    winners = [each for each in fits if _specificity(each) == best]
    if len(winners) > 1:
        names = ", ".join(sorted(each.protocol for each in winners))
        raise ConfigError(
            f"sensor {name!r} fits the protocols {names} equally; name one in the configuration"
        )
    return winners[0]


def _specificity(each: Signature) -> tuple[int, int]:
    return len(each.services), len(each.name_prefix)


def _entry(protocol: str, entries: Iterable[Entry]) -> Entry:
    table = {entry.signature.protocol: entry for entry in entries}
    try:
        return table[protocol]
    except KeyError:
        known = ", ".join(sorted(table))
        raise ConfigError(f"protocol {protocol!r} is unknown; known are {known}") from None
