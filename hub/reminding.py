"""Who is told before a planned téléconsultation begins, once for each time that it is planned for.

Told are the physician whose slot it holds, and who is on duty in the home: whom the first step of the ladder of low or, without
one, of medium priority names. Each by the first of their own ways that works now; a screen of the ward needs no reminder, the
agenda is there. A message names a room and an hour, nobody.

What is told is on the disk before it is sent. A way that does not take it is tried again, and then the next one, until
the hour has come; a reminder that came after that would be of no use. It is no alert: it climbs no ladder, and nobody answers it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from devices.clock import Clock, to_datetime
from devices.limits import Priority
from hub.acts.feed import number_of
from hub.acts.machines.consultation import State
from hub.acts.model import Act
from hub.acts.slots import MINUTE, Slot, holds
from hub.alerting.escalation.policy import Policy, account_is
from hub.notify.base import REMINDER_CODE, Channel, Notice, Sent
from hub.store import slots
from hub.store.database import Database
from hub.store.errors import StoreUnavailableError
from hub.store.slots import Reminder

EVERY: Final = 20.0
"Seconds between two looks."
BEFORE: Final = 15 * MINUTE
"How long before its hour people are told: time to fetch the tablet and to bring the resident to it (R)."
PERSONAL: Final = ("push", "sms", "espa", "email")
"Channels that reach one person, the one that is looked at soonest first; what is sent is gone once."
SENDING, SENT, FAILED = "sending", "sent", "failed"
_LADDERS: Final = (Priority.LOW, Priority.MEDIUM)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be told, and by which ways."""

    name: str
    "Account, or name in the policy where they have none."
    ways: tuple[tuple[str, str], ...]
    "Channel and address, the first first."


@dataclass(frozen=True, slots=True)
class Due:
    """A consultation whose people are to be told."""

    act: str
    at: int
    room: str
    people: tuple[Person, ...]


def text_of(room: str, at: int, zone: ZoneInfo) -> str:
    """Return what is told, at most 60 characters: `Téléconsultation ch 12 à 14 h 30`."""
    hour = to_datetime(at).astimezone(zone)
    number = number_of(room)
    place = f" ch {number}" if number else ""
    return f"Téléconsultation{place} à {hour:%H} h {hour:%M}"


def people_of(policy: Policy, physician: str, now: int) -> tuple[Person, ...]:
    """Return who is told of a consultation, each once. Pure.

    Args:
        policy: who can be reached how, and who is on duty.
        physician: account of the slot's physician; empty where no slot is held.
        now: hub time, microseconds UTC.
    """
    found: dict[str, Person] = {}
    for name, contact in policy.people.items():
        if physician and account_is(contact, physician):
            found[name] = Person(physician, _ways(contact.address))
    if physician and not found:
        # Whom the policy does not name is told on the devices of their account.
        found[physician] = Person(physician, (("push", physician),))
    ladder = next((policy.ladders[each] for each in _LADDERS if each in policy.ladders), None)
    for recipient in () if ladder is None else policy.resolve(ladder.steps[0], now):
        known = policy.people.get(recipient.recipient)
        if known is not None:
            found.setdefault(recipient.recipient, Person(recipient.recipient, _ways(known.address)))
    return tuple(found.values())


def due(
    planned: Iterable[Act],
    held: Mapping[str, Slot],
    rooms: Mapping[str, str],
    people: Callable[[str], tuple[Person, ...]],
    now: int,
) -> list[Due]:
    """Return the consultations whose people are to be told now. Pure.

    Args:
        planned: consultations that are planned for soon.
        held: the slot on which each was planned last.
        rooms: name of the room of every resident; of whom it has none nobody is told.
        people: who is told, by the account of the physician.
        now: hub time, microseconds UTC.
    """
    found = []
    for act in planned:
        at, slot = slots.at_of(act), held.get(act.id)
        if act.state != State.PLANNED or not at - BEFORE <= now < at or act.resident not in rooms:
            continue
        physician = slot.physician if slot is not None and holds(act, slot) else ""
        found.append(Due(act.id, at, rooms[act.resident], people(physician)))
    return found


def identity(act: str, at: int, recipient: str) -> str:
    """Return the name of a reminder: the same consultation at the same time to the same person is the same one."""
    return hashlib.blake2b(f"{act}\0{at}\0{recipient}".encode(), digest_size=16).hexdigest()


class Reminding:
    """Lives on the event loop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        policy: Callable[[], Policy],
        channels: Callable[[], Sequence[Channel]],
        rooms: Callable[[], Mapping[str, str]],
    ) -> None:
        """Make it; `run` begins.

        Args:
            database: where consultations and reminders are.
            clock: the hub's.
            policy: who can be reached how, as it is now.
            channels: every channel of the hub.
            rooms: name of the room of every resident.
        """
        self._database = database
        self._clock = clock
        self._policy = policy
        self._channels = channels
        self._rooms = rooms

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look once, and tell whom nobody has told yet."""
        now, policy = self._clock.utc(), self._policy()

        def people(physician: str) -> tuple[Person, ...]:
            return people_of(policy, physician, now)

        try:
            wanted, known = await asyncio.to_thread(self._wanted, dict(self._rooms()), people, now)
        except StoreUnavailableError as error:
            _log.error("nobody knows who is to be reminded: %s", error)
            return
        for each in wanted:
            for person in each.people:
                before = known.get(identity(each.act, each.at, person.name))
                if before is None or before.state != SENT:
                    await self._tell(each, person, policy.rota.zone)

    def _wanted(
        self, rooms: Mapping[str, str], people: Callable[[str], tuple[Person, ...]], now: int
    ) -> tuple[list[Due], dict[str, Reminder]]:
        with self._database.read() as connection:
            planned = slots.planned(connection, now, now + BEFORE + 1)
            keys = [act.id for act in planned]
            found = due(planned, slots.slots_of(connection, keys), rooms, people, now)
            return found, {each.id: each for each in slots.reminders(connection, keys)}

    async def _tell(self, each: Due, person: Person, zone: str) -> None:
        """Tell one person by the first way that takes it; what did not work is tried again with the next look."""
        working = {channel.name: channel for channel in self._channels() if channel.state.well}
        ways = [(working[name], address) for name, address in person.ways if name in working]
        key, now = identity(each.act, each.at, person.name), self._clock.utc()
        row = Reminder(key, each.act, each.at, person.name, "", FAILED, "no way to them works", now)
        for channel, address in ways:
            row = replace(row, channel=channel.name, state=SENDING, reason="", time=self._clock.utc())
            await self._save(row)
            outcome = await channel.send(
                Notice(
                    id=key,
                    alert="",
                    address=address,
                    code=REMINDER_CODE,
                    priority=Priority.LOW,
                    room=each.room,
                    text=text_of(each.room, each.at, ZoneInfo(zone)),
                    born=now,
                    expires=each.at,
                )
            )
            if isinstance(outcome, Sent):
                row = replace(row, state=SENT)
                break
            row = replace(row, state=FAILED, reason=outcome.reason)
        await self._save(row)

    async def _save(self, row: Reminder) -> None:
        try:
            await asyncio.to_thread(self._write, row)
        except StoreUnavailableError as error:
            # It is sent all the same: told twice is better than not at all.
            _log.error("a reminder is not written down: %s", error)

    def _write(self, row: Reminder) -> None:
        with self._database.write() as connection:
            slots.save_reminder(connection, row)


def _ways(addresses: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((channel, addresses[channel]) for channel in PERSONAL if channel in addresses)
