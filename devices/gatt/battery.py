"""Battery Level (Bluetooth GATT 0x2A19), service 0x180F, read and notified."""

from __future__ import annotations

from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.fields import Fields

UUID = "2a19"
"16-bit characteristic number."

FULL = 100
"Percent; the standard reserves every greater number."


@dataclass(frozen=True, slots=True)
class BatteryLevel:
    """How full a sensor's battery is."""

    level: int
    "Percent, 0 to 100."

    @classmethod
    def parse(cls, data: bytes) -> BatteryLevel:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is empty or above 100.
        """
        level = Fields("battery level", data).uint(1, "level")
        if level > FULL:
            raise DecodeError(f"battery level {level} is above {FULL} %")
        return cls(level)

    def __bytes__(self) -> bytes:
        return bytes([self.level])
