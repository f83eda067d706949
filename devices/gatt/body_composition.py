"""Body Composition Measurement (Bluetooth GATT 0x2A9C, indicated) and Feature (0x2A9B, read), service 0x181B.

A measurement that does not fit one packet comes in several, each with bit 12 of its flags; `following` joins them. That 0xFFFF means an unsuccessful measurement, and how several packets follow each other, is from memory.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from decimal import Decimal

from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.gatt.weight import UNSUCCESSFUL, ScaleFeature, kilograms, metres

UUID = "2a9c"
"16-bit characteristic number."

FEATURE_UUID = "2a9b"
"16-bit characteristic number."

PERCENT = Decimal("0.1")
OHMS = Decimal("0.1")


class Flag(enum.IntFlag):
    """Flags, 16 bits."""

    IMPERIAL = 1 << 0
    TIMESTAMP = 1 << 1
    USER = 1 << 2
    BASAL_METABOLISM = 1 << 3
    MUSCLE_PERCENTAGE = 1 << 4
    MUSCLE_MASS = 1 << 5
    FAT_FREE_MASS = 1 << 6
    SOFT_LEAN_MASS = 1 << 7
    BODY_WATER_MASS = 1 << 8
    IMPEDANCE = 1 << 9
    WEIGHT = 1 << 10
    HEIGHT = 1 << 11
    MULTIPLE_PACKETS = 1 << 12


_RESERVED = 0xE000

_NUMBERS = {
    "basal_metabolism": Flag.BASAL_METABOLISM,
    "muscle_percentage": Flag.MUSCLE_PERCENTAGE,
    "muscle_mass": Flag.MUSCLE_MASS,
    "fat_free_mass": Flag.FAT_FREE_MASS,
    "soft_lean_mass": Flag.SOFT_LEAN_MASS,
    "body_water_mass": Flag.BODY_WATER_MASS,
    "impedance": Flag.IMPEDANCE,
    "weight": Flag.WEIGHT,
    "height": Flag.HEIGHT,
}
"The 16-bit fields after the user, in the order they are sent."


@dataclass(frozen=True, slots=True)
class BodyCompositionMeasurement:
    """One packet of a scale that measures more than weight. Numbers are the integers that were sent."""

    body_fat: int
    "Share of fat in 0.1 %; 65535 for an unsuccessful measurement (memory)."
    imperial: bool = False
    "Masses in 0.01 lb and height in 0.1 in; otherwise 0.005 kg and 0.001 m."
    timestamp: DateTime | None = None
    "The scale's own clock."
    user: int | None = None
    "The scale's number for the person, 255 for unknown."
    basal_metabolism: int | None = None
    "Kilojoules a day."
    muscle_percentage: int | None = None
    "0.1 %."
    muscle_mass: int | None = None
    fat_free_mass: int | None = None
    soft_lean_mass: int | None = None
    body_water_mass: int | None = None
    impedance: int | None = None
    "0.1 ohm."
    weight: int | None = None
    height: int | None = None
    multiple_packets: bool = False
    "This is one of several packets of one measurement."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> BodyCompositionMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("body composition measurement", data)
        flags = Flag(fields.uint(2, "flags"))
        return cls(
            body_fat=fields.uint(2, "body fat"),
            imperial=Flag.IMPERIAL in flags,
            timestamp=fields.date_time("time stamp") if Flag.TIMESTAMP in flags else None,
            user=fields.uint(1, "user") if Flag.USER in flags else None,
            multiple_packets=Flag.MULTIPLE_PACKETS in flags,
            reserved=int(flags) & _RESERVED,
            **{
                name: fields.uint(2, name.replace("_", " ")) for name, bit in _NUMBERS.items() if bit in flags
            },
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (Flag.IMPERIAL if self.imperial else 0)
        flags |= Flag.MULTIPLE_PACKETS if self.multiple_packets else 0
        parts = [self.body_fat.to_bytes(2, "little")]
        if self.timestamp is not None:
            flags |= Flag.TIMESTAMP
            parts.append(bytes(self.timestamp))
        if self.user is not None:
            flags |= Flag.USER
            parts.append(bytes([self.user]))
        for name, bit in _NUMBERS.items():
            number = getattr(self, name)
            if number is not None:
                flags |= bit
                parts.append(number.to_bytes(2, "little"))
        return int(flags).to_bytes(2, "little") + b"".join(parts)

    @property
    def successful(self) -> bool:
        """Whether the scale could measure."""
        return self.body_fat != UNSUCCESSFUL

    def mass_kg(self, name: str) -> Decimal | None:
        """Return one of the masses in kilograms, `None` if it was not sent."""
        raw = getattr(self, name)
        return None if raw is None else kilograms(raw, imperial=self.imperial)

    @property
    def body_fat_percent(self) -> Decimal | None:
        """Share of fat; `None` for an unsuccessful measurement."""
        return self.body_fat * PERCENT if self.successful else None

    @property
    def height_m(self) -> Decimal | None:
        """Metres, if told."""
        return None if self.height is None else metres(self.height, imperial=self.imperial)

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        masses = ("muscle_mass", "fat_free_mass", "soft_lean_mass", "body_water_mass", "weight")
        return {
            "successful": self.successful,
            "body_fat_percent": self.body_fat_percent,
            "muscle_percent": None if self.muscle_percentage is None else self.muscle_percentage * PERCENT,
            "impedance_ohm": None if self.impedance is None else self.impedance * OHMS,
            "height_m": self.height_m,
            **{f"{name}_kg": self.mass_kg(name) for name in masses},
        }


def following(
    first: BodyCompositionMeasurement | None, packet: BodyCompositionMeasurement
) -> BodyCompositionMeasurement:
    """Return a packet with the time and user of the one before it, if both are of one measurement.

    Every packet's values can so be told at once, and none waits for another that may not come. The share of fat is in
    all of them and stays in the first.

    Args:
        first: the packet received before this one, `None` for none.
        packet: what was received.
    """
    if first is None or not _belong(first, packet):
        return packet
    return dataclasses.replace(
        packet,
        timestamp=first.timestamp,
        user=first.user,
        body_fat=UNSUCCESSFUL if first.successful else packet.body_fat,
    )


def _belong(first: BodyCompositionMeasurement, second: BodyCompositionMeasurement) -> bool:
    """Tell whether both say that they are one of several, in the same units, and contradict each other in nothing."""
    if not (first.multiple_packets and second.multiple_packets) or first.imperial != second.imperial:
        return False
    same = all(getattr(second, name) in {None, getattr(first, name)} for name in ("timestamp", "user"))
    return same and not any(
        getattr(first, name) is not None and getattr(second, name) is not None for name in _NUMBERS
    )


class FeatureBit(enum.IntFlag):
    """What a scale can tell. Bits 11 to 17 are two numbers, see `BodyCompositionFeature`."""

    TIMESTAMP = 1 << 0
    MULTIPLE_USERS = 1 << 1
    BASAL_METABOLISM = 1 << 2
    MUSCLE_PERCENTAGE = 1 << 3
    MUSCLE_MASS = 1 << 4
    FAT_FREE_MASS = 1 << 5
    SOFT_LEAN_MASS = 1 << 6
    BODY_WATER_MASS = 1 << 7
    IMPEDANCE = 1 << 8
    WEIGHT = 1 << 9
    HEIGHT = 1 << 10


@dataclass(frozen=True, slots=True)
class BodyCompositionFeature(ScaleFeature):
    """What a scale can tell, and how finely (bits confirmed by another project's tests)."""

    WHAT = "body composition feature"

    @property
    def notes(self) -> dict[str, object]:
        """What the bits mean."""
        return {"features": FeatureBit(self.bits & 0x7FF), **self._resolutions("mass", 11)}
