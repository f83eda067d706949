"""Where people on duty are reached: who has which ways, said anew by a coordinator, and tried."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import Connection

from hub.alerting.escalation import contacts
from hub.alerting.escalation.contacts import EDITABLE, ContactError, ContactFault, Edition
from hub.alerting.escalation.policy import Contact
from hub.alerting.preflight import ENOUGH
from hub.api.contacts_models import (
    ContactAccount,
    ContactDevice,
    ContactOrder,
    ContactsView,
    ContactTry,
    ContactView,
    TryOrder,
)
from hub.api.duty import changed
from hub.api.problems import RefusedError, unknown
from hub.api.security import Coordinator, services_of
from hub.api.services import Services, WatchDesk
from hub.api.watch import desk
from hub.api.watch_models import DutyWay
from hub.channels import Channels
from hub.notify.base import GiveUp, Notice, Outcome, Sent
from hub.notify.push_channel import PushChannel
from hub.notify.trying import TooSoonError, Try, Way
from hub.store import duty_contacts, records
from hub.store.push import Device
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1/duty/contacts", tags=["duty"])

_STATUS = {
    ContactFault.PERSON: HTTPStatus.NOT_FOUND,
    ContactFault.NOTHING: HTTPStatus.NOT_FOUND,
    ContactFault.CHANGED: HTTPStatus.CONFLICT,
    ContactFault.UNCHANGED: HTTPStatus.CONFLICT,
}


@router.get("", operation_id="list_contacts")
async def list_contacts(_account: Coordinator, request: Request) -> ContactsView:
    """Tell where everybody of the policy is reached, and what became of the messages that tried it."""
    return await _view(services_of(request))


@router.put("/{person}", operation_id="change_contact")
async def change_contact(
    person: str, order: ContactOrder, account: Coordinator, request: Request
) -> ContactsView:
    """Say what somebody is called and where they are reached; the next step of an alert asks for it."""
    services = services_of(request)
    found, now = desk(services), services.clock.utc()
    users = await run_sync(services.accounts.users)
    names = [user.username for user in users if not user.disabled]
    wanted = Contact(order.name, dict(order.address))

    def work(connection: Connection) -> None:
        known = duty_contacts.editions(connection)
        made = contacts.checked(wanted, person, found.file.people, known, order.version, names)
        duty_contacts.add(connection, person, made, account.username, now)
        # Addresses are the people's own: the audit names what changed, not where to.
        detail = ",".join(sorted(made.address))
        records.audit(connection, AuditEntry(now, account.username, "change_contact", person, detail))

    await _written(found, work)
    return await _view(services)


@router.delete("/{person}/{number}", operation_id="undo_contact")
async def undo_contact(person: str, number: int, account: Coordinator, request: Request) -> ContactsView:
    """Undo what was said last of somebody: what was said before, or in the policy's file, counts again."""
    services = services_of(request)
    found, now = desk(services), services.clock.utc()

    def work(connection: Connection) -> None:
        one = contacts.undoable(duty_contacts.editions(connection), person, number)
        duty_contacts.undo(connection, one.number, account.username, now)
        records.audit(connection, AuditEntry(now, account.username, "undo_contact", person, str(one.number)))

    await _written(found, work)
    return await _view(services)


@router.post("/{person}/tests", operation_id="try_contact", status_code=HTTPStatus.CREATED)
async def try_contact(person: str, order: TryOrder, account: Coordinator, request: Request) -> ContactsView:
    """Send a message that says it is a test; its receipt is in what is told later."""
    services = services_of(request)
    channels = _channels(services)
    contact = services.policy().people.get(person)
    if contact is None:
        raise unknown("person", person)
    address = contact.address.get(order.channel)
    channel = next((each for each in channels.all if each.name == order.channel), None)
    if address is None or channel is None:
        raise RefusedError(
            HTTPStatus.CONFLICT, "contact_no_way", f"{person} cannot be told by {order.channel} here"
        )

    async def deliver(notice: Notice) -> Outcome:
        if isinstance(channel, PushChannel):
            return await _push(channel, await run_sync(channels.devices.of, address), notice)
        return await channel.send(notice)

    try:
        await channels.tries.send(Way(person, order.channel, address), account.username, deliver)
    except TooSoonError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "contact_tried_just_now", str(error)) from None
    return await _view(services)


async def _push(channel: PushChannel, devices: list[Device], notice: Notice) -> Outcome:
    """Send to every device of an account; one that takes it is enough."""
    found: Outcome = GiveUp("no device of this account receives pushes")
    for device in devices:
        outcome = await channel.test(device, notice.id)
        if isinstance(outcome, Sent):
            found = Sent(notice.id)
        elif not isinstance(found, Sent):
            found = outcome
    return found


async def _written(found: WatchDesk, work: Callable[[Connection], None]) -> None:
    try:
        await changed(found, work)
    except ContactError as error:
        params = {"field": error.channel} if error.channel else {}
        status = _STATUS.get(error.fault, HTTPStatus.UNPROCESSABLE_ENTITY)
        raise RefusedError(status, error.fault.value, str(error), headers={}, **params) from None


def _channels(services: Services) -> Channels:
    if services.channels is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "channels_unavailable", "this hub tells nobody")
    return services.channels


async def _view(services: Services) -> ContactsView:
    return await run_sync(_read, services, desk(services), _channels(services))


def _read(services: Services, found: WatchDesk, channels: Channels) -> ContactsView:
    with services.database.read() as connection:
        known = duty_contacts.editions(connection)
    people = contacts.present(found.file.people, known)
    names = {channel.name for channel in channels.all}
    devices = channels.devices.all()
    tries = channels.tries.all()
    ways = found.watching.staff.ways()
    return ContactsView(
        time=services.clock.utc(),
        people=[
            _person(
                person,
                contact,
                contacts.newest(known, person),
                [
                    DutyWay(channel=way.channel, works=way.well, problem=way.problem)
                    for way in ways.get(person, ())
                ],
                [device for device in devices if device.username == contact.address.get("push")],
                [each for each in tries if each.person == person],
            )
            for person, contact in people.items()
        ],
        channels=[channel for channel in EDITABLE if channel in names],
        accounts=[
            ContactAccount(username=user.username, name=user.display_name)
            for user in services.accounts.users()
            if not user.disabled
        ],
    )


def _person(
    person: str,
    contact: Contact,
    edition: Edition | None,
    ways: list[DutyWay],
    devices: list[Device],
    tries: list[Try],
) -> ContactView:
    working = sum(way.works for way in ways)
    return ContactView(
        person=person,
        name=contact.name,
        address=dict(contact.address),
        ways=ways,
        working=working,
        ready=working >= ENOUGH,
        devices=[
            ContactDevice(label=each.label, delivered=each.delivered, problem=each.problem)
            for each in devices
        ],
        tries=[_try(each) for each in tries],
        version=0 if edition is None else edition.number,
        author="" if edition is None else edition.author,
        made=None if edition is None else edition.made,
    )


def _try(each: Try) -> ContactTry:
    return ContactTry(
        channel=each.channel,
        author=each.author,
        time=each.time,
        outcome=each.outcome,
        reason=each.reason,
        confirms=bool(each.reference),
        receipt=None if each.receipt is None else each.receipt.value,
        received=each.received,
    )
