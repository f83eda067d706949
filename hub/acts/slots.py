"""When a physician can be seen by video: slots that they give, and what a consultation that is planned takes. Pure.

A slot is a physician's and a stretch of time. It is given, and while nobody holds it it can be withdrawn; it never moves.
A consultation holds a slot for as long as it is planned for that very time: planned anew, cancelled, declined or missed it lets
go by itself, so that no second list of bookings has to agree with the acts.

SlotError
  UnknownSlotError   no such slot
  SlotTimeError      the slot is over, or what is given is no time to come
  SlotTakenError     another consultation holds it
  SlotGoneError      it was withdrawn
  SlotOverlapError   the physician gave that time already
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import SECOND, to_datetime
from hub.acts.fields import ActError
from hub.acts.machines.consultation import State
from hub.acts.model import Act, Kind

MINUTE: Final = 60 * SECOND
SHORTEST: Final = 5
"Minutes of a slot."
LONGEST: Final = 120
MOST: Final = 48
"Slots that are given at once on one day."
WEEKS: Final = 26
"How many weeks in a row the same slots may be given at once."
AHEAD: Final = 366 * 86_400 * SECOND
"How far away a slot may be; as a planned consultation (`hub.acts.machines.consultation`)."
_LETS_GO: Final = frozenset({State.CANCELLED, State.DECLINED, State.MISSED})


class SlotError(ActError):
    """Something about a slot is not possible; nothing was changed."""

    code = "slot_refused"


class UnknownSlotError(SlotError):
    """There is no such slot."""

    code = "unknown_slot"


class SlotTimeError(SlotError):
    """It is not a time that can be given or taken."""

    code = "slot_time"


class SlotTakenError(SlotError):
    """A consultation holds it."""

    code = "slot_taken"


class SlotGoneError(SlotError):
    """It was withdrawn."""

    code = "slot_gone"


class SlotOverlapError(SlotError):
    """The physician gave some of that time already."""

    code = "slot_overlaps"


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a physician's time. Times are microseconds UTC."""

    id: str
    physician: str
    "User name."
    begins: int
    minutes: int
    author: str
    made: int
    withdrawn: int | None = None
    withdrawn_by: str = ""

    @property
    def ends(self) -> int:
        """Return the time after it."""
        return self.begins + self.minutes * MINUTE


@dataclass(frozen=True, slots=True)
class Giving:
    """Slots that somebody gives, one after the other, on the same day of so many weeks."""

    begins: int
    minutes: int
    count: int = 1
    weeks: int = 1


def spread(giving: Giving, zone: ZoneInfo, now: int) -> list[int]:
    """Return when each of the slots begins, the first first.

    The slots of a later week begin at the same hour of the ward's clock, also across the change to summer time.

    Raises:
        SlotTimeError: there are none, too many, or they are over or too far away.
    """
    if not SHORTEST <= giving.minutes <= LONGEST:
        raise SlotTimeError(f"a slot of {giving.minutes} min, {SHORTEST} to {LONGEST} allowed")
    if not 1 <= giving.count <= MOST:
        raise SlotTimeError(f"{giving.count} slots, 1 to {MOST} allowed")
    if not 1 <= giving.weeks <= WEEKS:
        raise SlotTimeError(f"{giving.weeks} weeks, 1 to {WEEKS} allowed")
    if not now < giving.begins <= now + AHEAD:
        raise SlotTimeError("the first slot is over, or more than a year away")
    # Whole minutes: nobody is given a slot at 14:00:27.
    first = to_datetime(giving.begins - giving.begins % MINUTE).astimezone(zone)
    return [
        round((first + datetime.timedelta(weeks=week)).timestamp()) * SECOND
        + number * giving.minutes * MINUTE
        for week in range(giving.weeks)
        for number in range(giving.count)
    ]


def overlapping(slot: Slot, others: Iterable[Slot]) -> Slot | None:
    """Return a slot of the same physician that shares time with one; a withdrawn one shares none."""
    return next(
        (
            other
            for other in others
            if other.physician == slot.physician
            and other.withdrawn is None
            and other.begins < slot.ends
            and slot.begins < other.ends
        ),
        None,
    )


def holds(act: Act, slot: Slot) -> bool:
    """Tell whether an act that was once booked on a slot still holds it."""
    return act.kind is Kind.CONSULTATION and act.state not in _LETS_GO and act.fields.get("at") == slot.begins


def may_be_taken(slot: Slot, holder: str | None, act: str, now: int) -> None:
    """Check that an act may hold a slot.

    Args:
        slot: which.
        holder: the act that holds it.
        act: the one that wants it.
        now: microseconds UTC.

    Raises:
        SlotError: it may not.
    """
    if slot.withdrawn is not None:
        raise SlotGoneError(f"slot {slot.id!r} was withdrawn")
    if slot.begins <= now:
        raise SlotTimeError(f"slot {slot.id!r} has begun")
    if holder not in {None, act}:
        raise SlotTakenError(f"slot {slot.id!r} is taken")


def may_be_withdrawn(slot: Slot, holder: str | None) -> None:
    """Check that a slot may be withdrawn.

    Raises:
        SlotTakenError: a consultation holds it: that is cancelled or planned anew first.
    """
    if holder is not None:
        raise SlotTakenError(f"slot {slot.id!r} is taken")
