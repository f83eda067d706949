"""The ward's screens: told is what a page says that it shows and sounds, not what was written into a socket.

A page reports which alerts it shows, whether they sound, and which of them somebody has touched. A telling is delivered
when a page says so of its alert, and has failed when none does in time: the next way is tried (traps 16 and 19). The pages
say it again every few seconds, so that nothing needs to be remembered over a restart: the log says what is waited for, and
the next report answers it.

The channel `screen` has one address, `ward`: every screen. The channel `tablet` also has accounts: the screens on which
somebody is signed in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from devices.clock import SECOND, Clock
from hub.notify.base import GiveUp, Notice, Outcome, Receipt, ReceiptKind, Sent, State
from hub.notify.standing import Standing

WARD = "ward"
"Address of every screen."
WITHIN = 10.0
"Seconds for a page to say that it shows and sounds an alert; it says so at once, and again every 5 s."
FRESH = 12 * SECOND
"Age up to which a page's word counts: it speaks every 5 s."
REMEMBERED = 1024
"Receipts that were passed on lately, so that the pages' repetitions fill no log."

_SILENT = "no screen of the ward is open that can be heard"


@dataclass(frozen=True, slots=True)
class Screen:
    """What one page last said of itself."""

    username: str
    time: int
    "Hub time at which it said so."
    audible: bool
    "It has proved that it can be heard."
    ward: bool = True
    "Somebody of the ward is signed in there."
    showing: tuple[str, ...] = ()
    "Alerts that are drawn on a page that is in sight."
    sounding: bool = False
    "They sound now."
    seen: tuple[str, ...] = ()
    "Those of them that somebody has touched there."

    @property
    def heard(self) -> tuple[str, ...]:
        """The alerts that it brings to whoever is near."""
        return self.showing if self.audible and self.sounding else ()


class TabletChannel:
    """The channels `screen` and `tablet`. Lives on the event loop."""

    def __init__(
        self,
        name: str,
        screens: Callable[[], Iterable[Screen]],
        clock: Clock,
        receipts: Callable[[Receipt], None],
        *,
        within: float = WITHIN,
    ) -> None:
        """Make a channel.

        Args:
            name: `screen` or `tablet`.
            screens: returns what every open screen last said.
            clock: the hub's clock.
            receipts: told what the screens say.
            within: seconds for their word.
        """
        self.name = name
        self._screens = screens
        self._clock = clock
        self._receipts = receipts
        self._within = within
        self._told: OrderedDict[tuple[str, ReceiptKind], None] = OrderedDict()
        self._quiet: OrderedDict[str, None] = OrderedDict()
        "Alerts that were silenced when they were told: a page that could sound delivers them by showing them."
        self._standing = Standing(clock, _SILENT)

    @property
    def state(self) -> State:
        """Whether any screen can be heard now."""
        self._standing.say("" if self._audible(WARD) else _SILENT)
        return self._standing.state

    async def run(self) -> None:
        """Do nothing: the screens' own streams are their lines."""

    async def send(self, notice: Notice) -> Outcome:
        """Say whether any screen can have it; which one has it, its page says."""
        audible = self._audible(notice.address)
        if not audible:
            whose = "" if notice.address == WARD else f" where {notice.address} is signed in"
            return GiveUp(f"{_SILENT}{whose}")
        reference = _reference(notice.alert, notice.address)
        self._quiet.pop(notice.alert, None)
        if notice.quiet:
            self._quiet[notice.alert] = None
            if len(self._quiet) > REMEMBERED:
                self._quiet.popitem(last=False)
        for kind in ReceiptKind:
            # A new telling of the same alert is confirmed anew.
            self._told.pop((reference, kind), None)
        for screen in audible:
            self.hear(screen)
        return Sent(reference, within=self._within)

    def hear(self, screen: Screen) -> None:
        """Take what a page says; called with every report."""
        shown = screen.showing if screen.audible else ()
        heard = [alert for alert in shown if screen.sounding or alert in self._quiet]
        for kind, alerts in ((ReceiptKind.DELIVERED, heard), (ReceiptKind.SEEN, screen.seen)):
            for alert in alerts:
                for address in self._addresses(screen):
                    self._pass_on(_reference(alert, address), kind, screen)

    def _addresses(self, screen: Screen) -> Sequence[str]:
        ward = (WARD,) if screen.ward else ()
        return ward if self.name == "screen" else (*ward, screen.username)

    def _audible(self, address: str) -> list[Screen]:
        since = self._clock.utc() - FRESH
        return [
            screen
            for screen in self._screens()
            if screen.audible
            and screen.time >= since
            and (screen.ward if address == WARD else address == screen.username)
        ]

    def _pass_on(self, reference: str, kind: ReceiptKind, screen: Screen) -> None:
        if (reference, kind) in self._told:
            return
        self._told[reference, kind] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        detail = f"screen of {screen.username}"
        self._receipts(Receipt(self.name, reference, kind, self._clock.utc(), detail))


def _reference(alert: str, address: str) -> str:
    return f"{alert}/{address}"
