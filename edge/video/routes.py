"""Which relay the next connection of a seat uses, and what is said when there is none. Pure.

aiortc takes one relay for a connection, waits 5 s for one that does not answer, and says nothing when it is refused. So every
way to the relay is asked beforehand (`edge.video.relays`), and the answers are kept here:

* The hub names the ways in the order in which they are to be tried: UDP, TCP, TLS. The first one that is open is used;
  one that does not answer is never offered, so that it delays nothing.
* A connection that was offered with a way and never heard counts against that way: the next connection uses the next open
  one. One that was heard is kept.
* Where no way is open, connections are direct alone. One of them that was never heard is enough to say why when the relay
  refuses us, or our names have ended; one that cannot be reached may come back, and is given more time.
"""

from __future__ import annotations

import enum
from typing import Final

Server = dict[str, str]
"`{url, username, credential}`, as the hub gives it."


class Answer(enum.StrEnum):
    """What a relay said when it was asked for an address."""

    OPEN = "open"
    REFUSED = "relay_refused"
    EXPIRED = "relay_expired"
    UNREACHABLE = "relay_unreachable"


ENOUGH: Final = {Answer.EXPIRED: 1, Answer.REFUSED: 1, Answer.UNREACHABLE: 4}
"""Connections in a row that were never heard, and had no relay, after which a call is told why it does not come about. In the
order in which reasons are told: a relay that answered at all says more than a way that is closed."""


class Routes:
    """The ways to the relay for one seat."""

    def __init__(self) -> None:
        self._servers: tuple[Server, ...] = ()
        self._answers: dict[str, Answer] = {}
        self._unheard: dict[str, int] = {}
        self._last: tuple[int, str] | None = None
        self._silent = 0

    @property
    def servers(self) -> tuple[Server, ...]:
        """What the hub has named."""
        return self._servers

    def renew(self, servers: tuple[Server, ...]) -> bool:
        """Take what the hub names now; tell whether it is new, so that its ways must be asked."""
        if servers == self._servers:
            return False
        self._servers, self._answers = servers, {}
        return True

    def forget(self) -> None:
        """The answers are old: a network may have changed since."""
        self._answers = {}

    def answered(self, url: str, answer: Answer) -> None:
        """Take a way's answer."""
        self._answers[url] = answer

    @property
    def settled(self) -> bool:
        """Whether waiting for more answers would change nothing: the best way that may still be open is."""
        hoped = [one for one in self._servers if self._answers.get(one["url"], Answer.OPEN) is Answer.OPEN]
        best = min(hoped, key=self._failures, default=None)
        return best is None or best["url"] in self._answers

    def next(self, epoch: int) -> tuple[Server, ...]:
        """Return the relay for the connection of `epoch`: one, or none."""
        if self._last is not None:
            url = self._last[1]
            self._unheard[url] = self._unheard.get(url, 0) + 1
            self._silent = 0 if url else self._silent + 1
        usable = [one for one in self._servers if self._answers.get(one["url"]) is Answer.OPEN]
        # `min` keeps the hub's order among those that failed equally often.
        chosen = min(usable, key=self._failures, default=None)
        self._last = (epoch, "" if chosen is None else chosen["url"])
        return () if chosen is None else (chosen,)

    def _failures(self, server: Server) -> int:
        return self._unheard.get(server["url"], 0)

    def heard(self, epoch: int) -> None:
        """The page was heard over the connection of `epoch`: its way is good."""
        if self._last is not None and self._last[0] == epoch:
            self._unheard.pop(self._last[1], None)
            self._last, self._silent = None, 0

    @property
    def verdict(self) -> str:
        """Why no connection comes about, as a reason for a good-bye, once the last one was given up; empty while there is hope."""
        if not self._servers or len(self._answers) < len(self._servers):
            return ""
        silent = self._silent + (self._last is not None and not self._last[1])
        said = set(self._answers.values())
        worst = next((answer for answer in ENOUGH if answer in said), None)
        return "" if worst is None or Answer.OPEN in said or silent < ENOUGH[worst] else str(worst)


def kind(code: int, username: str, now: int) -> Answer:
    """Return what a relay's error means.

    Args:
        code: of the STUN error (RFC 8656 section 19, RFC 8489 section 14.8).
        username: ours, `second:seat`; coturn answers 401 whether the password is wrong or the second has passed.
        now: seconds UTC.
    """
    if code not in {400, 401, 403, 441}:
        return Answer.UNREACHABLE
    ends, _, _ = username.partition(":")
    return Answer.EXPIRED if ends.isdecimal() and int(ends) <= now else Answer.REFUSED
