"""Which experts are to be told that a question waits for them, by which way, and in which words. Pure; time is an argument.

* A question that is sent, or sent anew, is told to everybody whom it is put to; what was asked back and given, to who asked back.
* When half of the time to answer is over and nobody has taken it, they are reminded, once; not in the night, if the morning is in time.
* Whatever happens to the question ends it: nobody is told of what somebody has taken, or of what is over.
* Each is told on the devices that receive their pushes, and in writing: by e-mail, by short message where there is no e-mail or it
  cannot be delivered. What a way took is not told again, whatever their address is by then; what it did not take is told anew
  when they have another one.
* A message says that a question waits, its urgency and by when: no resident, no home, nothing of what is asked.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import SECOND, to_datetime
from hub.acts.machines import expertise
from hub.acts.model import DAY, Act, Step
from hub.alerting.escalation.policy import Contact, account_is
from hub.expertises import Experts
from hub.store.expert_tellings import Occasion, Stand, Telling

REMIND: Final = 0.5
"Share of the time to answer after which experts are reminded (ours): the home is after three quarters, and before it rings."
MORNING: Final = 7
EVENING: Final = 22
"Hours of the home between which experts are reminded (ours): a reminder wakes nobody."
WRITTEN: Final = ("email", "sms")
"Channels of what is written to one person, the first first."
TRIES: Final = 8
"After which a way has failed: an hour, in which a server that restarts has come back."
PAUSE: Final = 30 * SECOND
LONGEST_PAUSE: Final = 1800 * SECOND
"Between two tries: each is twice as long as the one before."

Way = tuple[str, str]
"Channel and address."

_HEADS: Final = {
    Occasion.ASKED: "Avis demandé",
    Occasion.INFORMED: "Précisions arrivées",
    Occasion.REMINDER: "Rappel, avis demandé",
}
_URGENCIES: Final = {"routine": "sans urgence", "within_24h": "sous 24 h", "today": "aujourd'hui"}


class Missing(enum.StrEnum):
    """Why there is no way to an expert; the pages have words for each."""

    ACCOUNT = "account"
    "Nobody whom it is put to has an account that is in use."
    CONTACT = "contact"
    "Nobody of the policy has their account, and no device receives their pushes."
    ADDRESS = "address"
    "The policy has them, and neither an e-mail address nor a telephone number."
    CHANNEL = "channel"
    "They have addresses, and the hub no such channel."


@dataclass(frozen=True, slots=True)
class Reach:
    """By which ways an expert can be told."""

    lanes: tuple[tuple[Way, ...], ...]
    "They are told once on each lane, by the first of its ways that takes it."
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One that waits, with everything that happened to it."""

    act: Act
    steps: tuple[Step, ...]
    zone: ZoneInfo
    "Of the home's clocks."


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be told now."""

    question: Question
    occasion: Occasion
    expert: str
    way: Way | None
    "`None` where there is none, which is to be known."
    reason: str = ""
    "Why there is none."
    tries: int = 0
    "Until now."

    @property
    def id(self) -> str:
        """Return the name of the telling: the same expert by the same way at the same occasion is the same one."""
        step = self.question.steps[-1].number
        parts = (self.question.act.id, str(step), self.occasion, self.expert, *(self.way or (self.reason,)))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def reach_of(expert: str, people: Iterable[Contact], channels: Collection[str], *, device: bool) -> Reach:
    """Return by which ways an expert can be told.

    Args:
        expert: their account.
        people: everybody of the policy, as they can be reached now.
        channels: those that the hub has.
        device: whether a device receives their pushes.
    """
    mine = [contact.address for contact in people if account_is(contact, expert)]
    pushed: tuple[Way, ...] = (("push", expert),) if device else ()
    written = tuple((name, known[name]) for name in WRITTEN for known in mine if name in known)
    lanes = (tuple(way for way in lane if way[0] in channels) for lane in (pushed, written))
    if found := tuple(lane for lane in lanes if lane):
        return Reach(found)
    if pushed or written:
        return Reach((), Missing.CHANNEL)
    return Reach((), Missing.ADDRESS if mine else Missing.CONTACT)


def audience(question: Question, experts: Experts) -> tuple[str, ...]:
    """Return whom a question waits for now, by account; who sent it is none of them, since they may not answer."""
    act, last = question.act, question.steps[-1]
    if last.event == expertise.Event.COMPLETE:
        holder = expertise.holder(question.steps)
        return () if holder is None else (holder,)
    if last.event != expertise.Event.SEND:
        return ()
    to = str(act.fields.get("to"))
    members = next(
        (found for key, found in experts.members.items() if expertise.group(key) == to), frozenset({to})
    )
    return tuple(sorted(members - {last.author}))


def due(
    question: Question, reaches: Mapping[str, Reach], told: Iterable[Telling], now: int
) -> tuple[Due, ...]:
    """Return what is to be told of a question now.

    Args:
        question: one that waits.
        reaches: of its audience.
        told: everything that was told of it, or tried.
        now: hub time, microseconds UTC.
    """
    last = question.steps[-1]
    known = [each for each in told if (each.act, each.step) == (question.act.id, last.number)]
    found: list[Due] = []
    for expert, reach in reaches.items():
        mine = [each for each in known if each.expert == expert]
        if reach.missing is not None:
            none = Due(question, _first(question), expert, None, reach.missing.value)
            # Whoever was told by a way that is gone since has been told.
            if all(each.state is not Stand.SENT and each.id != none.id for each in mine):
                found.append(none)
        tried = (_on(lane, question, expert, mine, now) for lane in reach.lanes)
        found.extend(one for one in tried if one is not None)
    return tuple(found)


def after(one: Due, reason: str | None, wait: float | None, now: int) -> Telling:
    """Return what is written down of something that was told, or tried.

    Args:
        one: what was to be told.
        reason: why it did not go; `None` when it did.
        wait: seconds after which the channel would take it; `None` for never.
        now: hub time, microseconds UTC.
    """
    tries, again = one.tries + 1, None
    if one.way is None:
        state = Stand.NOWHERE
    elif reason is None:
        state = Stand.SENT
    elif wait is None or tries >= TRIES:
        state = Stand.FAILED
    else:
        state = Stand.TRYING
        again = now + max(round(wait * SECOND), min(PAUSE * 2**one.tries, LONGEST_PAUSE))
    act, last = one.question.act, one.question.steps[-1]
    channel = "" if one.way is None else one.way[0]
    return Telling(
        one.id, act.id, last.number, one.occasion, one.expert, channel, state, reason or "", tries, now, again
    )


def text_of(question: Question, occasion: Occasion) -> str:
    """Return what is told, at most 60 characters: `Avis demandé, sous 24 h, avant le 23/11 à 14 h 02`."""
    end = to_datetime(_due_by(question)).astimezone(question.zone)
    urgency = _URGENCIES.get(str(question.act.fields.get("urgency")), "")
    parts = (_HEADS[occasion], urgency, f"avant le {end:%d/%m} à {end:%H} h {end:%M}")
    return ", ".join(part for part in parts if part)


def since(question: Question, occasion: Occasion) -> int:
    """Return when there was something to tell: what is sent later than that says so by its date."""
    time = question.steps[-1].time
    if occasion is not Occasion.REMINDER:
        return time
    half = time + round(REMIND * (_due_by(question) - time))
    morning = _awake(half, question.zone)
    return morning if morning < _due_by(question) else half


def useful_until(question: Question) -> int:
    """Return when a question has no answer any more; until then it is worth knowing that it waits."""
    sent = next(step.time for step in reversed(question.steps) if step.event == expertise.Event.SEND)
    return sent + expertise.EXPIRES_DAYS * DAY


def _on(
    lane: Sequence[Way], question: Question, expert: str, mine: Sequence[Telling], now: int
) -> Due | None:
    """Return what is to be told to an expert on one lane now: first what is new, and a reminder of that later."""
    channels = {channel for channel, _ in lane}
    ours = [each for each in mine if each.channel in channels]
    one = _open(lane, question, _first(question), expert, ours)
    if one is None and _reminding(question, ours, now):
        one = _open(lane, question, Occasion.REMINDER, expert, ours)
    if one is None:
        return None
    before = next((each for each in ours if each.id == one.id), None)
    return one if before is None or before.again is None or before.again <= now else None


def _open(
    lane: Sequence[Way], question: Question, occasion: Occasion, expert: str, ours: Sequence[Telling]
) -> Due | None:
    """Return the telling of an occasion that still has to go; `None` when a way of the lane took it, or none will."""
    known = {each.id: each for each in ours if each.occasion is occasion}
    if any(each.state is Stand.SENT for each in known.values()):
        return None
    for way in lane:
        one = Due(question, occasion, expert, way)
        before = known.get(one.id)
        if before is None:
            return one
        if before.state is Stand.TRYING:
            return Due(question, occasion, expert, way, tries=before.tries)
    return None


def _first(question: Question) -> Occasion:
    complete = question.steps[-1].event == expertise.Event.COMPLETE
    return Occasion.INFORMED if complete else Occasion.ASKED


def _reminding(question: Question, ours: Sequence[Telling], now: int) -> bool:
    """Tell whether it is time to remind of a question that nobody took; who was told late needs no reminder beside it."""
    if question.steps[-1].event != expertise.Event.SEND:
        return False
    time = since(question, Occasion.REMINDER)
    late = any(
        each.state is Stand.SENT and each.occasion is Occasion.ASKED and each.time >= time for each in ours
    )
    return time <= now < _due_by(question) and not late


def _awake(time: int, zone: ZoneInfo) -> int:
    """Return a time of the day, or the morning after one of the night."""
    local = to_datetime(time).astimezone(zone)
    if MORNING <= local.hour < EVENING:
        return time
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if local.hour >= EVENING:
        morning += timedelta(days=1)
    return round(morning.timestamp()) * SECOND


def _due_by(question: Question) -> int:
    by = expertise.due_by(question.act.fields, question.steps)
    assert by is not None, "a question that waits was sent"
    return by
