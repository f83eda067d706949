"""Whom the one who asks sees, how that is asked of the store, and what is written down of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection, Request

from devices.clock import SECOND
from hub.alerting.escalation.policy import account_is
from hub.api.models import Role
from hub.api.problems import RefusedError
from hub.api.security import Account, services_of
from hub.api.services import Services
from hub.auth.care import Ground, Sight
from hub.store import cares, records
from hub.store.records import AuditEntry

EVERYBODY: Final = Sight(Ground.HOME)
"What who works in the home sees."
NOBODY: Final = Sight()
AGAIN_AFTER: Final = 3600 * SECOND
"Microseconds within which looking again at the same resident in the same session is not written down again."
SEEN: Final = "resident_seen"
"Action of the audit: somebody looked at a resident's data; its detail is on what ground."
_MOST: Final = 4096
"Looks that are remembered; more, and the oldest is written down again."


class Looks:
    """Who looked at whom lately, so that each is written down once an hour and session; lives on the event loop."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str, str], int] = {}

    def new(self, session: bytes, resident: str, ground: str, now: int) -> bool:
        """Tell whether a look is to be written down, and remember it."""
        key = (session, resident, ground)
        before = self._known.get(key)
        if before is not None and now - before < AGAIN_AFTER:
            return False
        self._known.pop(key, None)
        self._known[key] = now
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return True


def sight_now(services: Services, account: Account) -> Sight:
    """Return whom an account sees now; blocks on the store."""
    if account.role is Role.TECHNICIAN:
        return NOBODY
    if account.role is not Role.PHYSICIAN:
        return EVERYBODY
    contacts = [
        name for name, contact in services.policy().people.items() if account_is(contact, account.username)
    ]
    contacts += services.experts.asked_as(account.username)
    with services.database.read() as connection:
        return cares.sight(connection, account.username, contacts, services.clock.utc())


async def sight_of(request: Request, account: Account) -> Sight:
    """Return whom the one who asks sees; looked up once in a request."""
    found: Sight | None = getattr(request.state, "sight", None)
    if found is None:
        found = await run_sync(sight_now, services_of(request), account)
        request.state.sight = found
    return found


async def must_see(request: Request, account: Account, resident: str | None) -> None:
    """Refuse what is about a resident whom the one who asks does not see.

    Raises:
        RefusedError: 403 `not_in_care`.
    """
    if not (await sight_of(request, account)).sees(resident):
        raise not_in_care(account, resident or "")


def not_in_care(account: Account, resident: str) -> RefusedError:
    """Return the error for a resident whom a physician does not care for."""
    return RefusedError(
        HTTPStatus.FORBIDDEN,
        "not_in_care",
        f"{account.username!r} does not care for resident {resident[:64]!r}: break the glass with a reason, or ask the home",
        resident=resident[:64],
    )


async def write_down(
    connection: HTTPConnection, actor: str, session: bytes, resident: str, ground: str
) -> None:
    """Write down that somebody from outside the home looked at a resident's data, once an hour and session."""
    services = services_of(connection)
    now = services.clock.utc()
    if looks_of(connection).new(session, resident, ground, now):
        await run_sync(_audit, services, AuditEntry(now, actor, SEEN, resident, ground))


def looks_of(connection: HTTPConnection) -> Looks:
    """Return the application's memory of who looked at whom."""
    state = connection.app.state
    if not hasattr(state, "looks"):
        state.looks = Looks()
    looks: Looks = state.looks
    return looks


def _audit(services: Services, entry: AuditEntry) -> None:
    with services.database.write() as connection:
        records.audit(connection, entry)
