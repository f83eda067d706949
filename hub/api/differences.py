"""Where a room's device judged the same measurements otherwise than the hub, for those who plan and prescribe."""

from __future__ import annotations

from typing import Annotated

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request

from devices.occurrences import Occurrence
from devices.wire.messages import Verdict
from hub.api.load_models import DifferencesQuery, DifferenceView, SideView
from hub.api.security import Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.store import records, verdicts
from hub.store.records import Resident
from hub.store.verdicts import DifferenceRecord

router = APIRouter(prefix="/api/v1", tags=["coordination"])

_verdict = msgspec.json.Decoder(Verdict)
_occurrence = msgspec.json.Decoder(Occurrence)


@router.get("/differences", operation_id="list_differences")
async def list_differences(
    query: Annotated[DifferencesQuery, Query()], account: Signer, request: Request
) -> list[DifferenceView]:
    """List the verdicts in which a room and the hub differ, newest first."""
    sight = await sight_of(request, account)
    found = await run_sync(_list, services_of(request), query.limit)
    return [each for each in found if sight.sees(each.resident)]


def _list(services: Services, limit: int) -> list[DifferenceView]:
    rooms = services.live.ward.roll.rooms
    with services.database.read() as connection:
        found = verdicts.differences(connection, limit)
        people = records.residents(connection)
    return [_view(each, people[each.resident], rooms.get(each.edge, "")) for each in found]


def _view(record: DifferenceRecord, person: Resident, room: str) -> DifferenceView:
    theirs = _verdict.decode(record.theirs) if record.theirs else None
    ours = _occurrence.decode(record.ours) if record.ours else None
    metric = theirs.metric if theirs is not None else "" if ours is None else ours.limit.metric
    # The comparison writes no other words than these; pydantic checks it.
    return DifferenceView.model_validate(
        {
            "edge": record.edge,
            "room": room,
            "resident": person.id,
            "family_name": person.family_name,
            "given_name": person.given_name,
            "kind": record.kind,
            "limit_id": record.limit_id,
            "metric": metric,
            "onset": record.onset,
            "found": record.found,
            "edge_side": None if theirs is None else _side(theirs, rang=theirs.rang),
            "hub_side": None if ours is None else _side(ours, rang=False),
        }
    )


def _side(judged: Verdict | Occurrence, *, rang: bool) -> SideView:
    return SideView(
        onset=judged.onset,
        cleared=judged.cleared,
        side=judged.side,
        bound=judged.bound,
        worst=judged.worst,
        rang=rang,
    )
