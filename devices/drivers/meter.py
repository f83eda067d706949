"""Meters that speak when used, and keep what nobody fetched: cuffs, thermometers, scales.

Their messages do not tell a kept record from a new one. Where the meter's clock can be read (2A2B), a message older than
`FRESH` by that clock is a kept record and stands at its own time; otherwise it is of now, as `devices.gatt.meaning` says.
"""

from __future__ import annotations

from devices.clock import SECOND
from devices.drivers.base import Needs, Write
from devices.drivers.device_clock import DeviceClock
from devices.drivers.gatt import BATTERY, GattDriver
from devices.errors import DecodeError
from devices.gatt import current_time, meaning
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.body_composition import BodyCompositionMeasurement, following
from devices.gatt.current_time import CurrentTime
from devices.gatt.meaning import When
from devices.gatt.readings import Message, message_readings, parse
from devices.gatt.thermometer import TemperatureMeasurement
from devices.gatt.weight import WeightMeasurement
from devices.measurement import Measurement, Reading
from devices.quality import Quality

FRESH = 120 * SECOND
"Microseconds. A meter takes some seconds to advertise, connect and send what it just measured."

INTERVAL = 60.0


def meter_needs(*characteristics: str) -> Needs:
    """Return the needs of a meter that tells `characteristics`, its clock, and its battery if it can."""
    return Needs(
        notify=(*characteristics, BATTERY),
        read=(current_time.UUID, BATTERY),
        interval=INTERVAL,
        continuous=False,
    )


class Meter(GattDriver):
    """Reads and corrects the clock, and places what the meter kept."""

    def __init__(self, sensor: str, needs: Needs, *, ignored: frozenset[str] = frozenset()) -> None:
        """Begin a link.

        Args:
            sensor: the sensor's identifier.
            needs: what the shell sets up.
            ignored: metrics of a body composition that another characteristic tells as well.
        """
        super().__init__(sensor, needs)
        self._clock = DeviceClock()
        self._ignored = ignored
        self._part: BodyCompositionMeasurement | None = None

    def receive(self, source: str, data: bytes, now: int) -> list[Reading]:
        """Return what one value says; a malformed one is counted."""
        try:
            return self._meaning(parse(source, data), now)
        except DecodeError as error:
            self._rejections.add(error)
            return []

    def poll(self, now: int) -> list[Write]:
        """Return the time, if the meter's clock was read and is wrong."""
        return self._clock.correction(now)

    def _meaning(self, message: Message, now: int) -> list[Reading]:
        match message:
            case CurrentTime():
                self._clock.read(message, now)
                return []
            case TemperatureMeasurement():
                return meaning.temperature(message, self._sensor, self._when(message, now))
            case BloodPressureMeasurement():
                return meaning.pressures(message, self._sensor, self._when(message, now))
            case WeightMeasurement():
                return meaning.weight(message, self._sensor, self._when(message, now))
            case BodyCompositionMeasurement():
                whole = following(self._part, message)
                self._part = message
                readings = meaning.body_composition(whole, self._sensor, self._when(whole, now))
                return [
                    each
                    for each in readings
                    if not isinstance(each, Measurement) or each.metric not in self._ignored
                ]
            case _:
                return message_readings(message, self._sensor, now)

    def _when(
        self,
        message: TemperatureMeasurement
        | BloodPressureMeasurement
        | WeightMeasurement
        | BodyCompositionMeasurement,
        now: int,
    ) -> When:
        own = meaning.moment(message.timestamp)
        if own is None or not self._clock.checked:
            return meaning.own_or_now(own, now)
        when = self._clock.place(own, now)
        if now - when.time <= FRESH:
            return When(now)
        # Older than a measurement takes to be sent, so of the past, though it may still be `FRESH` for a glucose meter.
        return When(when.time, when.flags | Quality.LATE, stored=True)
