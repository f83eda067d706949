"""The channel of the test alarm: a hardly audible sound of the ward's screens, and their word that it passed.

It carries test alarms and nothing else, and it says "delivered" only when a page's own analyser saw the sound on its way
to the loudspeaker. It rings aloud nowhere, and it goes to no telephone and no pager.
"""

from __future__ import annotations

from collections.abc import Callable

from devices.clock import Clock
from hub.notify.base import GiveUp, Notice, Outcome, Receipt, ReceiptKind, Sent, State

_MAX_ASKED = 16
"Probes whose answers are still taken; a page that repeats an old one changes nothing."


class ProbeChannel:
    """Lives on the event loop."""

    name = "probe"

    def __init__(self, ask: Callable[[str], int], clock: Clock, told: Callable[[Receipt], None]) -> None:
        """Make a channel.

        Args:
            ask: asks the ward's screens to prove their sound, and returns how many were asked.
            clock: the hub's clock.
            told: takes receipts.
        """
        self._ask = ask
        self._clock = clock
        self._told = told
        self._asked: list[str] = []
        self.state = State(well=True, since=clock.utc())

    async def run(self) -> None:
        """Do nothing: the screens' own streams are the line."""

    async def send(self, notice: Notice) -> Outcome:
        """Ask for a probe; nobody who can be asked is a way that is not there."""
        self._asked = [*self._asked[1 - _MAX_ASKED :], notice.id]
        if not self._ask(notice.id):
            return GiveUp("no screen of the ward is open that can be heard")
        return Sent(reference=notice.id)

    def proved(self, probe: str, who: str) -> None:
        """Take a screen's word that a probe passed; the first one counts, and one that was never asked for does not."""
        if probe in self._asked:
            self._asked.remove(probe)
            self._told(Receipt(self.name, probe, ReceiptKind.DELIVERED, self._clock.utc(), who))
