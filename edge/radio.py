"""Opens sensors' links; loads the Bluetooth libraries only when a Bluetooth sensor is configured (they cost memory)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from devices.clock import Clock
from devices.errors import ConfigError
from devices.transports.base import BlePlace, LinkNeeds, Place, SerialPlace, Transport
from edge.config import BleConfig

if TYPE_CHECKING:
    from devices.transports.bleak_gatt import BleRadio


class Radios:
    """The Bluetooth adapters of a process, each opened once however many rooms use it."""

    def __init__(self) -> None:
        self._radios: dict[tuple[str, str], BleRadio] = {}

    def get(self, config: BleConfig) -> BleRadio:
        """Return the adapter of a configuration; it is opened when first used."""
        key = (config.backend, config.hci)
        if key not in self._radios:
            self._radios[key] = _make(config)
        return self._radios[key]

    async def close(self) -> None:
        """Let go of all adapters; call when no sensor uses them any more."""
        for radio in self._radios.values():
            await radio.close()
        self._radios.clear()


class LinkOpener:
    """Opens links for the sensors of one room."""

    def __init__(self, config: BleConfig, radios: Radios) -> None:
        self._config = config
        self._radios = radios

    def open(self, place: Place, needs: LinkNeeds, clock: Clock) -> AbstractAsyncContextManager[Transport]:
        """Return a context that is an open link; as `devices.transports.opening.open_transport`."""
        match place:
            case SerialPlace():
                from devices.transports.serial_stream import SerialStream  # noqa: PLC0415 - loaded when needed

                if needs.serial is None:
                    raise ConfigError(f"port {place.url!r} is given to a protocol of bluetooth sensors")
                return SerialStream.open(place.url, needs.serial, clock)
            case BlePlace():
                from devices.transports.opening import open_transport  # noqa: PLC0415 - brings bleak

                return open_transport(place, needs, clock, self._radios.get(self._config))


def _make(config: BleConfig) -> BleRadio:
    if config.backend == "bumble":
        from devices.transports.bumble_backend import BumbleRadio  # noqa: PLC0415 - brings bumble

        return BumbleRadio(config.hci)
    from devices.transports.bleak_gatt import BleRadio  # noqa: PLC0415 - brings bleak

    return BleRadio()
