"""The ward's screens as a channel: they show and sound every alert by themselves; this says whether any can be heard."""

from __future__ import annotations

from collections.abc import Callable

from devices.clock import Clock
from hub.notify.base import GiveUp, Notice, Outcome, Sent, State

_SILENT = "no screen of the ward is open that can be heard"


class ScreenChannel:
    """The channel `screen`. Its one address is `ward`."""

    name = "screen"

    def __init__(self, audible: Callable[[], int], clock: Clock) -> None:
        """Make a channel.

        Args:
            audible: returns how many open screens have proved that they can be heard.
            clock: the hub's clock.
        """
        self._audible = audible
        self._state = State(well=False, since=clock.utc(), reason=_SILENT)
        self._clock = clock

    @property
    def state(self) -> State:
        """Whether any screen can be heard now."""
        well = self._audible() > 0
        if well != self._state.well:
            self._state = State(well=well, since=self._clock.utc(), reason="" if well else _SILENT)
        return self._state

    async def run(self) -> None:
        """Do nothing: the screens' own streams are their lines."""

    async def send(self, notice: Notice) -> Outcome:
        """Say whether a screen has it; what is not heard goes on to who comes next at once."""
        del notice
        return Sent() if self._audible() else GiveUp(_SILENT)
