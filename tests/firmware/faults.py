"""A line that loses, changes and makes up bytes. Seeded: the same line every time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Faults per byte."""

    flip: float = 0.0
    drop: float = 0.0
    insert: float = 0.0
    burst: float = 0.0
    "Beginnings of a hole."
    longest_burst: int = 40


class FaultyLine:
    """One direction. Asks for randomness once per fault, not once per byte: a good line costs nothing."""

    def __init__(self, rates: Rates, seed: int) -> None:
        self._random = random.Random(seed)
        self._rates = {
            kind: rate for kind in ("flip", "drop", "insert", "burst") if (rate := getattr(rates, kind)) > 0
        }
        self._longest = rates.longest_burst
        self._total = sum(self._rates.values())
        self._wait = self._distance()
        self._hole = 0
        self.counts: Counter[str] = Counter()

    def __call__(self, data: bytes) -> bytes:
        """Return what arrives of it."""
        self.counts["bytes"] += len(data)
        if not self._total or (self._wait >= len(data) and not self._hole):
            self._wait -= len(data)
            return data
        out = bytearray()
        for byte in data:
            self._pass(byte, out)
        return bytes(out)

    def _pass(self, byte: int, out: bytearray) -> None:
        if self._hole:
            self._hole -= 1
            self.counts["in_bursts"] += 1
            return
        self._wait -= 1
        if self._wait >= 0:
            out.append(byte)
            return
        self._wait = self._distance()
        kind = self._random.choices(list(self._rates), list(self._rates.values()))[0]
        self.counts[kind] += 1
        if kind == "flip":
            out.append(byte ^ 1 << self._random.randrange(8))
        elif kind == "insert":
            out += bytes((byte, self._random.randrange(256)))
        elif kind == "burst":
            self._hole = self._random.randint(0, self._longest - 1)

    def _distance(self) -> int:
        return int(self._random.expovariate(self._total)) if self._total else 0
