"""Glucose Measurement (Bluetooth GATT 0x2A18, notified), its Context (0x2A34), Feature (0x2A51); service 0x1808.

Layout of the measurement: sheet 03 part 8. The context's and the feature's are from memory; one context is confirmed by a
case of another project's tests.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal

from devices.clock import SECOND
from devices.gatt.date_time import DateTime
from devices.gatt.fields import Fields
from devices.ieee11073 import SFloat
from devices.units import mg_dl_of_kg_l, mg_dl_of_mol_l

UUID = "2a18"
CONTEXT_UUID = "2a34"
FEATURE_UUID = "2a51"

MINUTE = 60 * SECOND

CONTROL_SOLUTION = 10
"Type: the meter was tested with a liquid; it is nobody's glucose."

CONTROL_LOCATION = 4
"Location: the same."


class Flag(enum.IntFlag):
    """Flags octet."""

    TIME_OFFSET = 0x01
    CONCENTRATION = 0x02
    MOL_PER_LITRE = 0x04
    STATUS = 0x08
    CONTEXT = 0x10


_RESERVED = 0xE0


class Status(enum.IntFlag):
    """Sensor status annunciation. Bits 12 to 15 are reserved."""

    BATTERY_LOW = 1 << 0
    MALFUNCTION = 1 << 1
    SAMPLE_INSUFFICIENT = 1 << 2
    STRIP_INSERTION = 1 << 3
    STRIP_TYPE = 1 << 4
    RESULT_TOO_HIGH = 1 << 5
    RESULT_TOO_LOW = 1 << 6
    TEMPERATURE_TOO_HIGH = 1 << 7
    TEMPERATURE_TOO_LOW = 1 << 8
    PULLED_TOO_SOON = 1 << 9
    GENERAL_FAULT = 1 << 10
    TIME_FAULT = 1 << 11


TYPES = {
    1: "capillary_whole_blood",
    2: "capillary_plasma",
    3: "venous_whole_blood",
    4: "venous_plasma",
    5: "arterial_whole_blood",
    6: "arterial_plasma",
    7: "undetermined_whole_blood",
    8: "undetermined_plasma",
    9: "interstitial_fluid",
    10: "control_solution",
}

LOCATIONS = {1: "finger", 2: "alternate_site", 3: "earlobe", 4: "control_solution", 15: "not_available"}


@dataclass(frozen=True, slots=True)
class GlucoseMeasurement:
    """One record of a glucose meter."""

    sequence: int
    "The meter's own number of the record."
    base_time: DateTime
    "The meter's own clock, before the shift that `offset` tells."
    offset: int | None = None
    "Minutes to add to `base_time`."
    concentration: SFloat | None = None
    "In mol/L or kg/L."
    mol_per_litre: bool = False
    "Unit of the concentration; otherwise kg/L."
    type: int = 0
    "What was measured, one of `TYPES`; told with the concentration."
    location: int = 0
    "Where it was taken, one of `LOCATIONS`; told with the concentration."
    status: Status | None = None
    context_follows: bool = False
    reserved: int = 0
    "Flag bits without a meaning yet, as sent."

    @classmethod
    def parse(cls, data: bytes) -> GlucoseMeasurement:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("glucose measurement", data)
        flags = Flag(fields.uint(1, "flags"))
        sequence, base = fields.uint(2, "sequence number"), fields.date_time("base time")
        offset = fields.sint(2, "time offset") if Flag.TIME_OFFSET in flags else None
        told = Flag.CONCENTRATION in flags
        concentration = fields.sfloat("concentration") if told else None
        kind = fields.uint(1, "type and location") if told else 0
        return cls(
            sequence,
            base,
            offset,
            concentration,
            Flag.MOL_PER_LITRE in flags,
            kind & 0xF,
            kind >> 4,
            Status(fields.uint(2, "sensor status")) if Flag.STATUS in flags else None,
            Flag.CONTEXT in flags,
            int(flags) & _RESERVED,
        )

    def __bytes__(self) -> bytes:
        flags = self.reserved | (Flag.MOL_PER_LITRE if self.mol_per_litre else 0)
        flags |= Flag.CONTEXT if self.context_follows else 0
        parts = [self.sequence.to_bytes(2, "little"), bytes(self.base_time)]
        if self.offset is not None:
            flags |= Flag.TIME_OFFSET
            parts.append(self.offset.to_bytes(2, "little", signed=True))
        if self.concentration is not None:
            flags |= Flag.CONCENTRATION
            parts += [bytes(self.concentration), bytes([self.location << 4 | self.type])]
        if self.status is not None:
            flags |= Flag.STATUS
            parts.append(self.status.to_bytes(2, "little"))
        return bytes([flags]) + b"".join(parts)

    @property
    def mg_dl(self) -> Decimal | None:
        """The concentration in mg/dL; `None` if there is none."""
        if self.concentration is None or self.concentration.value is None:
            return None
        convert = mg_dl_of_mol_l if self.mol_per_litre else mg_dl_of_kg_l
        return convert(self.concentration.value)

    @property
    def control(self) -> bool:
        """Whether this was a test of the meter and nobody's glucose."""
        return self.type == CONTROL_SOLUTION or self.location == CONTROL_LOCATION

    @property
    def utc(self) -> int | None:
        """The record's own time read as UTC, microseconds since 1970-01-01T00:00:00Z; `None` if it is none."""
        base = self.base_time.utc()
        return None if base is None else base + (self.offset or 0) * MINUTE

    @property
    def notes(self) -> dict[str, object]:
        """What a reader would otherwise compute."""
        utc = self.utc
        return {
            "mg_dl": self.mg_dl,
            "time": None if utc is None or utc < 0 else str(DateTime.of(utc)),
            "type_name": TYPES.get(self.type, f"reserved {self.type}"),
            "location_name": LOCATIONS.get(self.location, f"reserved {self.location}"),
        }


class ContextFlag(enum.IntFlag):
    """Flags octet of a context (memory)."""

    CARBOHYDRATE = 0x01
    MEAL = 0x02
    TESTER_AND_HEALTH = 0x04
    EXERCISE = 0x08
    MEDICATION = 0x10
    MEDICATION_LITRES = 0x20
    HBA1C = 0x40
    EXTENDED = 0x80


@dataclass(frozen=True, slots=True)
class GlucoseContext:
    """What was going on when a record was made; follows the record of the same sequence number."""

    sequence: int
    extended: int | None = None
    "Flags of a later version, as sent."
    carbohydrate: tuple[int, SFloat] | None = None
    "Kind (1 breakfast, 2 lunch, 3 dinner, 4 snack, 5 drink, 6 supper, 7 brunch), kilograms."
    meal: int | None = None
    "1 before, 2 after a meal, 3 fasting, 4 casual, 5 bedtime."
    tester_and_health: int | None = None
    "Who tested in the low, health in the high four bits."
    exercise: tuple[int, int] | None = None
    "Seconds (65535 for overrun), intensity in percent."
    medication: tuple[int, SFloat] | None = None
    "Kind (1 rapid, 2 short, 3 intermediate, 4 long acting, 5 pre-mixed insulin), amount."
    medication_litres: bool = False
    "The amount is in litres; otherwise kilograms."
    hba1c: SFloat | None = None
    "Percent."

    @classmethod
    def parse(cls, data: bytes) -> GlucoseContext:
        """Parse a characteristic value.

        Raises:
            DecodeError: it is too short for its flags.
        """
        fields = Fields("glucose measurement context", data)
        flags = ContextFlag(fields.uint(1, "flags"))

        def pair(bit: ContextFlag, name: str) -> tuple[int, SFloat] | None:
            return (fields.uint(1, f"{name} kind"), fields.sfloat(name)) if bit in flags else None

        def octet(bit: ContextFlag, name: str) -> int | None:
            return fields.uint(1, name) if bit in flags else None

        return cls(
            sequence=fields.uint(2, "sequence number"),
            extended=octet(ContextFlag.EXTENDED, "extended flags"),
            carbohydrate=pair(ContextFlag.CARBOHYDRATE, "carbohydrate"),
            meal=octet(ContextFlag.MEAL, "meal"),
            tester_and_health=octet(ContextFlag.TESTER_AND_HEALTH, "tester and health"),
            exercise=(
                (fields.uint(2, "exercise duration"), fields.uint(1, "exercise intensity"))
                if ContextFlag.EXERCISE in flags
                else None
            ),
            medication=pair(ContextFlag.MEDICATION, "medication"),
            medication_litres=ContextFlag.MEDICATION_LITRES in flags,
            hba1c=fields.sfloat("hba1c") if ContextFlag.HBA1C in flags else None,
        )

    def __bytes__(self) -> bytes:
        flags, parts = ContextFlag(0), [self.sequence.to_bytes(2, "little")]

        def add(bit: ContextFlag, encoded: bytes) -> None:
            nonlocal flags
            flags |= bit
            parts.append(encoded)

        if self.extended is not None:
            add(ContextFlag.EXTENDED, bytes([self.extended]))
        if self.carbohydrate is not None:
            add(ContextFlag.CARBOHYDRATE, bytes([self.carbohydrate[0]]) + bytes(self.carbohydrate[1]))
        if self.meal is not None:
            add(ContextFlag.MEAL, bytes([self.meal]))
        if self.tester_and_health is not None:
            add(ContextFlag.TESTER_AND_HEALTH, bytes([self.tester_and_health]))
        if self.exercise is not None:
            add(ContextFlag.EXERCISE, self.exercise[0].to_bytes(2, "little") + bytes([self.exercise[1]]))
        if self.medication is not None:
            add(ContextFlag.MEDICATION, bytes([self.medication[0]]) + bytes(self.medication[1]))
        if self.medication_litres:
            flags |= ContextFlag.MEDICATION_LITRES
        if self.hba1c is not None:
            add(ContextFlag.HBA1C, bytes(self.hba1c))
        return bytes([int(flags)]) + b"".join(parts)


class FeatureBit(enum.IntFlag):
    """What a glucose meter can tell (memory). Bits 11 to 15 are reserved."""

    LOW_BATTERY = 1 << 0
    MALFUNCTION = 1 << 1
    SAMPLE_SIZE = 1 << 2
    STRIP_INSERTION = 1 << 3
    STRIP_TYPE = 1 << 4
    RESULT_HIGH_LOW = 1 << 5
    TEMPERATURE_HIGH_LOW = 1 << 6
    READ_INTERRUPT = 1 << 7
    GENERAL_FAULT = 1 << 8
    TIME_FAULT = 1 << 9
    MULTIPLE_BONDS = 1 << 10


@dataclass(frozen=True, slots=True)
class GlucoseFeature:
    """What a glucose meter can tell."""

    features: FeatureBit

    @classmethod
    def parse(cls, data: bytes) -> GlucoseFeature:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets.
        """
        return cls(FeatureBit(Fields("glucose feature", data).uint(2, "bits")))

    def __bytes__(self) -> bytes:
        return self.features.to_bytes(2, "little")
