"""Sensors that follow the Bluetooth SIG: what they say is in the characteristic, so one driver serves them all."""

from __future__ import annotations

from devices.drivers.base import Needs, Rejections, Write
from devices.errors import DecodeError
from devices.gatt.readings import readings
from devices.measurement import Reading

BATTERY = "2a19"
"Battery level: most sensors have it beside their own service."


def needs(*characteristics: str, interval: float = 1.0, continuous: bool = True) -> Needs:
    """Return the needs of a sensor that tells `characteristics`, and its battery if it can."""
    return Needs(
        notify=(*characteristics, BATTERY), read=(BATTERY,), interval=interval, continuous=continuous
    )


class GattDriver:
    """Turns characteristic values into readings."""

    def __init__(self, sensor: str, needs: Needs) -> None:
        self.needs = needs
        self._sensor = sensor
        self._rejections = Rejections()

    @property
    def rejected(self) -> int:
        """Malformed values seen so far."""
        return self._rejections.count

    @property
    def last_error(self) -> str:
        """The newest rejection, in words."""
        return self._rejections.last

    def start(self, now: int) -> list[Write]:
        """Return nothing: such a sensor speaks when subscribed to."""
        return []

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what one value says; a malformed one is counted."""
        try:
            return readings(source, data, self._sensor, now)
        except DecodeError as error:
            self._rejections.add(error)
            return []

    def confirm(self) -> list[Write]:
        """Return nothing: the stack confirms indications itself."""
        return []

    def poll(self, now: int) -> list[Write]:
        """Return nothing."""
        return []
