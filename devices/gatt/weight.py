"""Weight Measurement (Bluetooth GATT 0x2A9D, indicated) and Weight Scale Feature (0x2A9E, read), service 0x181D.

Numbers stay the integers that were sent; `weight_kg` and its like convert them exactly. That 0xFFFF means an
unsuccessful measurement is from memory (sheet 03 part 6).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.units import INCH_METRES, POUND_KILOGRAMS

UUID = "2a9d"
"16-bit characteristic number."

FEATURE_UUID = "2a9e"
"16-bit characteristic number."

UNSUCCESSFUL = 0xFFFF
"In place of a weight: the scale could not measure (memory)."

UNKNOWN_USER = 255
"The scale does not know who stands on it."

KILOGRAMS = Decimal("0.005")
POUNDS = Decimal("0.01")
METRES = Decimal("0.001")
INCHES = Decimal("0.1")
BMI = Decimal("0.1")


class Flag(enum.IntFlag):
    """Flags octet."""

    IMPERIAL = 0x01
    TIMESTAMP = 0x02
    USER = 0x04
    BMI_AND_HEIGHT = 0x08


_RESERVED = 0xF0


def kilograms(raw: int, *, imperial: bool) -> Decimal:
    """Return the mass that a count of 0.005 kg, or of 0.01 lb, stands for."""
    return raw * POUNDS * POUND_KILOGRAMS if imperial else raw * KILOGRAMS


def metres(raw: int, *, imperial: bool) -> Decimal:
    """Return the length that a count of 0.001 m, or of 0.1 in, stands for."""
    return raw * INCHES * INCH_METRES if imperial else raw * METRES


@dataclass(frozen=True, slots=True)
class WeightMeasurement:
    """One weighing."""

    weight: int
    "In 0.005 kg, or 0.01 lb if `imperial`; 65535 for an unsuccessful measurement."
    imperial: bool = False
    "Pounds and inches; otherwise kilograms and metres."
    timestamp: DateTime | None = None
    "The scale's own clock."
    user: int | None = None
    "The scale's number for the person, 255 for unknown."
    bmi: int | None = None
    "Body mass index in 0.1 kg/m2; sent together with `height`."
    height: int | None = None
    "In 0.001 m, or 0.1 in if `imperial`."
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> WeightMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("weight measurement", data)
        flags = Flag(fields.uint(1, "flags"))
        both = Flag.BMI_AND_HEIGHT in flags
        return cls(
            weight=fields.uint(2, "weight"),
            imperial=Flag.IMPERIAL in flags,
            timestamp=fields.date_time("time stamp") if Flag.TIMESTAMP in flags else None,
            user=fields.uint(1, "user") if Flag.USER in flags else None,
            bmi=fields.uint(2, "body mass index") if both else None,
            height=fields.uint(2, "height") if both else None,
            reserved=int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (Flag.IMPERIAL if self.imperial else 0)
        parts = [self.weight.to_bytes(2, "little")]
        if self.timestamp is not None:
            flags |= Flag.TIMESTAMP
            parts.append(bytes(self.timestamp))
        if self.user is not None:
            flags |= Flag.USER
            parts.append(bytes([self.user]))
        if self.bmi is not None and self.height is not None:
            flags |= Flag.BMI_AND_HEIGHT
            parts += [self.bmi.to_bytes(2, "little"), self.height.to_bytes(2, "little")]
        return bytes([flags]) + b"".join(parts)

    @property
    def weight_kg(self) -> Decimal | None:
        """Kilograms; `None` for an unsuccessful measurement."""
        if self.weight == UNSUCCESSFUL:
            return None
        return kilograms(self.weight, imperial=self.imperial)

    @property
    def height_m(self) -> Decimal | None:
        """Metres, if told."""
        return None if self.height is None else metres(self.height, imperial=self.imperial)

    @property
    def bmi_kg_m2(self) -> Decimal | None:
        """Body mass index in kg/m2, if told."""
        return None if self.bmi is None else self.bmi * BMI

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        return {"weight_kg": self.weight_kg, "height_m": self.height_m, "bmi_kg_m2": self.bmi_kg_m2}


class FeatureBit(enum.IntFlag):
    """What a scale can tell. Bits 3 to 9 are two numbers, see `WeightFeature`."""

    TIMESTAMP = 1 << 0
    MULTIPLE_USERS = 1 << 1
    BMI = 1 << 2


WEIGHT_RESOLUTIONS_KG = (None, "0.5", "0.2", "0.1", "0.05", "0.02", "0.01", "0.005")
"By number (memory)."

HEIGHT_RESOLUTIONS_M = (None, "0.01", "0.005", "0.001")
"By number (memory)."


@dataclass(frozen=True, slots=True)
class ScaleFeature:
    """Four octets of what a scale can tell: some bits, and above them the numbers of two resolutions."""

    WHAT: ClassVar[str]
    "Of the characteristic, for errors."
    bits: int
    "All 32, as sent."

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than four octets.
        """
        return cls(Fields(cls.WHAT, data).uint(4, "bits"))

    def __bytes__(self) -> bytes:
        return self.bits.to_bytes(4, "little")

    def _resolutions(self, mass: str, shift: int) -> dict[str, object]:
        """Return both resolutions, by name and number; the number of the mass's begins at bit `shift`."""
        weight, height = self.bits >> shift & 0xF, self.bits >> shift + 4 & 0x7
        return {
            f"{mass}_resolution": weight,
            f"{mass}_resolution_kg": dict(enumerate(WEIGHT_RESOLUTIONS_KG)).get(weight),
            "height_resolution": height,
            "height_resolution_m": dict(enumerate(HEIGHT_RESOLUTIONS_M)).get(height),
        }


@dataclass(frozen=True, slots=True)
class WeightFeature(ScaleFeature):
    """What a scale can tell, and how finely."""

    WHAT = "weight scale feature"

    @property
    def notes(self) -> dict[str, object]:
        """What the bits mean."""
        return {"features": FeatureBit(self.bits & 0x7), **self._resolutions("weight", 3)}
