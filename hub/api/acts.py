"""The acts of télémédecine of a resident, their steps, and the resident's timeline; every read is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final, NoReturn

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from hub import timeline
from hub.acting import Acting, Doing, Opening
from hub.acts.context import read as read_context
from hub.acts.fields import ActError, FieldError, ForbiddenStepError
from hub.acts.machines import expertise
from hub.acts.machines.surveillance import PRESCRIBING
from hub.acts.model import Act, Actor, Kind, Role
from hub.api import acts_models as models
from hub.api.acts_views import LIMITS, Around, act_view, head_view, timeline_view
from hub.api.agenda import midnight, names_of
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, Carer, services_of
from hub.api.services import Services
from hub.store import acts, consult, expert_tellings
from hub.timeline import SOURCES, Span

router = APIRouter(prefix="/api/v1", tags=["acts"])

_STATUS: Final = {
    "unknown_act": HTTPStatus.NOT_FOUND,
    "unknown_alert": HTTPStatus.NOT_FOUND,
    "forbidden_step": HTTPStatus.FORBIDDEN,
    "unknown_event": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_field": HTTPStatus.UNPROCESSABLE_ENTITY,
    "linked_step": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"Anything else is a conflict with how things stand."


@router.post("/residents/{resident}/acts", operation_id="open_act", status_code=HTTPStatus.CREATED)
async def open_act(resident: str, given: models.ActIn, account: Carer, request: Request) -> models.ActView:
    """Open an act about a resident; from another act, with everything that one knows."""
    services = services_of(request)
    _lives_here(resident, services)
    wish = Opening(
        Kind(given.kind),
        resident,
        given.reason,
        given.id,
        given.alert,
        given.from_act,
        given.call,
        given.triage,
    )
    metrics = [latest.metric for latest in services.live.ward.values(resident)]
    try:
        made = await run_sync(acting_of(services).open, wish, _actor(account), metrics)
    except ActError as error:
        refuse(error)
    return await run_sync(_act, services, made.id, account)


@router.get("/residents/{resident}/acts", operation_id="list_acts")
async def list_acts(resident: str, account: Carer, request: Request) -> models.ActList:
    """Return the acts of a resident, newest first."""
    services = services_of(request)
    _lives_here(resident, services)
    return await run_sync(_acts, services, resident, account)


@router.get("/acts/{act}", operation_id="get_act")
async def get_act(act: str, account: Carer, request: Request) -> models.ActView:
    """Return one act: why, with which evidence, what happened, and what may be done to it now."""
    services = services_of(request)
    await run_sync(_read, services, "act_read", act, account)
    return await run_sync(_act, services, act, account)


@router.post("/acts/{act}/steps", operation_id="take_step")
async def take_step(act: str, given: models.ActStepIn, account: Carer, request: Request) -> models.ActView:
    """Let something happen to an act; the same step again changes nothing."""
    services = services_of(request)
    try:
        await run_sync(_step, services, act, given, _actor(account))
    except ActError as error:
        refuse(error)
    return await run_sync(_act, services, act, account)


@router.get("/residents/{resident}/timeline", operation_id="get_timeline")
async def get_timeline(
    resident: str, query: Annotated[models.TimelineQuery, Query()], account: Carer, request: Request
) -> models.TimelineView:
    """Return what happened to a resident, newest first."""
    services = services_of(request)
    _lives_here(resident, services)
    kinds = {kind for kind in query.kinds.split(",") if kind}
    if strange := sorted(kinds - SOURCES.keys()):
        raise unknown("kind", strange[0])
    await run_sync(_read, services, "timeline_read", resident, account)
    return await run_sync(_timeline, services, resident, Span(query.since, query.until), kinds)


def refuse(error: ActError) -> NoReturn:
    """Answer that something about an act is not done.

    Raises:
        RefusedError: always.
    """
    status = _STATUS.get(error.code, HTTPStatus.CONFLICT)
    if isinstance(error, FieldError):
        raise RefusedError(status, error.code, str(error), field=error.field) from None
    raise RefusedError(status, error.code, str(error)) from None


# ---- in a thread ----


def _act(services: Services, key: str, account: Account) -> models.ActView:
    names = names_of(services)
    with services.database.read() as connection:
        act = acts.find(connection, key)
        if act is None:
            raise unknown("act", key)
        around = _around(connection, act)
    barred = () if _asked(services, act, account.username, names) else expertise.ANSWERING
    return act_view(act, around, Role(account.role.value), names, services.live.ward.roll, barred)


def _asked(services: Services, act: Act, username: str, names: Mapping[str, str]) -> bool:
    """Tell whether somebody may answer a question: who is asked; anybody who sees it when that is nobody the hub knows."""
    to = act.fields.get("to")
    mine = {username, *services.experts.asked_as(username)}
    return act.kind is not Kind.EXPERTISE or to not in names or to in mine


def _around(connection: Connection, act: Act) -> Around:
    origins = [acts.find(connection, each.act) for each in read_context(act.context).origins]
    call = act.call
    return Around(
        acts.steps(connection, [act.id])[act.id],
        tuple(each for each in origins if each is not None),
        tuple(acts.opened_from(connection, act.id)),
        () if call is None else consult.participants(connection, [call]).get(call, ()),
        () if call is None else tuple(consult.incidents(connection, call)),
        tuple(expert_tellings.of_acts(connection, [act.id])) if act.kind is Kind.EXPERTISE else (),
    )


def _acts(services: Services, resident: str, account: Account) -> models.ActList:
    names = names_of(services)
    _read(services, "acts_listed", resident, account)
    with services.database.read() as connection:
        return models.ActList(
            items=[head_view(each, names) for each in acts.of_resident(connection, resident)]
        )


def _step(services: Services, key: str, given: models.ActStepIn, actor: Actor) -> None:
    facts = _limits(services, key) if given.event in PRESCRIBING else {}
    if given.event == expertise.Event.SEND:
        now = services.clock.utc()
        day_ends = midnight(now, services.zone, 1)
        facts = expertise.sending(now, services.answer_within, given.fields.get("urgency"), day_ends)
    doing = Doing(given.event, given.number, given.reason, given.fields, facts)
    if given.event in expertise.ANSWERING:
        names = names_of(services)

        def asked(_connection: Connection, act: Act) -> None:
            if not _asked(services, act, actor.username, names):
                raise ForbiddenStepError(f"{actor.username!r} was not asked")

        doing = replace(doing, within=asked)
    acting_of(services).step(key, doing, actor)


def _limits(services: Services, key: str) -> dict[str, object]:
    """Return the limits that are in force for whom a télésurveillance is signed: they are part of what is signed."""
    with services.database.read() as connection:
        act = acts.find(connection, key)
    known = None if act is None else services.live.ward.roll.inhabitants.get(act.resident)
    if act is None or known is None or act.kind is not Kind.SURVEILLANCE:
        return {}
    return {
        LIMITS: [
            {
                "metric": each.limit.metric,
                "low": each.limit.low,
                "high": each.limit.high,
                "priority": each.limit.priority.value,
                "author_name": each.author,
            }
            for each in known.limits
        ]
    }


def _timeline(services: Services, resident: str, span: Span, kinds: set[str]) -> models.TimelineView:
    names = names_of(services)
    with services.database.read() as connection:
        return timeline_view(resident, timeline.read(connection, resident, span, kinds), names)


def _read(services: Services, action: str, target: str, account: Account) -> None:
    """Write down who looked."""
    services.accounts.audit(services.clock.utc(), account.username, action, target, "")


def acting_of(services: Services) -> Acting:
    """Return what moves the home's acts, and tells the screens of it."""
    return Acting(services.database, services.timeseries, services.clock, services.live.act_changed)


def _actor(account: Account) -> Actor:
    return Actor(account.username, Role(account.role.value))


def _lives_here(resident: str, services: Services) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)
