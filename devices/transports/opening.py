"""Opens whichever transport a sensor needs, so that the edge treats all alike."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.base import BlePlace, LinkNeeds, Place, SerialPlace, Transport
from devices.transports.bleak_gatt import BleRadio, GattLink
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
            return GattLink.open(place, needs, clock, radio)
