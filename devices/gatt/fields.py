"""Reads a characteristic's fields in order, never past its end."""

from __future__ import annotations

from devices.errors import DecodeError
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

    def sfloat(self, field: str) -> SFloat:
        """Return the next SFLOAT."""
        return SFloat.parse(self.take(SFloat.SIZE, field))

    def float(self, field: str) -> Float:
        """Return the next FLOAT."""
        return Float.parse(self.take(Float.SIZE, field))

    def rest(self) -> bytes:
        """Return all octets that are left."""
        part = self._data[self._at :]
        self._at = len(self._data)
        return part
