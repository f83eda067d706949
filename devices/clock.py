"""The only module that reads a clock. Everything else takes time as an argument or a `Clock`.

Times are integers: microseconds. UTC times count from 1970-01-01T00:00:00Z (they stay exact in
JavaScript, whose integers are exact up to 2**53); monotonic times count from an arbitrary start.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

SECOND = 1_000_000
"Microseconds in one second."

BUILD_FLOOR = 1_789_000_000 * SECOND
"A UTC time before this release existed (2026-09-10); a clock that says less has not been set."


class Clock(Protocol):
    """Source of time, injected so that a night is simulated in seconds."""

    def utc(self) -> int:
        """Return microseconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic(self) -> int:
        """Return microseconds that never go back, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clocks."""

    __slots__ = ()

    def utc(self) -> int:
        """Return the system's UTC time in microseconds."""
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        """Return the time since boot in microseconds, suspended time included where the system counts it."""
        return time.monotonic_ns() // 1000


class ManualClock:
    """A clock that moves only when told to."""

    __slots__ = ("_monotonic", "_utc")

    def __init__(self, utc: int = BUILD_FLOOR, monotonic: int = 0) -> None:
        self._utc = utc
        self._monotonic = monotonic

    def utc(self) -> int:
        """Return the time that was last set."""
        return self._utc

    def monotonic(self) -> int:
        """Return the sum of all advances."""
        return self._monotonic

    def advance(self, microseconds: int) -> None:
        """Move both clocks forward."""
        self._utc += microseconds
        self._monotonic += microseconds

    def set_utc(self, utc: int) -> None:
        """Step the UTC clock, as a late time synchronisation does."""
        self._utc = utc


def to_datetime(utc: int) -> datetime:
    """Convert microseconds since the epoch to an aware datetime."""
    return datetime.fromtimestamp(utc / SECOND, UTC)


def isoformat(utc: int) -> str:
    """Format microseconds since the epoch as RFC 3339 with milliseconds and `Z`."""
    return to_datetime(utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
