"""A message by which somebody tries a way to a person: what became of it, as far as the counterpart said.

It is no alert: it climbs no ladder, stands in no log of notifications, and nobody answers it. What is known of it is kept in
memory for as long as anybody might look; a hub that ends forgets it.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from devices.clock import SECOND, Clock
from devices.errors import VeilleuseError
from devices.limits import Priority
from hub.notify.base import TEST_CODE, Notice, Outcome, Receipt, ReceiptKind, Retry, Sent

TEXT = "Essai de Veilleuse : aucune alarme, rien à faire"
"What a display, a telephone or a letter shows; no name, no room."
USEFUL = 120 * SECOND
"How long a message is worth being sent."
PAUSE = 30 * SECOND
"Between two messages to the same person by the same way: nobody is to be rung at again and again."
_MAX_RECEIPTS = 256
"Bounds what a counterpart gone mad can make the hub remember."
_RANK = {
    ReceiptKind.FAILED: 0,
    ReceiptKind.REFUSED: 1,
    ReceiptKind.DELIVERED: 1,
    ReceiptKind.SEEN: 2,
    ReceiptKind.ACCEPTED: 3,
}


class TooSoonError(VeilleuseError):
    """The same way was tried a moment ago."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is tried."""

    person: str
    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Try:
    """One message."""

    person: str
    channel: str
    author: str
    time: int
    "Hub time at which it was asked for, microseconds UTC."
    outcome: Literal["sending", "sent", "later", "failed"] = "sending"
    reason: str = ""
    "Why it did not go; English."
    reference: str = ""
    "The counterpart's, by which receipts come back; empty when there will be none."
    receipt: ReceiptKind | None = None
    "The best that the counterpart said."
    received: int | None = None


class Tries:
    """Lives on the event loop; `receipt` may be called by any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: dict[tuple[str, str], Try] = {}
        self._receipts: deque[Receipt] = deque(maxlen=_MAX_RECEIPTS)

    def receipt(self, receipt: Receipt) -> None:
        """Take what a counterpart says of anything: which of it is about a test is seen when somebody looks."""
        self._receipts.append(receipt)

    async def send(self, way: Way, author: str, deliver: Callable[[Notice], Awaitable[Outcome]]) -> Try:
        """Send a message to a person by one way, and return what became of it at once.

        Args:
            way: whom, and how.
            author: who tries it.
            deliver: hands it to the channel.

        Raises:
            TooSoonError: the same way was tried less than `PAUSE` ago.
        """
        now, key = self._clock.utc(), (way.person, way.channel)
        before = self._tries.get(key)
        if before is not None and now - before.time < PAUSE:
            raise TooSoonError(f"{way.channel} of {way.person} was tried less than {PAUSE // SECOND} s ago")
        notice = Notice(
            id=f"test-{secrets.token_hex(8)}",
            alert="",
            address=way.address,
            code=TEST_CODE,
            priority=Priority.LOW,
            room="",
            text=TEXT,
            born=now,
            expires=now + USEFUL,
        )
        made = Try(way.person, way.channel, author, now)
        self._tries[key] = made
        self._tries[key] = _after(made, await deliver(notice))
        return self._tries[key]

    def all(self) -> list[Try]:
        """Return the last message to each person by each way, with what was said of it until now."""
        heard = list(self._receipts)
        self._tries = {key: _told(each, heard) for key, each in self._tries.items()}
        return list(self._tries.values())


def _after(made: Try, outcome: Outcome) -> Try:
    if isinstance(outcome, Sent):
        return replace(made, outcome="sent", reference=outcome.reference)
    return replace(made, outcome="later" if isinstance(outcome, Retry) else "failed", reason=outcome.reason)


def _told(made: Try, heard: list[Receipt]) -> Try:
    for receipt in heard:
        mine = (receipt.channel, receipt.reference) == (made.channel, made.reference) and made.reference
        if not mine or receipt.time < made.time:
            continue
        if made.receipt is None or _RANK[receipt.kind] > _RANK[made.receipt]:
            made = replace(made, receipt=receipt.kind, received=receipt.time)
    return made
