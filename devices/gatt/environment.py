"""Temperature of surroundings (Bluetooth GATT 0x2A6E), service 0x181A. Layout from memory, confirmed by another's case."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from devices.gatt.fields import Fields

TEMPERATURE_UUID = "2a6e"
"16-bit characteristic number."

UNKNOWN = -0x8000
"In place of a temperature (memory)."

CELSIUS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RoomTemperature:
    """A temperature that is nobody's."""

    hundredths: int
    "0.01 degree Celsius; -32768 for unknown."

    @classmethod
    def parse(cls, data: bytes) -> RoomTemperature:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        return cls(Fields("temperature", data).sint(2, "value"))

    def __bytes__(self) -> bytes:
        return self.hundredths.to_bytes(2, "little", signed=True)

    @property
    def celsius(self) -> Decimal | None:
        """Degrees Celsius, `None` for unknown."""
        return None if self.hundredths == UNKNOWN else self.hundredths * CELSIUS

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return {"celsius": self.celsius}
