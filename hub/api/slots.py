"""Physicians' slots, consultations that are planned on them, and calendars that programs read by a secret link."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final, NoReturn

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from hub.acting import Opening
from hub.acts.feed import Appointment, calendar, number_of
from hub.acts.fields import ActError
from hub.acts.machines.consultation import State
from hub.acts.model import DAY, Act, Actor, Kind
from hub.acts.model import Role as ActRole
from hub.acts.slots import Giving, Slot, SlotError, holds
from hub.api import agenda_models as models
from hub.api.acts import acting_of, refuse
from hub.api.agenda import names_of
from hub.api.models import Role
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, Carer, Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.auth.care import Sight
from hub.auth.tokens import new_token, token_digest
from hub.booking import Desk, Wanted
from hub.store import acts, records, slots
from hub.store.records import AuditEntry
from hub.store.slots import Calendar

router = APIRouter(prefix="/api/v1", tags=["agenda"])

LONGEST_QUERY: Final = 62 * DAY
"Microseconds of slots that are asked for at once."
BEHIND: Final = 7 * DAY
"How far back a calendar goes; programs drop what is in it no more."
AHEAD: Final = 184 * DAY
MINUTES: Final = 20
"How long a consultation without a slot is drawn."
_STATUS: Final = {
    "unknown_slot": HTTPStatus.NOT_FOUND,
    "slot_time": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"Anything else about a slot is a conflict with how things stand."
_NOT_HELD: Final = frozenset({State.CANCELLED, State.DECLINED, State.MISSED, State.ASKED})
"States of consultations that are in nobody's calendar."
_FILE: Final = "teleconsultations.ics"


@router.get("/slots", operation_id="list_slots")
async def list_slots(
    query: Annotated[models.SlotQuery, Query()], account: Carer, request: Request
) -> models.SlotList:
    """Return the slots of a time and who holds them; of a resident whom one does not see only that it is taken."""
    if not query.since < query.until <= query.since + LONGEST_QUERY:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "bad_span", "slots are asked for by at most 62 days"
        )
    services, sight = services_of(request), await sight_of(request, account)
    return await run_sync(_slots, services, query.since, query.until, sight)


@router.post("/slots", operation_id="give_slots", status_code=HTTPStatus.CREATED)
async def give_slots(order: models.SlotOrder, account: Signer, request: Request) -> models.SlotList:
    """Give slots: a physician their own, a coordinator any physician's."""
    services, sight = services_of(request), await sight_of(request, account)
    physician = order.physician or account.username
    if account.role is Role.PHYSICIAN and physician != account.username:
        raise RefusedError(HTTPStatus.FORBIDDEN, "forbidden_step", "a physician gives their own slots alone")
    giving = Giving(order.begins, order.minutes, order.count, order.weeks)
    try:
        made = await run_sync(_desk(services).give, physician, giving, account.username)
    except ActError as error:
        _refuse(error)
    return await run_sync(_shown, services, made, sight)


@router.delete("/slots/{slot}", operation_id="withdraw_slot", status_code=HTTPStatus.NO_CONTENT)
async def withdraw_slot(slot: str, account: Signer, request: Request) -> None:
    """Give a free slot no more."""
    try:
        await run_sync(_desk(services_of(request)).withdraw, slot, _actor(account))
    except ActError as error:
        _refuse(error)


@router.post("/acts/{act}/booking", operation_id="book_act")
async def book_act(act: str, given: models.BookingIn, account: Carer, request: Request) -> models.SlotView:
    """Plan a téléconsultation on a slot; the same again changes nothing."""
    services, sight = services_of(request), await sight_of(request, account)
    try:
        made = await run_sync(_desk(services).book, act, Wanted(given.slot, given.number), _actor(account))
    except ActError as error:
        _refuse(error)
    return await run_sync(_booked, services, made, given.slot, sight)


@router.post("/residents/{resident}/booking", operation_id="book_resident", status_code=HTTPStatus.CREATED)
async def book_resident(
    resident: str, given: models.ResidentBookingIn, account: Carer, request: Request
) -> models.SlotView:
    """Open a téléconsultation of a resident and plan it on a slot."""
    services, sight = services_of(request), await sight_of(request, account)
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)
    wish = Opening(Kind.CONSULTATION, resident, given.reason, given.id, given.alert, from_act=given.from_act)
    try:
        made = await run_sync(_desk(services).book_for, wish, given.slot, _actor(account))
    except ActError as error:
        _refuse(error)
    return await run_sync(_booked, services, made, given.slot, sight)


@router.get("/calendar", operation_id="get_calendar_link")
async def get_calendar_link(account: Carer, request: Request) -> models.CalendarState:
    """Tell whether there is a link to one's calendar, and when a program read it last; the link itself is not kept."""
    return await run_sync(_calendar_state, services_of(request), account.username)


@router.post("/calendar", operation_id="make_calendar_link", status_code=HTTPStatus.CREATED)
async def make_calendar_link(account: Carer, request: Request) -> models.CalendarLink:
    """Make a secret link to one's calendar; the one before opens nothing any more."""
    secret = await run_sync(_make_calendar, services_of(request), account.username)
    return models.CalendarLink(path=f"/api/v1/calendars/{secret}/{_FILE}")


@router.delete("/calendar", operation_id="revoke_calendar_link")
async def revoke_calendar_link(account: Carer, request: Request) -> models.CalendarState:
    """Let one's link open nothing any more."""
    services = services_of(request)
    await run_sync(_revoke_calendar, services, account.username)
    return await run_sync(_calendar_state, services, account.username)


@router.get(
    "/calendars/{secret}/teleconsultations.ics",
    operation_id="read_calendar",
    response_class=Response,
    responses={HTTPStatus.OK: {"content": {"text/calendar": {}}, "description": "iCalendar"}},
)
async def read_calendar(secret: str, request: Request) -> Response:
    """Return a calendar to a program that has its link: times and rooms, nobody's name."""
    text = await run_sync(_read_calendar, services_of(request), secret)
    return Response(text, media_type="text/calendar; charset=utf-8")


# ---- in a thread ----


def _slots(services: Services, since: int, until: int, sight: Sight) -> models.SlotList:
    with services.database.read() as connection:
        found = slots.between(connection, since, until)
    return _shown(services, found, sight)


def _shown(services: Services, found: list[Slot], sight: Sight) -> models.SlotList:
    users = services.accounts.users()
    names = {user.username: user.display_name for user in users}
    with services.database.read() as connection:
        held = slots.holders(connection, found)
    physicians = [
        models.SlotPhysician(username=user.username, name=user.display_name)
        for user in users
        if user.role == Role.PHYSICIAN.value and not user.disabled
    ]
    return models.SlotList(
        items=[_slot(slot, held.get(slot.id), names.get(slot.physician, ""), sight) for slot in found],
        physicians=physicians,
    )


def _slot(slot: Slot, act: Act | None, name: str, sight: Sight) -> models.SlotView:
    shown = act if act is not None and sight.sees(act.resident) else None
    return models.SlotView(
        id=slot.id,
        physician=slot.physician,
        physician_name=name or slot.physician,
        begins=slot.begins,
        minutes=slot.minutes,
        taken=act is not None,
        act=None if shown is None else shown.id,
        resident=None if shown is None else shown.resident,
    )


def _booked(services: Services, act: Act, key: str, sight: Sight) -> models.SlotView:
    names = names_of(services)
    with services.database.read() as connection:
        slot = slots.find(connection, key)
        last = slots.slots_of(connection, [act.id]).get(act.id)
    if slot is None or last is None or last.id != key or not holds(act, slot):
        # The step was done before, for another slot of the same hour.
        raise RefusedError(HTTPStatus.CONFLICT, "changed_meanwhile", f"act {act.id!r} is on another slot")
    return _slot(slot, act, names.get(slot.physician, ""), sight)


def _calendar_state(services: Services, username: str) -> models.CalendarState:
    with services.database.read() as connection:
        found = slots.calendar_of(connection, username)
    if found is None:
        return models.CalendarState(made=None, used=None)
    return models.CalendarState(made=found.made, used=found.used)


def _make_calendar(services: Services, username: str) -> str:
    now, secret = services.clock.utc(), new_token()
    with services.database.write() as connection:
        slots.add_calendar(connection, Calendar(token_digest(secret), username, now))
        records.audit(connection, AuditEntry(now, username, "calendar_link_made", username, ""))
    return secret


def _revoke_calendar(services: Services, username: str) -> None:
    now = services.clock.utc()
    with services.database.write() as connection:
        if slots.revoke_calendar(connection, username, now):
            records.audit(connection, AuditEntry(now, username, "calendar_link_revoked", username, ""))


def _read_calendar(services: Services, secret: str) -> bytes:
    now, digest = services.clock.utc(), token_digest(secret)
    with services.database.read() as connection:
        found = slots.calendar(connection, digest)
    user = None if found is None else services.accounts.user(found.username)
    if found is None or user is None or user.disabled:
        # Whether it was revoked, or never was, is nobody's business.
        raise RefusedError(HTTPStatus.NOT_FOUND, "unknown_calendar", "no such calendar")
    with services.database.write() as connection:
        slots.used_calendar(connection, digest, now)
    theirs = user.username if user.role == Role.PHYSICIAN.value else None
    return calendar(_appointments(services, theirs, now), digest)


def _appointments(services: Services, physician: str | None, now: int) -> list[Appointment]:
    """Return what is planned: with one physician, or in the whole home."""
    with services.database.read() as connection:
        found = slots.planned(connection, now - BEHIND, now + AHEAD)
        planned = [act for act in found if act.state not in _NOT_HELD]
        held = slots.slots_of(connection, [act.id for act in planned])
        steps = acts.steps(connection, [act.id for act in planned])
    rooms = {who: known.room for who, known in services.live.ward.roll.inhabitants.items()}
    made = []
    for act in planned:
        slot = held.get(act.id)
        if slot is not None and not holds(act, slot):
            slot = None
        if physician is not None and (slot is None or slot.physician != physician):
            continue
        minutes = MINUTES if slot is None else slot.minutes
        room, changed = number_of(rooms.get(act.resident, "")), steps[act.id][-1].time
        made.append(Appointment(act.id, slots.at_of(act), minutes, room, act.version, changed))
    return made


def _desk(services: Services) -> Desk:
    return Desk(services.database, services.clock, acting_of(services), services.zone)


def _actor(account: Account) -> Actor:
    return Actor(account.username, ActRole(account.role.value))


def _refuse(error: ActError) -> NoReturn:
    """Answer that something about a slot or an act is not done.

    Raises:
        RefusedError: always.
    """
    if isinstance(error, SlotError):
        status = _STATUS.get(error.code, HTTPStatus.CONFLICT)
        raise RefusedError(status, error.code, str(error)) from None
    refuse(error)
