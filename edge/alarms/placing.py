"""Moves verdicts that were stamped with the monotonic clock to UTC. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from devices.wire.messages import Verdict
from edge.timekeeping import is_unplaced


def place_verdict(verdict: Verdict, shift: int) -> Verdict:
    """Return a verdict with its monotonic times moved by `shift` microseconds."""
    return replace(
        verdict,
        onset=_moved(verdict.onset, shift),
        declared=_moved(verdict.declared, shift),
        cleared=None if verdict.cleared is None else _moved(verdict.cleared, shift),
        acknowledged=None if verdict.acknowledged is None else _moved(verdict.acknowledged, shift),
    )


def _moved(time: int, shift: int) -> int:
    return time + shift if is_unplaced(time) else time
