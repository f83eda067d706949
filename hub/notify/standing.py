"""What a channel says of itself, with the time since which it is so."""

from __future__ import annotations

from devices.clock import Clock
from hub.notify.base import State


class Standing:
    """Keeps a channel's `State`."""

    def __init__(self, clock: Clock, reason: str) -> None:
        """Begin unwell, for a reason."""
        self._clock = clock
        self.state = State(well=False, since=clock.utc(), reason=reason)

    def say(self, reason: str) -> None:
        """Be well when there is no reason, otherwise unwell; the same again changes nothing."""
        if self.state.well is bool(reason) or self.state.reason != reason:
            self.state = State(well=not reason, since=self._clock.utc(), reason=reason)
