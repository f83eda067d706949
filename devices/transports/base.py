"""What the edge sees of a sensor's line or radio link, whichever it is.

TransportError            a link cannot be had, or is gone; the text names the port or the address, `cause` why
├── DeviceNotFoundError   no such port, or no such sensor within reach
├── DeviceDeniedError     the system does not let us open it
├── DeviceBusyError       another program has it
│   └── NoSlotError       the adapter holds as many links as it can
├── AdapterError          the Bluetooth adapter is missing, off or blocked, or its service does not answer
├── PairingRefusedError   the sensor refuses the bond, or does without the one it had
├── SensorRefusedError    the sensor answers an operation with an error
├── LinkTimeoutError      an operation did not end in its time
├── DiscoveryRaceError    the link stood, but its table of services never came; a new attempt is made at once
└── LinkLostError         the link stood and is gone: cable pulled, out of reach, battery flat

A transport knows no protocol. What it must know of a driver it takes by shape: `devices.drivers.base.Needs` fits
`LinkNeeds`, and `Write` fits `Outgoing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, Protocol

from devices.errors import VeilleuseError
from devices.measurement import Cause


class TransportError(VeilleuseError):
    """A link to a sensor cannot be had, or is gone."""

    cause: ClassVar[Cause] = Cause.LINK_LOST
    "What the screens put into words."


class DeviceNotFoundError(TransportError):
    """There is no such port, or no such sensor within reach."""

    cause = Cause.NOT_SEEN


class DeviceDeniedError(TransportError):
    """The system does not let this user open the port or the radio."""

    cause = Cause.DENIED


class DeviceBusyError(TransportError):
    """Another program has the port or the sensor."""

    cause = Cause.BUSY


class NoSlotError(DeviceBusyError):
    """The sensor is within reach, but the adapter holds as many links as it can."""


class AdapterError(TransportError):
    """The Bluetooth adapter is missing, off or blocked, or its service does not answer."""

    cause = Cause.ADAPTER


class PairingRefusedError(TransportError):
    """The sensor refuses to be paired, or to be read with the bond that there is."""

    cause = Cause.REFUSED


class SensorRefusedError(TransportError):
    """The sensor answers an operation with an error of its own."""


class LinkTimeoutError(TransportError):
    """An operation on a link did not end in its time."""


class DiscoveryRaceError(TransportError):
    """The link stood and its services were never told; seen with BlueZ, a fresh attempt helps at once."""


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

    @property
    def interval(self) -> float:
        """Seconds between readings of a healthy sensor."""
        ...

    @property
    def continuous(self) -> bool:
        """False for meters that speak only when used."""
        ...

    @property
    def pair(self) -> bool:
        """Whether the link is paired before anything is read or subscribed to."""
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
    """Characteristic, 16-bit lower-case hex; `service-data/fcd2` or `manufacturer/0499` for an element of an
    advertisement; empty for a serial line."""
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
    pin: str = field(default="", repr=False)
    "Six digits that are printed on the sensor; empty for one that pairs without."
    broadcast: bool = False
    "It is listened to and never connected to."


Place = SerialPlace | BlePlace
