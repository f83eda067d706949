"""What of a lane was numbered, sent and acknowledged. Pure; times monotonic, microseconds.

Rules:
- Numbers go out in order; everything above the acknowledged one is outstanding.
- No progress for `PATIENCE` while something is outstanding: all of it goes out again, from the acknowledged number on,
  and again after twice that time, up to `PATIENCE_LIMIT`. A new connection starts over at once.
- The hub *answers* as long as nothing waits for it longer than `ANSWER`. Only then are new batches numbered live, and only
  while the window has room.
- The hub's cursor may only be ours or ahead of what we know, never ahead of what we numbered: then this spool is an old copy
  and its numbers are used up. A cursor that stays behind what it had acknowledged means that the hub lost its own. In
  both cases the numbering must begin anew (`Verdict.FOREIGN_PAST`, `Verdict.LOST_PAST`).
"""

from __future__ import annotations

import enum

from devices.clock import SECOND

WINDOW = 32
"Live batches that may be outstanding: half a minute at the usual pace, one burst of urgent ones."

ANSWER = 5 * SECOND
"The hub answers within a tenth of a second; after this long it does not."

RESEND_PAUSE = SECOND
"A repeated cursor this soon after the last sending only answers a second copy."

PATIENCE = 5 * SECOND
PATIENCE_LIMIT = 40 * SECOND

BEHIND_LIMIT = 5
"Acknowledgements in a row from behind that are no accident of delivery, spread over at least `BEHIND_TIME`."

BEHIND_TIME = 15 * SECOND


class Verdict(enum.Enum):
    """What an acknowledgement meant."""

    PROGRESS = enum.auto()
    REPEATED = enum.auto()
    BEHIND = enum.auto()
    "Below what was acknowledged: an old message, or the hub's loss if it goes on."
    LOST_PAST = enum.auto()
    FOREIGN_PAST = enum.auto()


class Window:
    """State of one lane."""

    __slots__ = (
        "_behind",
        "_behind_since",
        "_patience",
        "_sent_at",
        "_waiting_since",
        "acknowledged",
        "numbered",
        "sent",
    )

    def __init__(self, acknowledged: int = 0, numbered: int = 0) -> None:
        self.acknowledged = acknowledged
        self.numbered = numbered
        self.sent = acknowledged
        "The newest number that is under way; equal to `acknowledged` when all must go out again."
        self._waiting_since: int | None = None
        self._sent_at = 0
        self._patience = PATIENCE
        self._behind = 0
        self._behind_since = 0

    @property
    def outstanding(self) -> int:
        """Numbered and not acknowledged."""
        return self.numbered - self.acknowledged

    def number(self, seq: int, now: int) -> None:
        """A batch was numbered."""
        self.numbered = max(self.numbered, seq)
        if self._waiting_since is None:
            self._waiting_since = now

    def went_out(self, seq: int, now: int) -> None:
        """A batch was handed to the connection."""
        self.sent = max(self.sent, seq)
        self._sent_at = now

    def heard(self, now: int) -> None:
        """The hub said something that proves it alive."""
        self._waiting_since = now if self.outstanding else None

    def answers(self, now: int) -> bool:
        """Tell whether nothing waits too long."""
        if not self.outstanding:
            return True
        return self._waiting_since is not None and now - self._waiting_since <= ANSWER

    def has_room(self) -> bool:
        """Tell whether one more may be outstanding."""
        return self.outstanding < WINDOW

    def acknowledge(self, seq: int, now: int) -> Verdict:
        """Take the hub's cursor."""
        if seq > self.numbered:
            return Verdict.FOREIGN_PAST
        if seq < self.acknowledged:
            return self._from_behind(now)
        self._behind = 0
        progress = seq > self.acknowledged
        self.acknowledged = seq
        self.sent = max(self.sent, seq)
        if progress:
            self._patience = PATIENCE
            self._sent_at = now
        elif now - self._sent_at >= RESEND_PAUSE:
            # The hub told its place again without progress: it may have met a hole.
            self.rewind()
        self.heard(now)
        return Verdict.PROGRESS if progress else Verdict.REPEATED

    def rewind(self) -> None:
        """Send everything outstanding again."""
        self.sent = self.acknowledged

    def begin_anew(self) -> None:
        """The numbering begins at 1 under a new identity."""
        self.acknowledged = self.numbered = self.sent = 0
        self._waiting_since = None
        self._behind = 0

    def reconnect(self) -> None:
        """A new connection: nothing is under way, and patience is new."""
        self.rewind()
        self._patience = PATIENCE

    def overdue(self, now: int) -> bool:
        """Tell whether everything outstanding must go out again now; asks for it once each time."""
        under_way = self.sent > self.acknowledged
        if not under_way or now - self._sent_at < self._patience:
            return False
        self._patience = min(2 * self._patience, PATIENCE_LIMIT)
        self.rewind()
        return True

    def _from_behind(self, now: int) -> Verdict:
        if not self._behind:
            self._behind_since = now
        self._behind += 1
        if self._behind >= BEHIND_LIMIT and now - self._behind_since >= BEHIND_TIME:
            return Verdict.LOST_PAST
        return Verdict.BEHIND
