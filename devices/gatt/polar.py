"""Polar Measurement Data (PMD): a chest strap's ECG, beside the standard heart rate.

The layout of ECG frames is confirmed by a case of the maker's own tests; all else here (control point, that a frame's time is
that of its last sample, the start command) is from memory of the maker's public documentation, no sheet tells it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.fields import Fields

CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
"Written to start a stream; its answer is indicated."

DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
"Notifies frames."

ECG_RATE = 130
"Samples per second."

ECG_RESOLUTION = 14
"Bits, the only one offered."

SAMPLE_SIZE = 3
"Octets of one ECG sample."


class Kind(enum.IntEnum):
    """What a stream measures."""

    ECG = 0
    PPG = 1
    ACCELERATION = 2
    PP_INTERVAL = 3


class Operation(enum.IntEnum):
    """What the control point is asked for."""

    GET_SETTINGS = 1
    START = 2
    STOP = 3


class Setting(enum.IntEnum):
    """What a start command sets."""

    SAMPLE_RATE = 0
    RESOLUTION = 1
    RANGE = 2


class Result(enum.IntEnum):
    """How an operation ended."""

    SUCCESS = 0
    INVALID_OPERATION = 1
    INVALID_KIND = 2
    NOT_SUPPORTED = 3
    INVALID_LENGTH = 4
    INVALID_PARAMETER = 5
    ALREADY_STARTED = 6
    INVALID_RESOLUTION = 7
    INVALID_RATE = 8
    INVALID_RANGE = 9
    INVALID_MTU = 10


_RESPONSE = 0xF0
_FEATURES = 0x0F


def start_ecg() -> bytes:
    """Return what to write to the control point to get the ECG."""
    command = bytes([Operation.START, Kind.ECG])
    for setting, value in ((Setting.SAMPLE_RATE, ECG_RATE), (Setting.RESOLUTION, ECG_RESOLUTION)):
        command += bytes([setting, 1]) + value.to_bytes(2, "little")
    return command


def stop_ecg() -> bytes:
    """Return what to write to the control point to end the ECG."""
    return bytes([Operation.STOP, Kind.ECG])


@dataclass(frozen=True, slots=True)
class EcgFrame:
    """Some consecutive samples of the ECG."""

    timestamp: int
    "Time of the last sample by the strap's own clock, nanoseconds."
    microvolts: tuple[int, ...]

    @classmethod
    def parse(cls, data: bytes) -> EcgFrame:
        """Parse a data notification.

        Raises:
            DecodeError: it is no ECG, of a frame type not known here, has no sample or ends inside one.
        """
        fields = Fields("pmd data", data)
        kind = fields.uint(1, "kind")
        if kind != Kind.ECG:
            raise DecodeError(f"pmd data is of kind {kind}, only ecg (0) is decoded")
        timestamp, frame = fields.uint(8, "time stamp"), fields.uint(1, "frame type")
        if frame != 0:
            raise DecodeError(f"pmd data has ecg frame type {frame}, only 0 is known")
        samples = fields.rest()
        if not samples or len(samples) % SAMPLE_SIZE:
            raise DecodeError(f"pmd data has {len(samples)} bytes of samples, no multiple of {SAMPLE_SIZE}")
        return cls(
            timestamp,
            tuple(
                int.from_bytes(samples[at : at + SAMPLE_SIZE], "little", signed=True)
                for at in range(0, len(samples), SAMPLE_SIZE)
            ),
        )

    def __bytes__(self) -> bytes:
        head = bytes([Kind.ECG]) + self.timestamp.to_bytes(8, "little") + bytes([0])
        return head + b"".join(each.to_bytes(SAMPLE_SIZE, "little", signed=True) for each in self.microvolts)


@dataclass(frozen=True, slots=True)
class ControlResponse:
    """Answer of the control point."""

    operation: int
    kind: int
    result: int
    more: bool = False
    "Another answer with more parameters follows."
    parameters: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> ControlResponse:
        """Parse an indication.

        Raises:
            DecodeError: it is no answer, or too short.
        """
        fields = Fields("pmd control point", data)
        if fields.uint(1, "code") != _RESPONSE:
            raise DecodeError(f"pmd control point says {data[0]:#04x}, expected an answer, {_RESPONSE:#04x}")
        operation, kind, result = (fields.uint(1, name) for name in ("operation", "kind", "result"))
        more = bool(fields.uint(1, "more")) if fields.left else False
        return cls(operation, kind, result, more, fields.rest())

    def __bytes__(self) -> bytes:
        return bytes([_RESPONSE, self.operation, self.kind, self.result, int(self.more)]) + self.parameters

    @property
    def notes(self) -> dict[str, object]:
        """What the numbers mean."""
        known = {int(each): each.name.lower() for each in Result}
        return {"result_name": known.get(self.result, f"unknown {self.result}")}


class FeatureBit(enum.IntFlag):
    """Streams that a sensor offers."""

    ECG = 1 << 0
    PPG = 1 << 1
    ACCELERATION = 1 << 2
    PP_INTERVAL = 1 << 3


@dataclass(frozen=True, slots=True)
class Features:
    """What is read from the control point: which streams there are."""

    streams: FeatureBit

    @classmethod
    def parse(cls, data: bytes) -> Features:
        """Parse what was read.

        Raises:
            DecodeError: it is no list of features, or too short.
        """
        fields = Fields("pmd control point", data)
        if fields.uint(1, "code") != _FEATURES:
            raise DecodeError(f"pmd control point says {data[0]:#04x}, expected features, {_FEATURES:#04x}")
        return cls(FeatureBit(fields.uint(1, "streams")))

    def __bytes__(self) -> bytes:
        return bytes([_FEATURES, int(self.streams)])


def parse_control(data: bytes) -> ControlResponse | Features:
    """Parse either of what the control point says.

    Raises:
        DecodeError: it is neither.
    """
    return Features.parse(data) if data[:1] == bytes([_FEATURES]) else ControlResponse.parse(data)
