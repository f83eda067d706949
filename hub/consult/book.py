"""Calls on the disk: every step with who did it, and what is taken up again after a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from devices.clock import Clock
from devices.wire.messages import CALLER
from hub.consult.room import Call, CallState
from hub.live import Live
from hub.store import consult, records
from hub.store.consult import Incident, Participant, SeatState
from hub.store.database import Database
from hub.store.records import AuditEntry, CallRecord

More = Callable[[Connection], None]
"What belongs into the same transaction."


class Book:
    """The record of calls; every method blocks."""

    def __init__(self, database: Database, live: Live, clock: Clock) -> None:
        self._database = database
        self._live = live
        self._clock = clock

    def save(self, call: Call, actor: str, action: str, detail: str = "", *more: More) -> None:
        """Put a call and its seats on the disk, with who did what.

        Raises:
            StoreError: it is not on the disk.
        """
        entry = AuditEntry(self._clock.utc(), actor, action, call.id, detail)
        with self._database.write() as connection:
            records.save_call(connection, record_of(call))
            consult.save_participants(connection, call.id, call.participants)
            for each in more:
                each(connection)
            records.audit(connection, entry)

    def note(self, *more: More) -> None:
        """Write down what changes no call.

        Raises:
            StoreError: it is not on the disk.
        """
        with self._database.write() as connection:
            for each in more:
                each(connection)

    def take_up(self) -> list[Call]:
        """Return the calls that were open when the hub stopped, and write down that it did."""
        with self._database.read() as connection:
            found = records.calls(connection, running=True)
            seats = consult.participants(connection, [record.id for record in found])
        now = self._clock.utc()
        if found:
            with self._database.write() as connection:
                for record in found:
                    incident = Incident(record.id, now, consult.ROOM, "hub_restarted", now)
                    consult.open_incident(connection, incident)
        # What a state has lasted is not recorded: waiting starts anew, and ends as it would have.
        return [replace(self._restored(record, seats.get(record.id, ())), since=now) for record in found]

    def find(self, call: str) -> Call | None:
        """Return a call, open or past."""
        with self._database.read() as connection:
            record = consult.call(connection, call)
            seats = consult.participants(connection, [call])
        return None if record is None else self._restored(record, seats.get(call, ()))

    def _restored(self, record: CallRecord, seats: tuple[Participant, ...]) -> Call:
        found = self._live.ward.roll.inhabitants.get(record.resident)
        # A call from before seats were recorded was its caller's alone.
        seats = seats or (_caller_of(record),)
        return Call(
            record.id,
            record.resident,
            "" if found is None else found.room,
            record.edge,
            record.caller,
            seats[0].name,
            CallState(record.state),
            record.reason,
            record.requested,
            record.requested,
            record.answered,
            record.ended,
            seats,
        )


def _caller_of(record: CallRecord) -> Participant:
    state = SeatState.LEFT if record.ended is not None else SeatState.CONNECTED
    at = record.requested
    return Participant(
        CALLER,
        record.caller,
        record.caller,
        "physician",
        state,
        at,
        at,
        epoch=record.epoch,
        admitted=record.answered,
        left=record.ended,
    )


def record_of(call: Call) -> CallRecord:
    """Return a call as the store keeps it."""
    return CallRecord(
        call.id,
        call.epoch,
        call.resident,
        call.edge,
        call.caller,
        call.state,
        call.reason,
        call.requested,
        call.answered,
        call.ended,
    )
