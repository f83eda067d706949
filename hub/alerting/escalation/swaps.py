"""Two people exchange a turn of the rota: what is possible, and what comes of it. Pure; time is an argument.

A swap takes one person's place in one role, for a turn or a part of it. It becomes an `Exchange`: exactly the list of
people who have the role then. It is refused rather than guessed at when the rota does not say what it supposes.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.clock import SECOND
from devices.errors import VeilleuseError
from hub.alerting.escalation.rota import Exchange, Rota, roles, timetable

LONGEST = 14 * 86_400 * SECOND
"A replacement for longer belongs into the weekly table."
AHEAD = 400 * 86_400 * SECOND
"How far ahead a swap may begin: a year, and what is left of this month."
MINUTE = 60 * SECOND


class SwapRefusal(enum.StrEnum):
    """Why a swap is not possible."""

    PAST = "swap_past"
    "It is over."
    ORDER = "swap_order"
    "It ends before it begins, or lasts too long, or begins too far ahead."
    ROLE = "swap_role"
    "The rota has no such role."
    PERSON = "swap_person"
    "The policy has no such person."
    NOT_ON_DUTY = "swap_not_on_duty"
    "Who gives the turn away does not have it, or not for the whole time."
    ALREADY_ON_DUTY = "swap_already_on_duty"
    "Who takes it has the same role at that time anyway, so that one person fewer would be there."
    NO_REASON = "swap_no_reason"
    UNKNOWN = "swap_unknown"
    "There is no such exchange in force."
    BUILT_UPON = "swap_built_upon"
    "A later exchange supposes this one: it has to be undone first."


class SwapError(VeilleuseError):
    """A swap that is not possible; nothing was changed."""

    def __init__(self, refusal: SwapRefusal, text: str) -> None:
        super().__init__(text)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Swap:
    """What is asked for."""

    role: str
    leaves: str
    "Who gives the turn away."
    comes: str
    "Who takes it."
    start: int
    "Microseconds UTC; what is past of it stays as it was."
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange that was entered on the page."""

    id: str
    exchange: Exchange
    swap: Swap
    author: str
    made: int
    "Hub time."
    undone: int | None = None
    undone_by: str = ""


def exchange_of(rota: Rota, people: Collection[str], swap: Swap, now: int) -> tuple[Swap, Exchange]:
    """Return a swap as it will be, begun no earlier than now, and what it puts into the rota.

    Args:
        rota: as it is.
        people: everybody whom the policy knows.
        swap: what is asked for.
        now: hub time, microseconds UTC.

    Raises:
        SwapError: it is not possible.
    """
    reason = " ".join(swap.reason.split())
    start = max(swap.start, now) // MINUTE * MINUTE
    swap = Swap(swap.role, swap.leaves, swap.comes, start, swap.end // MINUTE * MINUTE, reason)
    _check_times(swap, now)
    if not reason:
        raise SwapError(SwapRefusal.NO_REASON, "an exchange without a reason")
    if swap.role not in roles(rota):
        raise SwapError(SwapRefusal.ROLE, f"the rota has no role {swap.role[:40]!r}")
    for person in (swap.leaves, swap.comes):
        if person not in people:
            raise SwapError(SwapRefusal.PERSON, f"the policy has no person {person[:40]!r}")
    turns = timetable(rota, swap.role, swap.start, swap.end)
    who = turns[0].who
    if any(turn.who != who for turn in turns) or swap.leaves not in who:
        raise SwapError(
            SwapRefusal.NOT_ON_DUTY, f"{swap.leaves} does not have the role {swap.role} all that time"
        )
    if swap.comes in who:
        raise SwapError(SwapRefusal.ALREADY_ON_DUTY, f"{swap.comes} has the role {swap.role} then anyway")
    after = tuple(swap.comes if person == swap.leaves else person for person in who)
    return swap, Exchange(swap.role, after, _local(rota, swap.start), _local(rota, swap.end), reason)


def undo(recorded: Sequence[Recorded], key: str, now: int) -> Recorded:
    """Return the exchange that may be undone.

    Raises:
        SwapError: it is unknown, undone or over, or a later one supposes it.
    """
    found = next((one for one in recorded if one.id == key and one.undone is None), None)
    if found is None:
        raise SwapError(SwapRefusal.UNKNOWN, f"no exchange {key[:40]!r} is in force")
    if found.swap.end <= now:
        raise SwapError(SwapRefusal.PAST, "the exchange is over")
    for later in recorded[recorded.index(found) + 1 :]:
        theirs, ours = later.swap, found.swap
        overlaps = theirs.start < ours.end and ours.start < theirs.end
        if later.undone is None and theirs.role == ours.role and overlaps:
            raise SwapError(
                SwapRefusal.BUILT_UPON, "a later exchange of the same turn has to be undone first"
            )
    return found


def in_force(rota: Rota, recorded: Sequence[Recorded]) -> tuple[Exchange, ...]:
    """Return what recorded exchanges put into the rota, in the order in which they were made.

    One that was undone after it began holds until then: who was on duty stays in what is known of the past.
    """
    found = []
    for one in recorded:
        end = one.exchange.end if one.undone is None else min(one.exchange.end, _local(rota, one.undone))
        if one.exchange.start < end:
            found.append(
                Exchange(one.exchange.role, one.exchange.who, one.exchange.start, end, one.exchange.reason)
            )
    return tuple(found)


def _check_times(swap: Swap, now: int) -> None:
    if swap.end <= now:
        raise SwapError(SwapRefusal.PAST, "the turn is over")
    if not 0 < swap.end - swap.start <= LONGEST or swap.start > now + AHEAD:
        raise SwapError(
            SwapRefusal.ORDER, "an exchange ends after it begins, lasts at most 14 days and begins within 400"
        )


def _local(rota: Rota, time: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time // SECOND, ZoneInfo(rota.zone)).replace(tzinfo=None)
