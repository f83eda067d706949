"""What waits to go over a line that carries one thing at a time.

- The most urgent goes first; of equal ones the oldest.
- The same notice twice is one errand: whoever asks again waits for the same answer, and what was taken already is not
  sent a second time (as long as this process lives; afterwards a display shows it twice, which does no harm).
- Nobody waits longer than `limit`; what has begun by then is finished all the same, and its answer is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from devices.clock import Clock
from devices.limits import Priority
from hub.notify.base import GiveUp, Notice, Outcome, Retry, Sent

SEND_LIMIT = 30.0
"Seconds; of `hub.notify.base.Channel.send`."

MAX_WAITING = 512
"More than a home raises in a storm; bounds memory when the line is stuck."

REMEMBERED = 1024
"Notices that were taken lately."

_RANK = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class Errand:
    """A notice to be carried, or to be taken back."""

    notice: Notice
    recall: bool = False


@dataclass(slots=True)
class _Waiting:
    errand: Errand
    answer: asyncio.Future[Outcome]
    order: int
    begun: bool = False
    waiters: int = 0


class Errands:
    """The errands of one channel."""

    def __init__(self, clock: Clock, wake: Callable[[], None], *, limit: float = SEND_LIMIT) -> None:
        """Make an empty list; `wake` is called when there is something to do."""
        self._clock = clock
        self._wake = wake
        self._limit = limit
        self._waiting: dict[tuple[str, bool], _Waiting] = {}
        self._taken: dict[tuple[str, bool], Sent] = {}
        self._order = 0

    def __len__(self) -> int:
        """Return how many are waiting or under way."""
        return len(self._waiting)

    async def run(self, errand: Errand) -> Outcome:
        """Have an errand done, or say after the limit that it was not."""
        key = _key(errand)
        if (known := self._taken.get(key)) is not None:
            return known
        if not errand.recall and self._clock.utc() >= errand.notice.expires:
            return GiveUp("its time is over")
        waiting = self._waiting.get(key) or self._add(errand)
        if waiting is None:
            return Retry("too many notices are waiting")
        waiting.waiters += 1
        self._wake()
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.shield(waiting.answer)
        except TimeoutError:
            return Retry(f"not taken within {self._limit:g} s")
        finally:
            waiting.waiters -= 1
            if not waiting.waiters and not waiting.begun:
                self._waiting.pop(key, None)

    def next(self) -> Errand | None:
        """Begin the most urgent errand; what expired while it waited is answered on the way."""
        now = self._clock.utc()
        for waiting in sorted(self._waiting.values(), key=_urgency):
            if waiting.begun:
                continue
            if not waiting.errand.recall and now >= waiting.errand.notice.expires:
                self.finish(waiting.errand, GiveUp("its time was over before its turn came"))
                continue
            waiting.begun = True
            return waiting.errand
        return None

    def drop(self, notice: str, reason: str) -> bool:
        """Take a notice off the list that has not begun; tell whether it was there."""
        waiting = self._waiting.get((notice, False))
        if waiting is None or waiting.begun:
            return False
        self.finish(waiting.errand, GiveUp(reason))
        return True

    def finish(self, errand: Errand, outcome: Outcome) -> None:
        """Answer an errand."""
        key = _key(errand)
        if isinstance(outcome, Sent):
            self._taken[key] = outcome
            while len(self._taken) > REMEMBERED:
                del self._taken[next(iter(self._taken))]
        waiting = self._waiting.pop(key, None)
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(outcome)

    def abandon(self, outcome: Outcome) -> None:
        """Answer all of them: the line is gone."""
        for waiting in list(self._waiting.values()):
            self.finish(waiting.errand, outcome)

    def _add(self, errand: Errand) -> _Waiting | None:
        if len(self._waiting) >= MAX_WAITING:
            return None
        self._order += 1
        waiting = _Waiting(errand, asyncio.get_running_loop().create_future(), self._order)
        self._waiting[_key(errand)] = waiting
        return waiting


def _key(errand: Errand) -> tuple[str, bool]:
    return errand.notice.id, errand.recall


def _urgency(waiting: _Waiting) -> tuple[bool, int, int]:
    # A recall is never more urgent than an alert.
    return waiting.errand.recall, _RANK[waiting.errand.notice.priority], waiting.order
