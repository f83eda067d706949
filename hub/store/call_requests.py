"""Who asked for a physician, and what became of it."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, insert, select, update

from hub.store.schema_consult import CALL_REQUESTS


class Asking(enum.StrEnum):
    """Where a request stands."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Somebody of the home asks for a physician. Times are microseconds UTC."""

    id: str
    resident: str
    reason: str
    urgency: str
    "`now`, `today` or `planned`."
    planned: int | None
    asked_by: str
    asked_name: str
    asked_role: str
    asked: int
    alert: str | None = None
    headline: str = ""
    "What the alert said then, as JSON; empty for none."
    score: str = ""
    "The last NEWS2 then, as JSON; empty for none."
    state: Asking = Asking.OPEN
    call: str | None = None
    settled: int | None = None
    settled_by: str = ""


def add(connection: Connection, request: CallRequest) -> None:
    """Write down a request."""
    connection.execute(insert(CALL_REQUESTS).values(asdict(request)))


def find(connection: Connection, key: str) -> CallRequest | None:
    """Return a request."""
    query = select(CALL_REQUESTS).where(CALL_REQUESTS.c.id == key)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _request(row)


def waiting(connection: Connection) -> list[CallRequest]:
    """Return the requests that are open, oldest first."""
    query = select(CALL_REQUESTS).where(CALL_REQUESTS.c.state == Asking.OPEN.value)
    ordered = query.order_by(CALL_REQUESTS.c.asked, CALL_REQUESTS.c.id)
    return [_request(row) for row in connection.execute(ordered).mappings()]


def settle(
    connection: Connection, key: str, state: Asking, author: str, now: int, call: str | None = None
) -> bool:
    """Take or withdraw an open request; false when somebody did before."""
    still = update(CALL_REQUESTS).where(CALL_REQUESTS.c.id == key, CALL_REQUESTS.c.state == Asking.OPEN.value)
    changed = still.values(state=state.value, settled=now, settled_by=author, call=call)
    return connection.execute(changed).rowcount == 1


def _request(row: RowMapping) -> CallRequest:
    return CallRequest(**dict(row) | {"state": Asking(row["state"])})
