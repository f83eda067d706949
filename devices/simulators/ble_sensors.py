"""Virtual Bluetooth LE sensors that stay on the patient and say every second what they find."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bumble.gatt import Characteristic

from devices.gatt import heart_rate, pulse_oximeter
from devices.gatt.heart_rate import RR_PER_SECOND, HeartRateMeasurement
from devices.gatt.pulse_oximeter import (
    ContinuousMeasurement,
    DeviceStatus,
    MeasurementStatus,
    Oximetry,
    SpotCheckMeasurement,
)
from devices.ieee11073 import SFloat, Special
from devices.simulators.ble_base import HIDDEN, BleSensor, Properties, characteristic
from devices.simulators.physiology import Vitals

MAX_INTERVALS = 8
"RR-intervals of one notification: what fits the smallest ATT packet."


class ContinuousSensor(BleSensor):
    """Tells a value whenever one is due and a host listens; nobody's seconds are lost."""

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return the characteristic's value."""
        raise NotImplementedError

    async def due(self, now: float) -> None:
        """Measure and tell."""
        if not self.connected:
            return
        if self._next is None:
            self._next = now
        if now >= self._next and await self.tell(self.measure(now, self.source.vitals(now))):
            self._next = now + self._every


class HeartRateStrap(ContinuousSensor):
    """A strap around the chest."""

    SERVICE, MEASUREMENT, MODEL = "180d", heart_rate.UUID, "chest strap"
    _told: float | None = None

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return rate, contact and the intervals since the last value."""
        since, self._told = self._told if self._told is not None else now - 1.0, now
        if vitals.probe_off:
            return bytes(HeartRateMeasurement(0, contact=False))
        intervals = self.source.intervals(since, now, vitals)[-MAX_INTERVALS:]
        ticks = tuple(round(interval * RR_PER_SECOND) for interval in intervals)
        return bytes(
            HeartRateMeasurement(whole(vitals.heart_rate, 20, 300), contact=True, rr_intervals=ticks)
        )


class PulseOximeter(ContinuousSensor):
    """An oximeter that stays on the finger; `spot_check` lets it tell one value for the record as well."""

    SERVICE, MEASUREMENT, MODEL = "1822", pulse_oximeter.CONTINUOUS_UUID, "oximeter"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._spot = characteristic(pulse_oximeter.SPOT_CHECK_UUID, Properties.INDICATE, HIDDEN)
        super().__init__(*arguments, **options)

    def characteristics(self) -> Iterable[Characteristic[bytes]]:
        """Return the spot-check measurement."""
        return (self._spot,)

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return saturation, pulse and perfusion, or that the finger is out."""
        if vitals.probe_off:
            nothing = SFloat.of_special(Special.NAN)
            return bytes(
                ContinuousMeasurement(
                    Oximetry(nothing, nothing),
                    status=MeasurementStatus.ONGOING | MeasurementStatus.UNAVAILABLE,
                    device=DeviceStatus.SENSOR_NOT_ON_USER,
                )
            )
        disturbed = DeviceStatus.ERRATIC_SIGNAL if vitals.motion else DeviceStatus(0)
        return bytes(
            ContinuousMeasurement(
                _oximetry(vitals),
                status=MeasurementStatus.ONGOING,
                device=disturbed,
                pulse_amplitude=SFloat.of(tenths(vitals.perfusion)),
            )
        )

    async def spot_check(self, now: float) -> bool:
        """Tell one value with the oximeter's own time; returns whether a host has taken it."""
        found = self.source.vitals(now)
        value = SpotCheckMeasurement(
            _oximetry(found),
            timestamp=self.stamp(now),
            status=MeasurementStatus.FULLY_QUALIFIED,
        )
        return await self.tell(bytes(value), self._spot)


def _oximetry(vitals: Vitals) -> Oximetry:
    return Oximetry(
        SFloat.of(whole(vitals.spo2, 0, 100)),
        SFloat.of(whole(vitals.heart_rate, 20, 300)),
    )


def whole(value: float, low: int, high: int) -> int:
    """Return the nearest integer within bounds, as a display shows it."""
    return min(high, max(low, round(value)))


def tenths(value: float) -> Decimal:
    """Return the nearest tenth."""
    return Decimal(round(value * 10)).scaleb(-1)
