"""Virtual Bluetooth LE sensors: GATT servers on the virtual air that tell values in the codecs' own bytes."""

from __future__ import annotations

import asyncio
import logging
import struct
from decimal import Decimal
from typing import Any

from bumble.att import Attribute
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.gatt import Characteristic, Service

from devices.clock import SECOND
from devices.gatt.battery import BatteryLevel
from devices.gatt.blood_pressure import BloodPressureMeasurement
from devices.gatt.date_time import DateTime
from devices.gatt.heart_rate import RR_PER_SECOND, HeartRateMeasurement
from devices.gatt.pulse_oximeter import ContinuousMeasurement, DeviceStatus, MeasurementStatus, Oximetry
from devices.gatt.thermometer import Site, TemperatureMeasurement
from devices.ieee11073 import Float, SFloat, Special
from devices.simulators.physiology import Vitals
from devices.simulators.radio import Radio
from devices.simulators.source import Source

_log = logging.getLogger(__name__)

ADVERTISING_INTERVAL = 200
"Milliseconds; a host connects at an advertisement, so this is what connecting costs at most."

CONFIRM_TIMEOUT = 5.0
"Seconds for the host to confirm an indication; one that does not is treated as gone."

MAX_INTERVALS = 8
"RR-intervals of one notification: what fits the smallest ATT packet."

_P = Characteristic.Properties
_HIDDEN = Attribute.Permissions(0)
_READABLE = Attribute.Permissions.READABLE


class BleSensor:
    """What all virtual radio sensors share: one measurement characteristic, and a battery."""

    period = 1.0
    "Seconds between two ticks."

    SERVICE: int
    MEASUREMENT: int
    INDICATES = False

    def __init__(
        self, name: str, source: Source, radio: Radio, address: str, *, every: float = 1.0, battery: int = 87
    ) -> None:
        """Describe the sensor; `start` makes it heard.

        Args:
            name: its name in the configuration, and what it advertises.
            source: whom it measures.
            radio: the virtual air.
            address: its Bluetooth address.
            every: seconds between two measurements.
            battery: percent.
        """
        self.name = name
        self.source = source
        self._address = address
        self._every = every
        self._next: float | None = None
        self._device = radio.peripheral(name, address)
        properties = _P.INDICATE if self.INDICATES else _P.NOTIFY
        self._measurement: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(self.MEASUREMENT), properties, _HIDDEN, b""
        )
        self._battery: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(0x2A19), _P.READ | _P.NOTIFY, _READABLE, bytes(BatteryLevel(battery))
        )
        self._device.add_services(
            [
                Service(UUID.from_16_bits(self.SERVICE), [self._measurement]),
                Service(UUID.from_16_bits(0x180F), [self._battery]),
            ]
        )
        self._device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    # An advertisement holds 31 bytes, of which 7 are taken.
                    (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()[:22]),
                    (
                        AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                        struct.pack("<H", self.SERVICE),
                    ),
                ]
            )
        )
        self._plugged = False
        self.told = 0
        "Values that a host has taken."

    @property
    def place(self) -> str:
        """Where hosts find it."""
        return self._address

    @property
    def connected(self) -> bool:
        """Whether a host is connected."""
        return bool(self._device.connections)

    async def start(self) -> None:
        """Switch it on."""
        await self._device.power_on()
        await self.plug()

    async def stop(self) -> None:
        """Switch it off."""
        await self.unplug()
        await self._device.power_off()

    async def plug(self) -> None:
        """Bring it within reach."""
        if self._plugged:
            return
        self._plugged = True
        await self._device.start_advertising(
            auto_restart=True,
            advertising_interval_min=ADVERTISING_INTERVAL,
            advertising_interval_max=ADVERTISING_INTERVAL,
        )

    async def unplug(self) -> None:
        """Take it out of reach: the link is lost and nothing is heard any more."""
        if not self._plugged:
            return
        self._plugged = False
        await self._device.stop_advertising()
        for connection in list(self._device.connections.values()):
            await connection.disconnect()

    async def tick(self, now: float) -> None:
        """Measure and tell, when a host listens and a measurement is due."""
        if not self.connected:
            return
        if self._next is None:
            self._next = now
        if now < self._next:
            return
        value = self.measure(now, self.source.vitals(now))
        if value is not None and await self._tell(value):
            self._next = now + self._every

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return the characteristic's value, `None` if the sensor has nothing to say."""
        raise NotImplementedError

    async def _tell(self, value: bytes) -> bool:
        subscribed = self._subscribed()
        if not subscribed:
            return False
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                if self.INDICATES:
                    await self._device.indicate_subscribers(self._measurement, value)
                else:
                    await self._device.notify_subscribers(self._measurement, value)
        except (BaseBumbleError, TimeoutError, asyncio.InvalidStateError) as error:
            # The host went in between; a meter keeps its value for the next one.
            _log.info("virtual sensor %s could not tell its value: %s", self.name, error)
            return False
        self.told += 1
        return True

    def _subscribed(self) -> bool:
        handle = self._measurement.handle
        subscribers: dict[Any, dict[int, bytes]] = self._device.gatt_server.subscribers
        return any(any(table.get(handle, b"")) for table in subscribers.values())


class HeartRateStrap(BleSensor):
    """A strap around the chest."""

    SERVICE, MEASUREMENT = 0x180D, 0x2A37
    _told: float | None = None

    def measure(self, now: float, vitals: Vitals) -> bytes:
        """Return rate, contact and the intervals since the last value."""
        since, self._told = self._told if self._told is not None else now - 1.0, now
        if vitals.probe_off:
            return bytes(HeartRateMeasurement(0, contact=False))
        intervals = self.source.intervals(since, now, vitals)[-MAX_INTERVALS:]
        ticks = tuple(round(interval * RR_PER_SECOND) for interval in intervals)
        return bytes(
            HeartRateMeasurement(_whole(vitals.heart_rate, 20, 300), contact=True, rr_intervals=ticks)
        )


class PulseOximeter(BleSensor):
    """An oximeter that stays on the finger."""

    SERVICE, MEASUREMENT = 0x1822, 0x2A5F

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
        spo2 = SFloat.of(_whole(vitals.spo2, 0, 100))
        pulse = SFloat.of(_whole(vitals.heart_rate, 20, 300))
        disturbed = DeviceStatus.ERRATIC_SIGNAL if vitals.motion else DeviceStatus(0)
        return bytes(
            ContinuousMeasurement(
                Oximetry(spo2, pulse),
                status=MeasurementStatus.ONGOING,
                device=disturbed,
                pulse_amplitude=SFloat.of(_tenths(vitals.perfusion)),
            )
        )


class Thermometer(BleSensor):
    """An ear thermometer, used now and then."""

    SERVICE, MEASUREMENT, INDICATES = 0x1809, 0x2A1C, True

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return a temperature with the thermometer's time."""
        if vitals.probe_off:
            return None
        return bytes(
            TemperatureMeasurement(
                Float.of(_tenths(vitals.temperature)),
                timestamp=DateTime.of(round(now) * SECOND),
                site=Site.TYMPANUM,
            )
        )


class Cuff(BleSensor):
    """A blood pressure cuff on the upper arm."""

    SERVICE, MEASUREMENT, INDICATES = 0x1810, 0x2A35, True

    def measure(self, now: float, vitals: Vitals) -> bytes | None:
        """Return the pressures and the pulse with the cuff's time."""
        if vitals.probe_off:
            return None
        return bytes(
            BloodPressureMeasurement(
                systolic=SFloat.of(_whole(vitals.systolic, 30, 300)),
                diastolic=SFloat.of(_whole(vitals.diastolic, 20, 200)),
                mean=SFloat.of(_whole(vitals.mean_pressure, 20, 250)),
                timestamp=DateTime.of(round(now) * SECOND),
                pulse_rate=SFloat.of(_whole(vitals.heart_rate, 20, 300)),
            )
        )


def _whole(value: float, low: int, high: int) -> int:
    return min(high, max(low, round(value)))


def _tenths(value: float) -> Decimal:
    return Decimal(round(value * 10)).scaleb(-1)
