"""Who is asked into a call: people of the home by their account, others by a link that opens one call once.

A link's token and the cookie that its use gives are 256 random bits each; only their SHA-256 is stored. A link is used
once, until it expires or is revoked. Its cookie is good for that call alone and ends with it. Every use is written down, and
every use that was refused.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from sqlalchemy import Connection

from devices.clock import Clock
from hub.auth.throttle import Throttle
from hub.auth.tokens import new_token, token_digest
from hub.consult.calls import CallService, Wish
from hub.consult.model import Caller, CallRefusedError
from hub.consult.participants import GONE
from hub.store import invites, records
from hub.store.consult import Participant, SeatState
from hub.store.database import Database
from hub.store.invites import Invite
from hub.store.records import AuditEntry

_T = TypeVar("_T")

FREE: Final = 10
"Links of one address that open nothing and cost nothing; a mistyped one is tried again."
FINAL: Final = frozenset({"revoked"})
"Why a guest's seat was taken from them for good; who lost the line comes back to another seat."


class ThrottledError(CallRefusedError):
    """Too many links that open nothing came from one address."""

    def __init__(self, wait: int) -> None:
        """Say how many microseconds pass before the next is looked at."""
        super().__init__("too_many_attempts", "too many attempts")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked into a call."""

    name: str
    role: str
    username: str = ""
    "Of the home; empty for a guest."


class Invites:
    """The invitations of a home's calls."""

    def __init__(self, database: Database, calls: CallService, clock: Clock) -> None:
        self._database = database
        self._calls = calls
        self._clock = clock
        self._addresses = Throttle(FREE)

    async def invite(self, call: str, asked: Asked, author: str, expires: int) -> tuple[Invite, str]:
        """Ask somebody into a call; return the invitation and, for a guest, the token of their link, which is nowhere else.

        Raises:
            CallRefusedError: `unknown_call`, `call_over`, `call_full`, or `in_call`: they have a seat.
            StoreError: it cannot be recorded, so nobody is invited.
        """
        if self._calls.seat_of(call, asked.username) is not None:
            raise CallRefusedError("in_call", f"{asked.username[:64]!r} is in the call")
        token = "" if asked.username else new_token()
        made: list[Invite] = []

        def write(connection: Connection, seat: Participant) -> None:
            invite = Invite(
                secrets.token_hex(8),
                call,
                seat.seat,
                asked.username,
                asked.name,
                asked.role,
                author,
                seat.seated,
                expires,
                token_digest(token) if token else None,
            )
            invites.add(connection, invite)
            made.append(invite)

        person = Caller(asked.username, asked.name, asked.role)
        await self._calls.take_seat(call, Wish(person, author, expires), write)
        return made[0], token

    async def of_call(self, call: str) -> list[Invite]:
        """Return the invitations into a call, oldest first."""
        return await asyncio.to_thread(self._read, lambda connection: invites.of_call(connection, call))

    async def revoke(self, call: str, key: str, author: str) -> Invite:
        """Let an invitation open nothing any more, and end the seat that it gave.

        Raises:
            CallRefusedError: `unknown_invite`.
            StoreError: it cannot be recorded.
        """
        found = await asyncio.to_thread(self._read, lambda connection: invites.find(connection, key))
        if found is None or found.call != call:
            raise CallRefusedError("unknown_invite", f"invite {key[:64]!r} is unknown")
        await asyncio.to_thread(self._revoke, found, author)
        if self._calls.opened(call) is not None:
            await self._calls.leave_seat(call, found.seat, "revoked", author)
        now = self._clock.utc()
        return found if found.revoked is not None else replace(found, revoked=now, revoked_by=author)

    # ---- guests ----

    async def redeem(self, token: str, address: str) -> tuple[Invite, str]:
        """Use a link; return the invitation and the pass of its cookie, which is nowhere else.

        Raises:
            ThrottledError: too many links of this address opened nothing.
            CallRefusedError: `unknown_invite`, `invite_used`, `invite_expired`, `invite_revoked` or `call_over`.
            StoreError: the use cannot be recorded, so nothing opens.
        """
        now = self._clock.utc()
        wait = self._addresses.wait(address, now)
        if wait:
            raise ThrottledError(wait)
        # Counted before the slow work: attempts side by side must not all pass the check above.
        self._addresses.failed(address, now)
        made = await asyncio.to_thread(self._redeem, token, address, now)
        self._addresses.succeeded(address)
        return made

    async def guest(self, key: str) -> Invite | None:
        """Return the invitation whose use gave this pass, as long as it opens its call."""
        if not key:
            return None
        digest = token_digest(key)
        found = await asyncio.to_thread(self._read, lambda connection: invites.by_pass(connection, digest))
        if found is None or found.revoked is not None or not _same(found.pass_hash, digest):
            return None
        return found if self._calls.opened(found.call) is not None else None

    async def seat_of(self, guest: Invite) -> str | None:
        """Return the seat of a guest who comes, a new one when they lost theirs; `None` when they may not come back.

        Raises:
            CallRefusedError: `call_full` or `call_over`.
            StoreError: a new seat cannot be recorded.
        """
        call = self._calls.opened(guest.call)
        taken = None if call is None else call.at(guest.seat)
        if call is None or taken is None or taken.state is SeatState.DECLINED or taken.reason in FINAL:
            return None
        if taken.state not in GONE:
            return taken.seat

        def write(connection: Connection, seat: Participant) -> None:
            invites.reseat(connection, guest.id, seat.seat)

        person = Caller("", guest.name, guest.role)
        given = await self._calls.take_seat(guest.call, Wish(person, f"guest:{guest.name}"[:64]), write)
        return given.seat

    # ---- on disk; in a thread ----

    def _redeem(self, token: str, address: str, now: int) -> tuple[Invite, str]:
        digest, key = token_digest(token), new_token()
        with self._database.write() as connection:
            found = invites.by_token(connection, digest)
            refused = self._refusal(found, digest, now)
            if (
                refused is None
                and found is not None
                and invites.use(connection, found.id, token_digest(key), now)
            ):
                records.audit(connection, _use(found, "invite_used", address, now))
                return replace(found, used=now), key
            code = refused or "invite_used"
            records.audit(connection, _use(found, "invite_refused", f"{code} {address}", now))
        raise CallRefusedError(code, "this link opens no call")

    def _refusal(self, found: Invite | None, digest: bytes, now: int) -> str | None:
        if found is None or not _same(found.token_hash, digest):
            return "unknown_invite"
        if found.revoked is not None:
            return "invite_revoked"
        if found.used is not None:
            return "invite_used"
        if now >= found.expires:
            return "invite_expired"
        return None if self._calls.opened(found.call) is not None else "call_over"

    def _revoke(self, found: Invite, author: str) -> None:
        now = self._clock.utc()
        with self._database.write() as connection:
            invites.revoke(connection, found.id, author, now)
            records.audit(
                connection, AuditEntry(now, author, "invite_revoked", found.call, f"{found.id} {found.name}")
            )

    def _read(self, work: Callable[[Connection], _T]) -> _T:
        with self._database.read() as connection:
            return work(connection)


def _same(stored: bytes | None, digest: bytes) -> bool:
    return stored is not None and hmac.compare_digest(stored, digest)


def _use(found: Invite | None, action: str, detail: str, now: int) -> AuditEntry:
    """Return what is written down of a link that somebody used, or tried to."""
    actor, about = ("guest", "") if found is None else (f"guest:{found.name}"[:64], found.call)
    return AuditEntry(now, actor, action, about, detail)
