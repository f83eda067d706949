"""Which sensors may pair: those that the edge is opening right now, and nobody else. Knows no radio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from devices.transports.base import PairingRefusedError


class Pairings:
    """Answers whoever asks the edge's agent; the least that lets a sensor bond, and only while it is awaited."""

    __slots__ = ("_awaited", "counts")

    def __init__(self, counts: Counter[str]) -> None:
        """Begin with nobody awaited.

        Args:
            counts: where refusals are counted, as `pairings_refused`.
        """
        self._awaited: dict[str, str] = {}
        self.counts = counts

    @contextmanager
    def awaiting(self, address: str, pin: str) -> Iterator[None]:
        """Let one sensor pair for as long as the context lasts."""
        key = address.upper()
        self._awaited[key] = pin
        try:
            yield
        finally:
            self._awaited.pop(key, None)

    def has_pin(self, address: str) -> bool:
        """Tell whether the number printed on a sensor is known."""
        return bool(self._awaited.get(address.upper()))

    def admit(self, address: str) -> None:
        """Let a sensor pair without anything to compare.

        Raises:
            PairingRefusedError: nobody awaits it.
        """
        if address.upper() not in self._awaited:
            self.counts["pairings_refused"] += 1
            raise PairingRefusedError(f"sensor {address} asks for a bond and nobody awaits it")

    def passkey(self, address: str) -> int:
        """Return the number that is printed on a sensor.

        Raises:
            PairingRefusedError: nobody awaits it, or its number is not configured.
        """
        self.admit(address)
        pin = self._awaited[address.upper()]
        if not pin:
            self.counts["pairings_without_pin"] += 1
            raise PairingRefusedError(f"sensor {address} asks for its number; its configuration has no `pin`")
        return int(pin)
