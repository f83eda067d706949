"""A call that is not over, and the pages of those who are in it; lives on the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.consult.allowance import Allowance
from hub.consult.model import Page, PageMessage, PageSignal
from hub.consult.participants import ADMITTED, GONE
from hub.consult.room import Call

ROOM = "room"
"`peer` of a signal between a page and the room."
BETWEEN_PAGES = frozenset({"offer", "answer", "candidate"})


@dataclass(slots=True)
class Present:
    """A page that is here."""

    page: Page
    signals: Allowance
    chats: Allowance


@dataclass(slots=True)
class OpenCall:
    """A call with its pages."""

    call: Call
    pages: dict[str, Present] = field(default_factory=dict)
    "By seat; of two pages of one seat the newer is here."
    absent: dict[str, int] = field(default_factory=dict)
    "Since when a seat that was taken has no page, microseconds UTC."

    knocked: dict[str, int] = field(default_factory=dict)
    "When the room was last told of somebody who waits at its door, by seat, microseconds UTC."

    def seat_of(self, page: Page) -> str | None:
        """Return whose page this is."""
        return next((seat for seat, present in self.pages.items() if present.page == page), None)

    def has(self, seat: str) -> bool:
        """Tell whether somebody has a seat now."""
        taken = self.call.at(seat)
        return taken is not None and taken.state not in GONE

    def actor(self, seat: str) -> str:
        """Return what the audit calls who has a seat."""
        taken = self.call.at(seat)
        if taken is None:
            return seat
        return taken.username or f"guest:{taken.name}"[:64]

    def tell(self, message: PageMessage) -> None:
        """Tell the page of a seat, if it is here."""
        present = self.pages.get(message.seat)
        if present is not None:
            present.page(message)

    def tell_state(self) -> None:
        """Tell every page where the call stands."""
        for seat in tuple(self.pages):
            self.tell(self.message("state", seat))

    def message(self, kind: str, seat: str, *, reason: str = "") -> PageMessage:
        """Return a message of the hub itself."""
        taken = self.call.at(seat)
        return PageMessage(kind, self.call, seat, 1 if taken is None else taken.epoch, reason=reason)

    def forward(self, sender: str, signal: PageSignal) -> bool:
        """Pass what one page says to another, or to all; false when nobody it may reach is there.

        Only those whom the room admitted reach each other: who still waits at the door sees and hears nobody.
        """
        heard = False
        for seat in self._hearers(sender, signal):
            heard = True
            self.tell(
                PageMessage(
                    signal.kind,
                    self.call,
                    seat,
                    signal.epoch,
                    sender,
                    signal.sdp,
                    signal.candidate,
                    signal.sdp_mid,
                    signal.sdp_mline_index,
                    signal.text,
                )
            )
        return heard

    def _hearers(self, sender: str, signal: PageSignal) -> Iterator[str]:
        if not self.admitted(sender):
            return
        for seat in tuple(self.pages):
            named = signal.kind == "chat" or seat == signal.peer
            if seat != sender and named and self.admitted(seat):
                yield seat

    def admitted(self, seat: str) -> bool:
        """Tell whether the room let somebody in."""
        taken = self.call.at(seat)
        return taken is not None and taken.state in ADMITTED

    def let_go(self) -> None:
        """Forget the pages of seats that nobody has any more; each was told before."""
        for seat in self.call.participants:
            if seat.state in GONE:
                self.pages.pop(seat.seat, None)
                self.absent.pop(seat.seat, None)
