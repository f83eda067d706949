"""Virtual Bluetooth LE meters that are used now and then: what nobody fetched they keep, and tell the next host.

Each has a clock of its own, which may be wrong (`clock_error`) and can be set by its host.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
from bumble.core import UUID
from bumble.gatt import Characteristic, Service

from devices.gatt import blood_pressure, body_composition, thermometer, weight
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.body_composition import BodyCompositionMeasurement
from devices.gatt.thermometer import Site, TemperatureMeasurement
from devices.gatt.weight import WeightFeature, WeightMeasurement
from devices.ieee11073 import Float, SFloat
from devices.simulators.ble_base import READABLE, BleSensor, Properties, characteristic
from devices.simulators.ble_sensors import tenths, whole
from devices.simulators.physiology import Vitals
from devices.simulators.source import Source

MEMORY = 60
"Measurements that a meter keeps; the oldest goes, as in a small one."


class Meter(BleSensor):
    """Measures when it is used, whether or not a host is there, and tells what it has in the order it was measured."""

    INDICATES = True
    CLOCK = True
    _memory: deque[bytes]

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return the characteristic's value, `None` if nobody uses the meter."""
        raise NotImplementedError

    async def due(self, now: float) -> None:
        """Measure when it is time, and tell what was measured."""
        if self._next is None:
            self._memory = deque(maxlen=MEMORY)
            self._next = now
        if now >= self._next:
            value = self.measure(now, self.source.vitals(now))
            if value is not None:
                self._memory.append(value)
                self._next = now + self._every
        while self._memory and await self.tell(self._memory[0]):
            # Only a confirmed one is forgotten.
            self._memory.popleft()

    @property
    def kept(self) -> int:
        """Measurements that no host has taken yet."""
        return len(self._memory) if self._next is not None else 0


class Thermometer(Meter):
    """An ear thermometer."""

    SERVICE, MEASUREMENT, MODEL = "1809", thermometer.UUID, "ear thermometer"

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return a temperature with the thermometer's time."""
        if vitals.probe_off:
            return None
        return bytes(
            TemperatureMeasurement(
                Float.of(tenths(vitals.temperature)),
                timestamp=self.stamp(now),
                site=Site.TYMPANUM,
            )
        )


class Cuff(Meter):
    """A blood pressure cuff on the upper arm."""

    SERVICE, MEASUREMENT, MODEL = "1810", blood_pressure.UUID, "upper arm cuff"

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return the pressures and the pulse with the cuff's time."""
        if vitals.probe_off:
            return None
        return bytes(
            BloodPressureMeasurement(
                systolic=SFloat.of(whole(vitals.systolic, 30, 300)),
                diastolic=SFloat.of(whole(vitals.diastolic, 20, 200)),
                mean=SFloat.of(whole(vitals.mean_pressure, 20, 250)),
                timestamp=self.stamp(now),
                pulse_rate=SFloat.of(whole(vitals.heart_rate, 20, 300)),
            )
        )


class Body:
    """What a scale finds of a patient: drawn once from the seed, then it drifts by some hundred grams."""

    def __init__(self, source: Source) -> None:
        generator = np.random.default_rng([source.subject.patient.seed, 3])
        self.height = float(generator.uniform(1.48, 1.82))
        "Metres."
        self.fat = float(generator.uniform(18, 38))
        "Percent."
        self._kilograms = float(generator.uniform(19, 29)) * self.height**2

    def kilograms(self, now: float) -> float:
        """Return the weight at a time, seconds UTC: a slow swing over three days."""
        return self._kilograms + 0.4 * float(np.sin(now / 86_400 * 2 * np.pi / 3))


class WeightScale(Meter):
    """A pair of scales that knows the patient's height."""

    SERVICE, MEASUREMENT, MODEL = "181d", weight.UUID, "scale"

    def characteristics(self) -> Iterable[Characteristic[bytes]]:
        """Return what the scale can tell: time stamps and body mass index, 5 g."""
        bits = weight.FeatureBit.TIMESTAMP | weight.FeatureBit.BMI
        feature = bytes(WeightFeature(bits | 7 << 3 | 3 << 7))
        return (characteristic(weight.FEATURE_UUID, Properties.READ, READABLE, feature),)

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return weight, body mass index and height."""
        return None if vitals.probe_off else weighing(self, now)


def weighing(scale: BleSensor, now: float) -> bytes:
    """Return a weight measurement of a scale's patient."""
    body = Body(scale.source)
    kilograms = body.kilograms(now)
    return bytes(
        WeightMeasurement(
            weight=round(kilograms / float(weight.KILOGRAMS)),
            timestamp=scale.stamp(now),
            bmi=round(kilograms / body.height**2 / float(weight.BMI)),
            height=round(body.height / float(weight.METRES)),
        )
    )


class BodyCompositionScale(Meter):
    """A pair of scales that measures fat, muscle and water by a current through the feet."""

    SERVICE, MEASUREMENT, MODEL = "181b", body_composition.UUID, "body composition scale"

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return shares of fat and muscle, mass of water, weight."""
        if vitals.probe_off:
            return None
        body = Body(self.source)
        kilograms = body.kilograms(now)
        lean = kilograms * (100 - body.fat) / 100
        return bytes(
            BodyCompositionMeasurement(
                body_fat=round(body.fat / float(body_composition.PERCENT)),
                timestamp=self.stamp(now),
                muscle_percentage=round(0.75 * (100 - body.fat) / float(body_composition.PERCENT)),
                body_water_mass=round(0.73 * lean / float(weight.KILOGRAMS)),
                impedance=round(500 / float(body_composition.OHMS)),
                weight=round(kilograms / float(weight.KILOGRAMS)),
            )
        )


class Scale(BodyCompositionScale):
    """A pair of scales with both services: each weighing is two measurements, one of each."""

    MODEL = "scale of weight and body composition"
    ALSO = (WeightScale.SERVICE,)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._weight = characteristic(weight.UUID, Properties.INDICATE)
        super().__init__(*arguments, **options)

    def services(self) -> Iterable[Service]:
        """Return the weight scale's service."""
        return (Service(UUID(WeightScale.SERVICE), [self._weight]),)

    async def due(self, now: float) -> None:
        """Measure when it is time; the weight is told beside the composition, if anybody listens to it."""
        before = self.told
        await super().due(now)
        if self.told > before:
            await self.tell(weighing(self, now), self._weight)
