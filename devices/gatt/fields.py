"""Reads a characteristic's fields in order, never past its end."""

from __future__ import annotations

from devices.errors import DecodeError
from devices.gatt.date_time import SIZE as DATE_TIME_SIZE
from devices.gatt.date_time import DateTime
from devices.ieee11073 import Float, SFloat


class Fields:
    """A cursor over one value. Octets that are never asked for are ignored, as the standard wants."""

    __slots__ = ("_at", "_data", "_name")

    def __init__(self, name: str, data: bytes) -> None:
        """Start at the first octet; `name` stands in every error.

        Raises:
            DecodeError: there is no octet.
        """
        if not data:
            raise DecodeError(f"{name} is empty")
        self._name, self._data, self._at = name, data, 0

    def take(self, size: int, field: str) -> bytes:
        """Return the next `size` octets.

        Raises:
            DecodeError: they are not all there; the text names the field.
        """
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise DecodeError(f"{self._name} is {len(self._data)} bytes, too short for its {field}")
        self._at += size
        return part

    def uint(self, size: int, field: str) -> int:
        """Return the next unsigned integer of `size` octets."""
        return int.from_bytes(self.take(size, field), "little")

    def sint(self, size: int, field: str) -> int:
        """Return the next signed integer of `size` octets."""
        return int.from_bytes(self.take(size, field), "little", signed=True)

    def sfloat(self, field: str) -> SFloat:
        """Return the next SFLOAT."""
        return SFloat.parse(self.take(SFloat.SIZE, field))

    def float(self, field: str) -> Float:
        """Return the next FLOAT."""
        return Float.parse(self.take(Float.SIZE, field))

    def date_time(self, field: str) -> DateTime:
        """Return the next Date Time."""
        return DateTime.parse(self.take(DATE_TIME_SIZE, field))

    @property
    def left(self) -> int:
        """Octets not yet taken."""
        return len(self._data) - self._at

    def rest(self) -> bytes:
        """Return all octets that are left."""
        part = self._data[self._at :]
        self._at = len(self._data)
        return part
