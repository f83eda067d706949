"""Requests for a physician that nobody takes: after half an hour the home rings for them as for anything else that is missed.

Said is exactly what waits too long (`Code.REQUEST_UNANSWERED`); `hub.lookout` rings it, and what was taken or withdrawn meanwhile ends
with its next look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from devices.clock import SECOND
from hub.alerting.escalation.climb import Trouble
from hub.alerting.model import Code
from hub.lookout import Edges, Found, Sought
from hub.store import call_requests
from hub.store.call_requests import CallRequest

PATIENCE: Final = 30 * 60 * SECOND
"How long a request for now, or an appointment whose hour has come, may wait. Ours; the waiting page asks for the telephone after 5 min."


def since(request: CallRequest) -> int | None:
    """Return from when on somebody should be there; `None` for a request that may wait for its day."""
    return {"now": request.asked, "planned": request.planned}.get(request.urgency)


def overdue(waiting: Iterable[CallRequest], edges: Edges, now: int) -> tuple[Trouble, ...]:
    """Return what waits too long, one for each room: the oldest. Pure.

    Args:
        waiting: the open requests, oldest first.
        edges: the device of every resident's room; who has left the home is not in it, and nobody is sent for them.
        now: hub time, microseconds UTC.
    """
    found: dict[str, Trouble] = {}
    for request in waiting:
        begun = since(request)
        if begun is not None and now - begun >= PATIENCE and request.resident in edges:
            edge = edges[request.resident] or ""
            found.setdefault(edge, Trouble(edge, request.resident, request.id))
    return tuple(found[edge] for edge in sorted(found))


def _late(connection: Connection, edges: Edges, now: int) -> Found:
    return {Code.REQUEST_UNANSWERED: overdue(call_requests.waiting(connection), edges, now)}


OVERDUE: Final = Sought("who waits for a physician", _late)
