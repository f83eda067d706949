"""Who waits for a physician: asked by the ward, taken by a call, or withdrawn. On disk before the screens are told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import msgspec
from sqlalchemy import Connection

from devices.clock import SECOND, Clock
from hub.alerting.rounds import trend
from hub.consult.evidence import alert_of, headline
from hub.consult.model import Caller, CallRefusedError
from hub.consult.room import Call
from hub.live import Live
from hub.rounds import score_of, settings_in_force
from hub.store import call_requests, records, spot_checks
from hub.store.call_requests import Asking, CallRequest
from hub.store.database import Database
from hub.store.prescribing import Settings
from hub.store.records import AuditEntry

_T = TypeVar("_T")
SCORED: Final = 24 * 3600 * SECOND
"Age up to which a NEWS2 says something about why somebody asks."


class Scored(msgspec.Struct, frozen=True):
    """A NEWS2, against the resident's usual one."""

    total: int
    points: dict[str, int]
    missing: list[str]
    risk: str | None
    red: bool
    rise: int | None


class ScoreThen(msgspec.Struct, frozen=True):
    """The last NEWS2 when somebody asked."""

    score: Scored
    time: int
    "When it was measured."


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for."""

    reason: str
    urgency: str
    planned: int | None = None
    alert: str | None = None


class Requests:
    """The home's requests for a physician."""

    def __init__(self, database: Database, live: Live, clock: Clock) -> None:
        self._database = database
        self._live = live
        self._clock = clock

    async def ask(self, resident: str, asked: Ask, author: Caller) -> CallRequest:
        """Ask for a physician.

        Raises:
            CallRefusedError: `unknown_resident`, or `unknown_alert`.
            StoreError: it cannot be recorded, so nobody is asked.
        """
        if resident not in self._live.ward.roll.inhabitants:
            raise CallRefusedError("unknown_resident", f"resident {resident[:64]!r} is unknown")
        made = await asyncio.to_thread(self._ask, resident, asked, author)
        self._live.call_request_changed(made)
        return made

    async def waiting(self) -> list[CallRequest]:
        """Return the open requests, oldest first."""
        return await asyncio.to_thread(self._read, call_requests.waiting)

    async def find(self, key: str, resident: str | None = None) -> CallRequest:
        """Return a request, of one resident when named.

        Raises:
            CallRefusedError: `unknown_request`.
        """
        found = await asyncio.to_thread(self._read, lambda connection: call_requests.find(connection, key))
        if found is None or resident not in {None, found.resident}:
            raise CallRefusedError("unknown_request", f"request {key[:64]!r} is unknown")
        return found

    async def withdraw(self, key: str, author: str) -> CallRequest:
        """Take a request back; one that was withdrawn stays so.

        Raises:
            CallRefusedError: `unknown_request`, or `request_settled`: a physician has taken it.
            StoreError: it cannot be recorded.
        """
        found = await self.find(key)
        if found.state is Asking.WITHDRAWN:
            return found
        settled = await asyncio.to_thread(self._withdraw, found, author)
        self._live.call_request_changed(settled)
        return settled

    def take(self, connection: Connection, asked: CallRequest, call: Call, author: str) -> None:
        """Write down that a call is the answer, in the transaction in which that call is made.

        Raises:
            CallRefusedError: `request_settled`.
        """
        self._settle(connection, asked, Asking.TAKEN, author, call.id)

    async def taken(self, key: str) -> None:
        """Tell the screens that a request was taken."""
        self._live.call_request_changed(await self.find(key))

    # ---- on disk; in a thread ----

    def _ask(self, resident: str, asked: Ask, author: Caller) -> CallRequest:
        now = self._clock.utc()
        with self._database.write() as connection:
            alert = None if asked.alert is None else alert_of(connection, asked.alert, resident)
            made = CallRequest(
                secrets.token_hex(8),
                resident,
                asked.reason,
                asked.urgency,
                asked.planned,
                author.username,
                author.display_name,
                author.role,
                now,
                asked.alert,
                "" if alert is None else msgspec.json.encode(headline(alert)).decode(),
                _score(connection, resident, now),
            )
            call_requests.add(connection, made)
            detail = f"{resident} {asked.urgency}: {asked.reason}"
            records.audit(connection, AuditEntry(now, author.username, "call_request_made", made.id, detail))
        return made

    def _withdraw(self, found: CallRequest, author: str) -> CallRequest:
        with self._database.write() as connection:
            return self._settle(connection, found, Asking.WITHDRAWN, author, None)

    def _settle(
        self, connection: Connection, found: CallRequest, state: Asking, author: str, call: str | None
    ) -> CallRequest:
        now = self._clock.utc()
        if not call_requests.settle(connection, found.id, state, author, now, call):
            raise CallRefusedError("request_settled", f"request {found.id!r} is open no longer")
        records.audit(
            connection, AuditEntry(now, author, f"call_request_{state}", found.id, call or found.resident)
        )
        return replace(found, state=state, call=call, settled=now, settled_by=author)

    def _read(self, work: Callable[[Connection], _T]) -> _T:
        with self._database.read() as connection:
            return work(connection)


def _score(connection: Connection, resident: str, now: int) -> str:
    """Return the last NEWS2 of a resident as JSON, empty when there is none that says something."""
    sets = spot_checks.standing(connection, resident, now - SCORED)
    if not sets:
        return ""
    last, usual = sets[0], settings_in_force(connection, now).get(resident, Settings()).usual_score
    found = score_of(last)
    scored = Scored(
        found.total,
        dict(found.points),
        list(found.missing),
        None if found.risk is None else found.risk.value,
        found.red,
        trend(found, usual),
    )
    return msgspec.json.encode(ScoreThen(scored, last.time)).decode()
