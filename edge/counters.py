"""What was refused, lost or repeated, by name, since the process started; goes out with every heartbeat."""

from __future__ import annotations

from collections import Counter


class Counters:
    """Named counts. Names are few and fixed in the code: nothing that comes from outside becomes a name."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        """Count `count` more of `name`."""
        self._counts[name] += count

    def __getitem__(self, name: str) -> int:
        return self._counts[name]

    def snapshot(self) -> dict[str, int]:
        """Return a copy of all that are not zero."""
        return {name: count for name, count in sorted(self._counts.items()) if count}
