"""Virtual sensors of the room's climate that only broadcast; there is nothing to connect to.

BTHome version 2, in the clear or encrypted, and Xiaomi's MiBeacon unencrypted. Their layouts are from memory; the drivers'
libraries decode them, and the tests hold both together.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from bumble.core import UUID, AdvertisingData
from bumble.device import AdvertisingType, Device
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from devices.simulators.ble_base import MAX_NAME
from devices.simulators.radio import Radio
from devices.simulators.source import Source

BTHOME = UUID.from_16_bits(0xFCD2)
XIAOMI = UUID.from_16_bits(0xFE95)

INTERVAL = 500
"Milliseconds between advertisements: a button cell lasts a year."

_VERSION_2 = 0x40
_ENCRYPTED = 0x01
_TAG = 4
"Octets of AES-CCM's tag."

# MiBeacon: version 2, the address and an object are in the frame.
_MI_FRAME = 0x2050
_MI_ROUND_THERMOMETER = 0x01AA
"Mijia's round thermometer with a display, LYWSDCGQ; it does not encrypt."
_MI_TEMPERATURE_AND_HUMIDITY = 0x100D


@dataclass(frozen=True, slots=True)
class Climate:
    """What such a sensor knows."""

    packet: int
    "Counts up with each new value; hosts drop repetitions by it."
    battery: int
    temperature: float
    "Degrees Celsius."
    humidity: float
    "Percent."
    co2: int
    "Parts per million."

    def bthome(self) -> bytes:
        """Return it as service data of BTHome, in the order of its object numbers."""
        return b"".join(
            [
                bytes([_VERSION_2, 0x00, self.packet & 0xFF, 0x01, self.battery]),
                b"\x02" + round(self.temperature * 100).to_bytes(2, "little", signed=True),
                b"\x03" + round(self.humidity * 100).to_bytes(2, "little"),
                b"\x12" + self.co2.to_bytes(2, "little"),
            ]
        )

    def bthome_encrypted(self, key: bytes, address: str, counter: int) -> bytes:
        """Return the same encrypted with AES-CCM: information, cipher text, counter, tag.

        The nonce is the address as it is written, the service's number as it is sent, the information and the counter.
        """
        plain = self.bthome()
        information = bytes([plain[0] | _ENCRYPTED])
        number = counter.to_bytes(4, "little")
        nonce = bytes.fromhex(address.replace(":", "")) + bytes(BTHOME) + information + number
        sealed = AESCCM(key, tag_length=_TAG).encrypt(nonce, plain[1:], None)
        return information + sealed[:-_TAG] + number + sealed[-_TAG:]

    def xiaomi(self, address: str) -> bytes:
        """Return temperature and humidity as service data of MiBeacon."""
        return b"".join(
            [
                struct.pack("<HHB", _MI_FRAME, _MI_ROUND_THERMOMETER, self.packet & 0xFF),
                bytes.fromhex(address.replace(":", ""))[::-1],
                struct.pack("<HB", _MI_TEMPERATURE_AND_HUMIDITY, 4),
                struct.pack("<hH", round(self.temperature * 10), round(self.humidity * 10)),
            ]
        )


class ClimateBeacon:
    """A sensor on the wall that speaks BTHome."""

    SERVICE = BTHOME

    period = 1.0
    "Seconds between two ticks."

    def __init__(
        self,
        name: str,
        source: Source,
        radio: Radio,
        address: str,
        *,
        every: float = 10.0,
        battery: int = 87,
    ) -> None:
        """Describe the sensor; `start` makes it heard.

        Args:
            name: its name in the configuration, and what it advertises.
            source: who lives there; the room's climate does not depend on them.
            radio: the virtual air.
            address: its Bluetooth address.
            every: seconds between two values.
            battery: percent.
        """
        self.key = b""
        "16 octets with which it encrypts; empty for one that speaks in the clear."
        self.name = name
        self.source = source
        self.battery = battery
        self.mute = False
        "A fault: it repeats its last value for ever."
        self.packets = 0
        self.climate: Climate | None = None
        "What it tells now."
        self._address = address
        self._every = every
        self._next: float | None = None
        self._plugged = False
        self._device: Device = radio.peripheral(name, address)

    @property
    def place(self) -> str:
        """Where hosts hear it."""
        return self._address

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
        if not self._plugged:
            self._plugged = True
            await self._device.start_advertising(
                AdvertisingType.UNDIRECTED,
                advertising_data=self._advertisement(),
                advertising_interval_min=INTERVAL,
                advertising_interval_max=INTERVAL,
            )

    async def unplug(self) -> None:
        """Take it out of reach."""
        if self._plugged:
            self._plugged = False
            await self._device.stop_advertising()

    async def tick(self, now: float) -> None:
        """Tell a new value when one is due; `now` is seconds UTC."""
        if self.mute or (self._next is not None and now < self._next):
            return
        self._next = now + self._every
        self.packets += 1
        self.climate = climate(now, self.packets, self.battery)
        advertising = self._device.legacy_advertising_set
        if advertising is not None:
            await advertising.set_advertising_data(self._advertisement())

    def service_data(self, climate: Climate) -> bytes:
        """Return what is broadcast."""
        if self.key:
            return climate.bthome_encrypted(self.key, self._address, self.packets)
        return climate.bthome()

    def _advertisement(self) -> bytes:
        fields = AdvertisingData
        parts = [(fields.FLAGS, bytes([0x06]))]
        if self.climate is not None:
            parts.append(
                (fields.SERVICE_DATA_16_BIT_UUID, bytes(self.SERVICE) + self.service_data(self.climate))
            )
        # An advertisement holds 31 octets, two of each part are its length and kind.
        left = 31 - sum(2 + len(value) for _, value in parts) - 2
        parts.append((fields.COMPLETE_LOCAL_NAME, self.name.encode()[: min(MAX_NAME, left)]))
        return bytes(AdvertisingData(parts))


class XiaomiBeacon(ClimateBeacon):
    """A round thermometer on the wall that speaks MiBeacon."""

    SERVICE = XIAOMI

    def service_data(self, climate: Climate) -> bytes:
        """Return what is broadcast."""
        return climate.xiaomi(self._address)


def climate(now: float, packet: int, battery: int) -> Climate:
    """Return a room's climate at a time, seconds UTC: warmest at four in the afternoon, stuffy at night."""
    day = now % 86_400 / 86_400 * 2 * math.pi
    return Climate(
        packet=packet,
        battery=battery,
        temperature=21.5 - 1.5 * math.cos(day - 2 * math.pi * 4 / 24),
        humidity=45 + 6 * math.sin(day),
        co2=round(800 + 300 * math.cos(day - 2 * math.pi * 4 / 24)),
    )
