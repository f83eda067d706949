"""Record Access Control Point (Bluetooth GATT 0x2A52): written to a meter, and indicated by it as the answer.

Which records are sent, and that there are no more, is told here; the records themselves come by notification.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from devices.errors import DecodeError
from devices.gatt.fields import Fields

UUID = "2a52"
"16-bit characteristic number."


class Opcode(enum.IntEnum):
    """What is asked or answered (sheet 03 part 9)."""

    REPORT = 1
    DELETE = 2
    ABORT = 3
    REPORT_NUMBER = 4
    NUMBER = 5
    RESPONSE = 6


class Operator(enum.IntEnum):
    """Which records (sheet 03 part 9)."""

    NULL = 0
    ALL = 1
    AT_MOST = 2
    AT_LEAST = 3
    RANGE = 4
    FIRST = 5
    LAST = 6


class Filter(enum.IntEnum):
    """By what records are chosen."""

    SEQUENCE_NUMBER = 1
    USER_FACING_TIME = 2


class Result(enum.IntEnum):
    """How a request ended (sheet 03 part 9)."""

    SUCCESS = 1
    OPCODE_NOT_SUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_NOT_SUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_FAILED = 7
    NOT_COMPLETED = 8
    OPERAND_NOT_SUPPORTED = 9


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """One request or answer. Numbers that the standard reserves are kept as sent."""

    opcode: int
    operator: int = Operator.NULL
    operand: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> RecordAccess:
        """Parse a characteristic value.

        Raises:
            DecodeError: fewer than two octets, or an answer without its operand.
        """
        fields = Fields("record access control point", data)
        found = cls(fields.uint(1, "opcode"), fields.uint(1, "operator"), fields.rest())
        if found.opcode == Opcode.RESPONSE and len(found.operand) < 2:
            raise DecodeError("record access control point response names no request and result")
        if found.opcode == Opcode.NUMBER and not found.operand:
            raise DecodeError("record access control point number of records is missing")
        return found

    @classmethod
    def report_all(cls) -> RecordAccess:
        """Return the request for every record."""
        return cls(Opcode.REPORT, Operator.ALL)

    @classmethod
    def report_from(cls, sequence: int) -> RecordAccess:
        """Return the request for the records with this sequence number and above."""
        return cls(
            Opcode.REPORT, Operator.AT_LEAST, bytes([Filter.SEQUENCE_NUMBER]) + sequence.to_bytes(2, "little")
        )

    @classmethod
    def count_all(cls) -> RecordAccess:
        """Return the request for the number of records."""
        return cls(Opcode.REPORT_NUMBER, Operator.ALL)

    @classmethod
    def abort(cls) -> RecordAccess:
        """Return the request to stop sending."""
        return cls(Opcode.ABORT, Operator.NULL)

    @classmethod
    def number(cls, records: int) -> RecordAccess:
        """Return a meter's answer to `count_all`."""
        return cls(Opcode.NUMBER, Operator.NULL, records.to_bytes(2, "little"))

    @classmethod
    def response(cls, request: int, result: int) -> RecordAccess:
        """Return a meter's answer that ends a request."""
        return cls(Opcode.RESPONSE, Operator.NULL, bytes([request, result]))

    def __bytes__(self) -> bytes:
        return bytes([self.opcode, self.operator]) + self.operand

    @property
    def records(self) -> int | None:
        """How many records the meter has; `None` if this does not tell it. Of any size: some meters send 32 bits."""
        return int.from_bytes(self.operand, "little") if self.opcode == Opcode.NUMBER else None

    @property
    def ended(self) -> tuple[int, int] | None:
        """The request's opcode and its `Result`; `None` if this ends none."""
        return (self.operand[0], self.operand[1]) if self.opcode == Opcode.RESPONSE else None

    @property
    def notes(self) -> dict[str, object]:
        """What the numbers mean."""
        found: dict[str, object] = {
            "opcode_name": _name(Opcode, self.opcode),
            "operator_name": _name(Operator, self.operator),
        }
        if self.records is not None:
            found["records"] = self.records
        if self.ended is not None:
            found["request_name"] = _name(Opcode, self.ended[0])
            found["result_name"] = _name(Result, self.ended[1])
        return found


def _name(kind: type[enum.IntEnum], number: int) -> str:
    return kind(number).name.lower() if number in set(kind) else f"reserved {number}"
