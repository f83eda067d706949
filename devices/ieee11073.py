"""Medical floating-point numbers of IEEE 11073-20601: SFLOAT (16 bits) and FLOAT (32 bits).

value = mantissa * 10 ** exponent, both two's complement, the exponent in the upper bits, little-endian over Bluetooth.
Some public decoders read the exponent as biased; they are wrong (sheet 03 part 0). 2, 2.0 and 2.00 are different
statements about precision, so values are `Decimal` and keep their trailing zeros.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from devices.errors import DecodeError


class Special(enum.Enum):
    """What stands in place of a number. Its value is FHIR's data-absent-reason (sheet 03 part 0)."""

    NAN = "not-a-number"
    NRES = "error"
    "Not at this resolution."
    POSITIVE_INFINITY = "positive-infinity"
    NEGATIVE_INFINITY = "negative-infinity"
    RESERVED = "unsupported"


@dataclass(frozen=True, slots=True)
class _MedicalFloat:
    mantissa: int
    exponent: int = 0

    NAME: ClassVar[str]
    SIZE: ClassVar[int]
    MANTISSA_BITS: ClassVar[int]
    EXPONENT_BITS: ClassVar[int]

    def __post_init__(self) -> None:
        for part, value, bits in (
            ("mantissa", self.mantissa, self.MANTISSA_BITS),
            ("exponent", self.exponent, self.EXPONENT_BITS),
        ):
            if not -(1 << bits - 1) <= value < 1 << bits - 1:
                raise ValueError(f"{self.NAME} {part} {value} does not fit {bits} bits")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse the number.

        Raises:
            DecodeError: not exactly the number's size.
        """
        if len(data) != cls.SIZE:
            raise DecodeError(f"{cls.NAME} is {len(data)} bytes, expected {cls.SIZE}")
        raw = int.from_bytes(data, "little", signed=True)
        mantissa = raw & (1 << cls.MANTISSA_BITS) - 1
        if mantissa >> cls.MANTISSA_BITS - 1:
            mantissa -= 1 << cls.MANTISSA_BITS
        return cls(mantissa, raw >> cls.MANTISSA_BITS)

    @classmethod
    def of(cls, value: Decimal | int | str) -> Self:
        """Return the number that says `value` with its own digits: 2.00 is 200 * 10**-2.

        Raises:
            ValueError: it has more digits than the mantissa holds, or is no number.
        """
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{cls.NAME} cannot say {value}; build the special value instead")
        sign, digits, exponent = number.as_tuple()
        magnitude = int("".join(map(str, digits)))
        candidate = cls(-magnitude if sign else magnitude, int(exponent))
        if candidate.special is not None:
            raise ValueError(f"{cls.NAME} mantissa {candidate.mantissa} is set aside for special values")
        return candidate

    @classmethod
    def of_special(cls, special: Special) -> Self:
        """Return the number that stands for `special`."""
        top = (1 << cls.MANTISSA_BITS - 1) - 1
        return cls(
            {
                Special.NAN: top,
                Special.POSITIVE_INFINITY: top - 1,
                Special.NRES: -top - 1,
                Special.RESERVED: -top,
                Special.NEGATIVE_INFINITY: -top + 1,
            }[special]
        )

    @property
    def special(self) -> Special | None:
        """What stands in place of a number, whatever the exponent; `None` for a number.

        The standard gives these mantissas a meaning at exponent 0 only, but sensors exist that leave the exponent of
        their resolution beside them, and 2047 * 10**-1 is no vital sign.
        """
        top = (1 << self.MANTISSA_BITS - 1) - 1
        return {
            top: Special.NAN,
            top - 1: Special.POSITIVE_INFINITY,
            -top - 1: Special.NRES,
            -top: Special.RESERVED,
            -top + 1: Special.NEGATIVE_INFINITY,
        }.get(self.mantissa)

    @property
    def value(self) -> Decimal | None:
        """The number with its own digits, `None` for a special value."""
        if self.special is not None:
            return None
        digits = tuple(map(int, str(abs(self.mantissa))))
        return Decimal((int(self.mantissa < 0), digits, self.exponent))

    def __bytes__(self) -> bytes:
        return (self.exponent << self.MANTISSA_BITS | self.mantissa & (1 << self.MANTISSA_BITS) - 1).to_bytes(
            self.SIZE, "little", signed=True
        )

    def __str__(self) -> str:
        special = self.special
        return str(self.value) if special is None else special.value


@dataclass(frozen=True, slots=True)
class SFloat(_MedicalFloat):
    """SFLOAT-Type: 12 bits of mantissa, 4 of exponent."""

    NAME: ClassVar[str] = "SFLOAT"
    SIZE: ClassVar[int] = 2
    MANTISSA_BITS: ClassVar[int] = 12
    EXPONENT_BITS: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class Float(_MedicalFloat):
    """FLOAT-Type: 24 bits of mantissa, 8 of exponent."""

    NAME: ClassVar[str] = "FLOAT"
    SIZE: ClassVar[int] = 4
    MANTISSA_BITS: ClassVar[int] = 24
    EXPONENT_BITS: ClassVar[int] = 8
