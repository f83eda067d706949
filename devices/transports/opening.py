"""Opens whichever transport a sensor needs, so that the edge treats all alike."""

from __future__ import annotations

import importlib
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.advertisement import AdvertisementLink
from devices.transports.base import BlePlace, LinkNeeds, Place, SerialPlace, Transport
from devices.transports.bleak_gatt import GattLink
from devices.transports.bluez import BluezRadio
from devices.transports.radio import SLOTS, BleRadio
from devices.transports.serial_stream import SerialStream


def open_transport(
    place: Place, needs: LinkNeeds, clock: Clock, radio: BleRadio | None = None
) -> AbstractAsyncContextManager[Transport]:
    """Return a context that is an open link, and closes it.

    Args:
        place: where the sensor is.
        needs: the driver's `needs`.
        clock: gives chunks their time of arrival; read from other threads too.
        radio: the Bluetooth adapter, shared by all sensors of the process; unused for serial lines.

    Raises:
        ConfigError: at once, the place does not fit the driver's needs, or a radio is missing.
        TransportError: on entering, the link cannot be had.
    """
    match place:
        case SerialPlace():
            if needs.serial is None:
                raise ConfigError(f"port {place.url!r} is given to a protocol of bluetooth sensors")
            return SerialStream.open(place.url, needs.serial, clock)
        case BlePlace():
            if needs.serial is not None:
                raise ConfigError(f"bluetooth sensor {place.address!r} is given a protocol of serial lines")
            if radio is None:
                raise ConfigError(f"bluetooth sensor {place.address!r} has no radio")
            link = AdvertisementLink if place.broadcast else GattLink
            return link.open(place, needs, clock, radio)


def open_radio(
    name: str, *, slots: int = 0, bonds: Path | None = None, clock: Clock | None = None
) -> BleRadio:
    """Return the Bluetooth adapter that a configuration names; a context that closes it.

    Args:
        name: empty for the system's adapter, `hci1` for one of several, `bumble:` and a bumble transport for an
            adapter driven by bumble, such as `bumble:tcp-client:127.0.0.1:9001` for the virtual radio.
        slots: links that it holds at once; 0 for what such adapters usually hold.
        bonds: file of bumble's bonds; without one they are kept in memory. BlueZ keeps its own.
        clock: times of sightings are its; the machine's when not given.

    Raises:
        ConfigError: the name has another form, or bumble is not installed.
    """
    kind, _, transport = name.partition(":")
    if kind == "bumble":
        try:
            backend = importlib.import_module("devices.transports.bumble_backend")
        except ImportError as error:
            raise ConfigError(f"radio {name!r} needs the extra 'simulation' installed: {error}") from None
        radio: BleRadio = backend.BumbleRadio(
            transport, slots=slots or backend.SLOTS, bonds=bonds, clock=clock
        )
        return radio
    if name and not name.startswith("hci"):
        raise ConfigError(f"radio {name!r} is neither empty, hciN nor bumble:TRANSPORT")
    return BluezRadio(adapter=name, slots=slots or SLOTS, clock=clock)
