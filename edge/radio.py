"""Opens sensors' links; loads the Bluetooth libraries only when a Bluetooth sensor is configured (they cost memory)."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from devices.clock import Clock, SystemClock
from devices.errors import ConfigError
from devices.transports.base import BlePlace, LinkNeeds, Place, SerialPlace, Transport
from edge.config import BleConfig
from edge.counters import Counters
from edge.updating import unless_claimed
from firmware_bridge.claims import Claims

if TYPE_CHECKING:
    from devices.transports.air import Air, Sighting
    from devices.transports.radio import BleRadio


class Radios:
    """The Bluetooth adapters of a process, each opened once however many rooms use it."""

    def __init__(self, clock: Clock | None = None) -> None:
        """Begin with none open.

        Args:
            clock: of the rooms, for the time at which a sensor was heard; the machine's when not given.
        """
        self._clock = clock or SystemClock()
        self._radios: dict[tuple[str, str, str], BleRadio] = {}

    def get(self, config: BleConfig) -> BleRadio:
        """Return the adapter of a configuration; it is opened when first used."""
        key = (config.backend, config.hci, config.adapter)
        if key not in self._radios:
            self._radios[key] = _make(config, self._clock)
        return self._radios[key]

    def opened(self, config: BleConfig) -> BleRadio | None:
        """Return the adapter of a configuration if it is in use; `None` loads nothing."""
        return self._radios.get((config.backend, config.hci, config.adapter))

    async def close(self) -> None:
        """Let go of all adapters; call when no sensor uses them any more."""
        for radio in self._radios.values():
            await radio.close()
        self._radios.clear()


class LinkOpener:
    """Opens links for the sensors of one room."""

    def __init__(self, config: BleConfig, radios: Radios, claims: Claims | None = None) -> None:
        self._claims = claims
        self._config = config
        self._radios = radios
        self._counted: Counter[str] = Counter()

    def open(self, place: Place, needs: LinkNeeds, clock: Clock) -> AbstractAsyncContextManager[Transport]:
        """Return a context that is an open link; as `devices.transports.opening.open_transport`."""
        match place:
            case SerialPlace():
                from devices.transports.serial_stream import SerialStream  # noqa: PLC0415 - loaded when needed

                if needs.serial is None:
                    raise ConfigError(f"port {place.url!r} is given to a protocol of bluetooth sensors")
                line = SerialStream.open(place.url, needs.serial, clock)
                return line if self._claims is None else unless_claimed(self._claims, place.url, line)
            case BlePlace():
                from devices.transports.opening import open_transport  # noqa: PLC0415 - brings bleak

                return open_transport(place, needs, clock, self._radios.get(self._config))

    @property
    def air(self) -> Air:
        """What the room's adapter hears; loads the Bluetooth libraries."""
        return self._radios.get(self._config).air

    def heard(self, address: str) -> Sighting | None:
        """Return what was heard of an address, if the adapter is in use at all."""
        radio = self._radios.opened(self._config)
        return None if radio is None else radio.air.sighting(address)

    def count(self, counters: Counters) -> None:
        """Add what the adapter counted since the last call."""
        radio = self._radios.opened(self._config)
        if radio is not None:
            for name, count in radio.counts.items():
                counters.add(name, count - self._counted[name])
            self._counted = radio.counts.copy()


def _make(config: BleConfig, clock: Clock) -> BleRadio:
    from devices.transports.opening import open_radio  # noqa: PLC0415 - brings bleak

    bumble = config.backend == "bumble"
    return open_radio(
        f"bumble:{config.hci}" if bumble else config.adapter,
        slots=config.slots,
        bonds=Path(config.bonds) if config.bonds else None,
        clock=clock,
    )
