"""Who is on duty, and who takes whose turn."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import Connection

from devices.clock import SECOND
from hub.alerting.escalation import swaps
from hub.alerting.escalation.policy import Contact, account_is
from hub.alerting.escalation.rota import Rota, daily, roles, timetable
from hub.alerting.escalation.swaps import Recorded, Swap, SwapError, SwapRefusal
from hub.api.models import Role
from hub.api.problems import RefusedError
from hub.api.security import Account, Carer, services_of
from hub.api.services import Services, WatchDesk
from hub.api.watch import desk
from hub.api.watch_models import (
    DutyView,
    DutyWay,
    ExchangeOrder,
    ExchangeView,
    NightView,
    PersonView,
    ReadyView,
    TurnView,
)
from hub.ingest.writer import WriterClosedError
from hub.store import duty, records
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1/duty", tags=["duty"])

_DAY = 86_400 * SECOND
AHEAD = 7 * _DAY
"How far the rota is looked at for holes."
_SHOWN = _DAY
"How long an exchange that was undone is still shown."
_STATUS = {
    SwapRefusal.UNKNOWN: HTTPStatus.NOT_FOUND,
    SwapRefusal.ORDER: HTTPStatus.UNPROCESSABLE_ENTITY,
    SwapRefusal.NO_REASON: HTTPStatus.UNPROCESSABLE_ENTITY,
    SwapRefusal.ROLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    SwapRefusal.PERSON: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_T = TypeVar("_T")


@router.get("", operation_id="get_duty")
async def get_duty(account: Carer, request: Request) -> DutyView:
    """Tell who is on duty now and in the next seven days, how they can be reached, and what is missing."""
    services = services_of(request)
    entered = await run_sync(_entered, services)
    return _view(services, desk(services), entered, account)


@router.post("/exchanges", operation_id="add_exchange", status_code=HTTPStatus.CREATED)
async def add_exchange(order: ExchangeOrder, account: Carer, request: Request) -> DutyView:
    """Let somebody take another's turn, from now on at the earliest.

    A coordinator gives anybody's turn, everybody else only their own. It counts at once: the next step of an alert asks
    for who took it.
    """
    services = services_of(request)
    found = desk(services)
    _may(account, services, order.leaves)
    now = services.clock.utc()
    swap = Swap(order.role, order.leaves, order.comes, order.start, order.end, order.reason)

    def work(connection: Connection) -> None:
        rota = _present(found.file.rota, duty.exchanges(connection))
        taken, exchange = swaps.exchange_of(rota, found.file.people, swap, now)
        made = Recorded(secrets.token_hex(16), exchange, taken, account.username, now)
        duty.add_exchange(connection, made)
        detail = (
            f"{taken.role}: {taken.comes} for {taken.leaves}, {taken.start} to {taken.end}: {taken.reason}"
        )
        records.audit(connection, AuditEntry(now, account.username, "add_exchange", made.id, detail))

    await changed(found, work)
    return await get_duty(account, request)


@router.delete("/exchanges/{exchange}", operation_id="undo_exchange")
async def undo_exchange(exchange: str, account: Carer, request: Request) -> DutyView:
    """Let an exchange hold no longer; what is past of it stays."""
    services = services_of(request)
    found = desk(services)
    now = services.clock.utc()

    def work(connection: Connection) -> None:
        one = swaps.undo(duty.exchanges(connection), exchange, now)
        _may(account, services, one.swap.leaves)
        duty.undo_exchange(connection, one.id, account.username, now)
        records.audit(connection, AuditEntry(now, account.username, "undo_exchange", one.id, ""))

    await changed(found, work)
    return await get_duty(account, request)


def _may(account: Account, services: Services, leaves: str) -> None:
    contact = services.policy().people.get(leaves)
    if account.role is Role.COORDINATOR or (contact is not None and account_is(contact, account.username)):
        return
    raise RefusedError(
        HTTPStatus.FORBIDDEN,
        "not_your_turn",
        f"a {account.role.value} may give away only their own turns",
        role=account.role.value,
    )


async def changed(found: WatchDesk, work: Callable[[Connection], _T]) -> _T:
    """Let the writer carry out a change.

    Raises:
        RefusedError: it is not possible, or the hub stops.
    """
    try:
        # Shielded: a request that is cut off must not cancel what the writer is about to do.
        return await asyncio.shield(asyncio.wrap_future(found.change(work)))
    except SwapError as error:
        status = _STATUS.get(error.refusal, HTTPStatus.CONFLICT)
        raise RefusedError(status, error.refusal.value, str(error)) from None
    except WriterClosedError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "hub_stopping", str(error)) from None


def _entered(services: Services) -> list[Recorded]:
    with services.database.read() as connection:
        return duty.exchanges(connection)


def _present(rota: Rota, entered: list[Recorded]) -> Rota:
    return msgspec.structs.replace(rota, exchanges=rota.exchanges + swaps.in_force(rota, entered))


def _view(services: Services, found: WatchDesk, entered: list[Recorded], account: Account) -> DutyView:
    now = services.clock.utc()
    rota = _present(found.file.rota, entered)
    people = [_person(found, name, contact, account) for name, contact in services.policy().people.items()]
    everything = account.role is Role.COORDINATOR
    return DutyView(
        time=now,
        may="all" if everything else "own" if any(one.mine for one in people) else "none",
        people=people,
        turns=[
            TurnView(role=turn.role, start=turn.start, end=turn.end, who=list(turn.who))
            for role in roles(rota)
            # A day more, so that no turn that is shown is cut off.
            for turn in daily(
                rota.zone, found.watching.morning, timetable(rota, role, now, now + AHEAD + _DAY)
            )
            if turn.start < now + AHEAD
        ],
        exchanges=[
            _exchange(
                one, now, mine=everything or one.swap.leaves in {each.person for each in people if each.mine}
            )
            for one in reversed(entered)
            if (one.swap.end > now and one.undone is None) or now - (one.undone or 0) < _SHOWN
        ],
        night=_night(found, now),
    )


def _person(found: WatchDesk, name: str, contact: Contact, account: Account) -> PersonView:
    ways = found.watching.staff.ways().get(name, ())
    return PersonView(
        person=name,
        name=contact.name,
        ways=[DutyWay(channel=way.channel, works=way.well, problem=way.problem) for way in ways],
        mine=account_is(contact, account.username),
    )


def _exchange(one: Recorded, now: int, *, mine: bool) -> ExchangeView:
    return ExchangeView(
        id=one.id,
        role=one.swap.role,
        leaves=one.swap.leaves,
        comes=one.swap.comes,
        start=one.swap.start,
        end=one.swap.end,
        reason=one.swap.reason,
        author=one.author,
        made=one.made,
        undone=one.undone,
        undone_by=one.undone_by,
        may_undo=mine and one.undone is None and one.swap.end > now,
    )


def _night(found: WatchDesk, now: int) -> NightView:
    (start, end), people = found.watching.preflight(now)
    return NightView(
        start=start,
        end=end,
        due=found.watching.due(start, now),
        people=[
            ReadyView(person=one.person, roles=list(one.roles), working=one.working, ready=one.ready)
            for one in people
        ],
    )
