"""Fan-out to the screens: what was committed, and nothing before it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from devices.wire.messages import Observation, Presence
from hub.alerting.model import Changes


@dataclass(slots=True)
class Committed:
    """What one transaction put on disk."""

    time: int
    "Hub time of the commit, microseconds UTC."
    observations: list[tuple[str, str, Observation]] = field(default_factory=list)
    "(edge, resident id, observation); observations of an edge without a resident are not here."
    changes: Changes = field(default_factory=Changes)
    presences: list[tuple[Presence, int]] = field(default_factory=list)
    "Heartbeats with their time of reception."


class Audience(Protocol):
    """Who is told; called by the writer's thread after each commit."""

    def committed(self, news: Committed) -> None:
        """Take news; must not block and must not raise."""
        ...
