"""What a driver is: a sans-I/O object between a transport's bytes and readings.

A driver never reads a clock, sleeps, or raises on what a sensor sends: malformed bytes are counted in `rejected`
and dropped. The shell in `edge` owns the transport: it sends `start()` once the link stands, passes every chunk to
`receive()`, keeps the readings on disk, and only then sends what `confirm()` returns.

A driver of a broadcasting sensor gets one advertisement element at a time: `source` is `service-data/fcd2` (16-bit
lower-case hex, or the whole UUID) or `manufacturer/0499` (company number in hex).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from devices.measurement import Reading


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes that the shell sends to the sensor."""

    data: bytes
    target: str = ""
    "Characteristic UUID (16-bit, lower-case hex such as `2a52`) for Bluetooth LE; empty for a serial line."
    optional: bool = False
    "The sensor may refuse it, as some refuse to have their clock set: that is no fault of the link."


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How a serial line is opened."""

    baudrate: int
    parity: str = "N"
    "`N`, `E` or `O`."
    xonxoff: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """By what a driver is found. A sensor matches when every given field fits; the most specific match wins."""

    protocol: str
    "Name used in `edge.toml` and `veilleuse decode`: `nonin-df2`, `contec`, `heart-rate` ..."
    transport: str
    "`serial`, `ble` (a link is opened) or `advertisement` (it only broadcasts, nothing is opened)."
    services: frozenset[str] = frozenset()
    "Bluetooth services that the advertisement or service table must hold, 16-bit lower-case hex."
    name_prefix: str = ""
    personal: bool = True
    "Worn or used by one person; false for what belongs to the room: its values follow whoever lives there."
    service_data: frozenset[str] = frozenset()
    "For `advertisement`: services whose data it broadcasts, 16-bit lower-case hex; one of them is enough."
    manufacturers: frozenset[str] = frozenset()
    "For `advertisement`: company numbers whose data it broadcasts, 16-bit lower-case hex; one is enough."


@dataclass(frozen=True, slots=True)
class Needs:
    """What the shell sets up for a driver."""

    serial: SerialSettings | None = None
    notify: tuple[str, ...] = ()
    "Characteristics to subscribe to, those the sensor has."
    read: tuple[str, ...] = ()
    "Characteristics to read once the link stands; the value comes to `receive` under their name."
    interval: float = 1.0
    "Seconds between readings of a healthy sensor; the session calls it silent after 5 of these, 3 s at least."
    continuous: bool = True
    "False for meters that speak only when used: their silence is no fault."
    pair: bool = False
    "Its characteristics ask for a bond: the link is paired before anything is read or subscribed to."


class Driver(Protocol):
    """One sensor's protocol."""

    needs: Needs

    @property
    def rejected(self) -> int:
        """Malformed frames or messages seen so far."""
        ...

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        ...

    def start(self, now: int) -> list[Write]:
        """Return what to send when the link stands. `now` is UTC in microseconds, 0 if unknown."""
        ...

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what these bytes say. `source` is the characteristic, empty for serial; `now` their arrival."""
        ...

    def confirm(self) -> list[Write]:
        """Return what to send once everything returned so far is on disk."""
        ...

    def poll(self, now: int) -> list[Write]:
        """Return what to send because time has passed; the shell asks about once a second while the link stands."""
        ...


@dataclass(frozen=True, slots=True)
class Lock:
    """What opens the broadcasts of a sensor that encrypts them."""

    key: bytes = field(default=b"", repr=False)
    "Its bind key; empty when nobody gave it."
    address: str = ""
    "Its Bluetooth address in capitals, which is part of what it encrypts with."


NO_LOCK = Lock()
"Of a sensor that speaks in the clear."


@dataclass(frozen=True, slots=True)
class Entry:
    """A protocol, how it is recognised, and what speaks it. A driver's module lists its own in `ENTRIES`."""

    signature: Signature
    open: Callable[[str], Driver]
    "Takes the sensor's identifier."
    open_locked: Callable[[str, Lock], Driver] | None = None
    "The same for a protocol whose sensors may encrypt; `None` for one that takes no key."
    key_sizes: tuple[int, ...] = ()
    "Octets that its keys may have."
    locked: Callable[[str, bytes], bool] | None = None
    "Tells of an advertisement's element (as `Driver.receive` gets it) whether it is encrypted; loads no library."


@dataclass(slots=True)
class Rejections:
    """Counts malformed input; shared by drivers."""

    count: int = 0
    last: str = field(default="")

    def add(self, error: Exception) -> None:
        """Count one."""
        self.count += 1
        self.last = str(error)
