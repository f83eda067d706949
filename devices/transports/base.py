"""What the edge sees of a sensor's line or radio link, whichever it is.

TransportError            a link cannot be had, or is gone; the text names the port or the address
├── DeviceNotFoundError   no such port, or no such sensor within reach
├── DeviceDeniedError     the system does not let us open it
├── DeviceBusyError       another program has it
├── LinkTimeoutError      an operation did not end in its time
└── LinkLostError         the link stood and is gone: cable pulled, out of reach, battery flat

A transport knows no protocol. What it must know of a driver it takes by shape: `devices.drivers.base.Needs` fits
`LinkNeeds`, and `Write` fits `Outgoing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from devices.errors import VeilleuseError


class TransportError(VeilleuseError):
    """A link to a sensor cannot be had, or is gone."""


class DeviceNotFoundError(TransportError):
    """There is no such port, or no such sensor within reach."""


class DeviceDeniedError(TransportError):
    """The system does not let this user open the port or the radio."""


class DeviceBusyError(TransportError):
    """Another program has the port or the sensor."""


class LinkTimeoutError(TransportError):
    """An operation on a link did not end in its time."""


class LinkLostError(TransportError):
    """The link stood and is gone."""


class LineSettings(Protocol):
    """How a serial line is opened."""

    @property
    def baudrate(self) -> int:
        """Bits per second."""
        ...

    @property
    def parity(self) -> str:
        """`N`, `E` or `O`."""
        ...

    @property
    def xonxoff(self) -> bool:
        """Whether software flow control is on."""
        ...


class LinkNeeds(Protocol):
    """What a driver asks of its transport."""

    @property
    def serial(self) -> LineSettings | None:
        """Settings of a serial line; `None` for Bluetooth LE."""
        ...

    @property
    def notify(self) -> tuple[str, ...]:
        """Characteristics to subscribe to, those the sensor has; 16-bit lower-case hex."""
        ...

    @property
    def read(self) -> tuple[str, ...]:
        """Characteristics to read once the link stands, those the sensor has."""
        ...


class Outgoing(Protocol):
    """Bytes for a sensor."""

    @property
    def data(self) -> bytes:
        """What is sent."""
        ...

    @property
    def target(self) -> str:
        """Characteristic for Bluetooth LE, empty for a serial line."""
        ...


class Chunk(NamedTuple):
    """Bytes from a sensor, as they came."""

    source: str
    "Characteristic, 16-bit lower-case hex; empty for a serial line."
    data: bytes
    arrival: int
    "Time of reception, microseconds since 1970-01-01T00:00:00Z."


class Transport(Protocol):
    """An open link to one sensor. Got from `devices.transports.opening.open_transport`, closed by leaving it."""

    @property
    def overruns(self) -> int:
        """Chunks dropped because nobody fetched them in time."""
        ...

    def chunks(self) -> AsyncIterator[Chunk]:
        """Yield what arrives until the link is lost; it never ends otherwise.

        Raises:
            LinkLostError: the link is gone.
        """
        ...

    async def write(self, outgoing: Outgoing) -> None:
        """Send bytes.

        Raises:
            TransportError: they could not be sent.
        """
        ...

    async def close(self) -> None:
        """Let go of the link; twice does no harm."""
        ...


@dataclass(frozen=True, slots=True)
class SerialPlace:
    """Where a wired sensor is."""

    url: str
    "A device path, best below `/dev/serial/by-id/`, or a pyserial URL: `socket://`, `rfc2217://`."


@dataclass(frozen=True, slots=True)
class BlePlace:
    """Which Bluetooth LE sensor: by address, or the first that fits when no address is given."""

    address: str = ""
    "`C0:FF:EE:00:00:01`, any case."
    name_prefix: str = ""
    services: frozenset[str] = frozenset()
    "Services that the advertisement must name, 16-bit lower-case hex."


Place = SerialPlace | BlePlace
