"""Physicians' slots, and consultations that are planned on them: each is one transaction, with its place in the audit trail.

A booking is a step of the act: it is planned for the slot's time, and in the same transaction the slot is held. Two who want the
same slot at once are one after the other; the second is told that it is taken.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from devices.clock import Clock
from hub.acting import Acting, Doing, Opening
from hub.acts import slots as rules
from hub.acts.model import DAY, Act, Actor, Role
from hub.acts.slots import Giving, Slot, SlotOverlapError, SlotTimeError, UnknownSlotError
from hub.store import records, slots
from hub.store.accounts import Accounts
from hub.store.database import Database
from hub.store.records import AuditEntry
from hub.store.slots import Booking

PLAN: Final = "plan"
"The step of a téléconsultation that a booking is."
WITH: Final = "planned_with"
"Fact of that step: the physician's name, as it was then."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot for an act."""

    slot: str
    number: int
    "Of the last step of the act that was seen."


class Desk:
    """Where slots are given and taken. Every method blocks on the store: call it in a thread."""

    def __init__(self, database: Database, clock: Clock, acting: Acting, zone: ZoneInfo) -> None:
        """Make it.

        Args:
            database: where slots are.
            clock: the hub's.
            acting: who moves the acts.
            zone: of the ward's clock.
        """
        self._database = database
        self._clock = clock
        self._acting = acting
        self._zone = zone

    def give(self, physician: str, giving: Giving, author: str) -> list[Slot]:
        """Give slots; all of them, or none.

        Raises:
            SlotError: the account is no physician's, the times are not possible, or some of them are given already.
            StoreError: they cannot be written.
        """
        now = self._clock.utc()
        user = Accounts(self._database).user(physician)
        if user is None or user.disabled or user.role != Role.PHYSICIAN.value:
            raise UnknownSlotError(f"account {physician[:64]!r} is no physician's")
        made = [
            Slot(secrets.token_hex(8), physician, begins, giving.minutes, author, now)
            for begins in rules.spread(giving, self._zone, now)
        ]
        with self._database.write() as connection:
            known = slots.between(connection, made[0].begins - DAY, made[-1].ends, physician)
            for slot in made:
                if (other := rules.overlapping(slot, known)) is not None:
                    raise SlotOverlapError(f"slot {other.id!r} of {physician!r} is at that time")
                slots.add(connection, slot)
            detail = f"{len(made)} of {giving.minutes} min from {made[0].begins}"
            records.audit(connection, AuditEntry(now, author, "slots_given", physician, detail))
        return made

    def withdraw(self, key: str, actor: Actor) -> Slot:
        """Give a free slot no more; one that was withdrawn stays so.

        Raises:
            SlotError: it is unknown, over, somebody else's, or held.
        """
        now = self._clock.utc()
        with self._database.write() as connection:
            slot = _known(connection, key)
            if actor.role is Role.PHYSICIAN and slot.physician != actor.username:
                raise UnknownSlotError(f"slot {key[:64]!r} of {actor.username!r} is unknown")
            if slot.withdrawn is not None:
                return slot
            if slot.begins <= now:
                raise SlotTimeError(f"slot {slot.id!r} has begun")
            rules.may_be_withdrawn(slot, _holder(connection, slot))
            slots.withdraw(connection, slot.id, actor.username, now)
            records.audit(
                connection, AuditEntry(now, actor.username, "slot_withdrawn", slot.id, slot.physician)
            )
        return slot

    def book(self, act: str, wanted: Wanted, actor: Actor) -> Act:
        """Plan an act on a slot; the same booking again changes nothing.

        Raises:
            ActError: the slot cannot be taken, or the act cannot be planned; nothing was changed.
        """
        with self._database.read() as connection:
            slot = _known(connection, wanted.slot)
        names = {user.username: user.display_name for user in Accounts(self._database).users()}

        def hold(connection: Connection, made: Act) -> None:
            now = self._clock.utc()
            # Read again: what was seen before the transaction began may have changed.
            slot = _known(connection, wanted.slot)
            rules.may_be_taken(slot, _holder(connection, slot), made.id, now)
            slots.book(connection, Booking(slot.id, made.id, actor.username, now))
            records.audit(connection, AuditEntry(now, actor.username, "slot_booked", slot.id, made.id))

        facts: dict[str, object] = {WITH: names.get(slot.physician, slot.physician)}
        doing = Doing(PLAN, wanted.number, fields={"at": slot.begins}, facts=facts, within=hold)
        return self._acting.step(act, doing, actor)

    def book_for(self, wish: Opening, slot: str, actor: Actor) -> Act:
        """Open a consultation and plan it on a slot; asked again under the same name, it is the same one.

        Raises:
            ActError: it cannot be opened, or not planned so; then it stays open without a time, and may be planned on another slot.
        """
        act = self._acting.open(wish, actor)
        return self.book(act.id, Wanted(slot, 1), actor)


def _known(connection: Connection, key: str) -> Slot:
    found = slots.find(connection, key)
    if found is None:
        raise UnknownSlotError(f"slot {key[:64]!r} is unknown")
    return found


def _holder(connection: Connection, slot: Slot) -> str | None:
    act = slots.holders(connection, [slot]).get(slot.id)
    return None if act is None else act.id
