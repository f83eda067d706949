"""Who was told of an alert, and by which ways people can be told now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from hub.alerting.escalation.policy import Contact, Policy
from hub.api.notifications_models import (
    ChannelsView,
    ChannelView,
    NotificationStepView,
    NotificationView,
    ReachView,
    WayView,
)
from hub.api.problems import unknown
from hub.api.security import Anyone, Carer, services_of
from hub.api.services import Services
from hub.notify.reach import WayState
from hub.store import journal, tellings
from hub.store.tellings import Notification, NotificationStep, Stage

router = APIRouter(prefix="/api/v1", tags=["notifications"])

_REACHED = frozenset({Stage.DELIVERED, Stage.SEEN, Stage.ACCEPTED})


@router.get("/alerts/{alert}/notifications", operation_id="list_notifications")
async def list_notifications(alert: str, _account: Carer, request: Request) -> list[NotificationView]:
    """List who was or is to be told of an alert, how, when, and what became of it; oldest first."""
    services = services_of(request)
    rows, steps = await run_sync(_read, services, alert)
    policy, own = services.policy(), _by_notification(steps)
    return [_view(row, own.get(row.id, []), policy) for row in rows]


@router.get("/channels", operation_id="list_channels")
async def list_channels(_account: Anyone, request: Request) -> ChannelsView:
    """Say which ways of telling people work now, and by which of them each person can be told."""
    services = services_of(request)
    channels, policy = services.channels, services.policy()
    if channels is None:
        return ChannelsView(channels=[], people=[])
    states, ways = channels.states(), await run_sync(channels.reach, policy)
    return ChannelsView(
        channels=[
            ChannelView(name=name, well=state.well, since=state.since, reason=state.reason)
            for name, state in states.items()
        ],
        people=[_reach(person, policy.people[person], found) for person, found in ways.items()],
    )


def _read(services: Services, alert: str) -> tuple[list[Notification], list[NotificationStep]]:
    with services.database.read() as connection:
        if journal.alert(connection, alert) is None:
            raise unknown("alert", alert)
        return tellings.notifications(connection, alert), tellings.steps(connection, alert)


def _by_notification(steps: Iterable[NotificationStep]) -> Mapping[str, list[NotificationStep]]:
    found: dict[str, list[NotificationStep]] = {}
    for step in steps:
        found.setdefault(step.notification, []).append(step)
    return found


def _view(row: Notification, steps: Iterable[NotificationStep], policy: Policy) -> NotificationView:
    person, device = policy.people.get(row.recipient), policy.devices.get(row.recipient)
    # A person and a device may have the same key; only people have roles, and a pager is no person's name.
    contact = person or device
    return NotificationView.model_validate(
        {
            "id": row.id,
            "recipient": row.recipient,
            "name": "" if contact is None else contact.name,
            "role": row.role,
            "kind": "nobody" if contact is None else ("device" if person is None else "person"),
            "channel": row.channel,
            "step": row.step + 1,
            "round": row.round + 1,
            "due": row.due,
            "created": row.created,
            "stage": row.stage.value,
            "changed": row.changed,
            "reached": row.stage in _REACHED,
            "reason": row.reason,
            "attempts": row.attempts,
            "recall": row.recall.value,
            "steps": [
                NotificationStepView.model_validate(
                    {"stage": step.stage, "time": step.time, "reason": step.reason}
                )
                for step in steps
            ],
        }
    )


def _reach(person: str, contact: Contact, ways: Iterable[WayState]) -> ReachView:
    told = [WayView(channel=way.channel, works=way.works, reason=way.reason) for way in ways]
    return ReachView(person=person, name=contact.name, ways=told)
