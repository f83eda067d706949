"""A serial line that does harm: flips, drops, inserts and bursts, by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Faults:
    """Probabilities for each byte."""

    flip: float = 0.0
    drop: float = 0.0
    insert: float = 0.0
    burst: float = 0.0
    "A run of up to 40 bytes is garbled."


class Line:
    """One direction."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._random = random.Random(seed)
        self._garbled = 0
        self._any = faults.flip + faults.drop + faults.insert + faults.burst
        self.harmed = 0

    def carry(self, data: bytes) -> bytes:
        if not data or (not self._any and not self._garbled):
            return data
        return bytes(byte for original in data for byte in self._through(original))

    def _through(self, byte: int) -> tuple[int, ...]:
        if self._garbled:
            self._garbled -= 1
            return (self._random.randrange(256),)
        chance = self._random.random()
        if chance >= self._any:
            return (byte,)
        self.harmed += 1
        faults = self._faults
        if chance < faults.flip:
            return (byte ^ 1 << self._random.randrange(8),)
        if chance < faults.flip + faults.drop:
            return ()
        if chance < faults.flip + faults.drop + faults.insert:
            return (byte, self._random.randrange(256))
        self._garbled = self._random.randrange(40)
        return (self._random.randrange(256),)
