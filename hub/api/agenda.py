"""What waits for whom, what is planned today, and consultations that are looked at again because they were not the right way."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from devices.clock import SECOND, to_datetime
from hub.acts import waiting
from hub.acts.machines import expertise
from hub.acts.machines.consultation import State
from hub.acts.model import DAY, Act
from hub.acts.slots import Slot, holds
from hub.api import agenda_models as models
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Account, Carer, Coordinator, Signer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.auth.care import Sight
from hub.store import acts, records, slots
from hub.store.records import AuditEntry
from hub.store.slots import Reminder, Reoriented, Review

router = APIRouter(prefix="/api/v1/agenda", tags=["agenda"])

LOOKED_AT: Final = 92 * DAY
"How far back reoriented consultations are listed."
_SENT: Final = "sent"

Names = Mapping[str, str]


@router.get("", operation_id="get_agenda")
async def get_agenda(account: Carer, request: Request) -> models.AgendaView:
    """Return every open act that one may see, late ones first, and today's planned consultations."""
    services, sight = services_of(request), await sight_of(request, account)
    return await run_sync(_agenda, services, sight)


@router.get("/reoriented", operation_id="list_reoriented")
async def list_reoriented(account: Signer, request: Request) -> models.ReorientedList:
    """Return the consultations that ended elsewhere in the last three months, the newest first."""
    services, sight = services_of(request), await sight_of(request, account)
    return await run_sync(_reoriented, services, sight)


@router.post("/reoriented/{act}", operation_id="review_reoriented")
async def review_reoriented(
    act: str, given: models.ReviewIn, account: Coordinator, request: Request
) -> models.ReorientedList:
    """Write down what was found when a reoriented consultation was looked at again; it is said once."""
    services, sight = services_of(request), await sight_of(request, account)
    await run_sync(_review, services, act, given.sentence, account)
    return await run_sync(_reoriented, services, sight)


def midnight(now: int, zone: ZoneInfo, later: int = 0) -> int:
    """Return the midnight before a time by the ward's clock, or that of so many days later; microseconds UTC."""
    day = to_datetime(now).astimezone(zone).date() + datetime.timedelta(days=later)
    return round(datetime.datetime.combine(day, datetime.time(), zone).timestamp()) * SECOND


# ---- in a thread ----


def _agenda(services: Services, sight: Sight) -> models.AgendaView:
    now, names = services.clock.utc(), names_of(services)
    begins, ends = midnight(now, services.zone), midnight(now, services.zone, 1)
    with services.database.read() as connection:
        found = [act for act in slots.open_acts(connection) if sight.sees(act.resident)]
        steps = acts.steps(connection, [act.id for act in found])
        today = [act for act in slots.planned(connection, begins, ends) if sight.sees(act.resident)]
        held = slots.slots_of(connection, [act.id for act in (*found, *today)])
        told = slots.reminders(connection, [act.id for act in today])
    lived = services.live.ward.roll.inhabitants
    rows = [(waiting.waiting(act, steps[act.id]), act) for act in found if act.resident in lived]
    rows.sort(key=lambda row: waiting.order(row[0], now))
    return models.AgendaView(
        time=now,
        day=begins,
        items=[_item(act, waits, held.get(act.id), names, now) for waits, act in rows],
        planned=[_planned(act, held.get(act.id), told, names, now) for act in today if act.resident in lived],
    )


def _item(act: Act, waits: waiting.Waiting, slot: Slot | None, names: Names, now: int) -> models.AgendaItem:
    physician = "" if slot is None or not holds(act, slot) else names.get(slot.physician, slot.physician)
    return models.AgendaItem.model_validate(
        {
            "act": act.id,
            "kind": act.kind.value,
            "state": act.state,
            "resident": act.resident,
            "reason": act.reason,
            "author_name": names.get(act.author, act.author),
            "opened": act.opened,
            "since": waits.since,
            "whom": waits.whom.value,
            "named": names.get(waits.named, waits.named) or physician,
            "due": waits.due,
            "late": waits.late(now),
        }
    )


def _planned(
    act: Act, slot: Slot | None, told: Sequence[Reminder], names: Names, now: int
) -> models.AgendaPlanned:
    at = slots.at_of(act)
    mine = None if slot is None or not holds(act, slot) else slot
    return models.AgendaPlanned(
        act=act.id,
        state=act.state,
        resident=act.resident,
        reason=act.reason,
        at=at,
        minutes=None if mine is None else mine.minutes,
        physician_name="" if mine is None else names.get(mine.physician, mine.physician),
        late=act.state == State.PLANNED and at < now,
        reminded=[
            names.get(each.recipient, each.recipient)
            for each in told
            if (each.act, each.at, each.state) == (act.id, at, _SENT)
        ],
    )


def _reoriented(services: Services, sight: Sight) -> models.ReorientedList:
    names, now = names_of(services), services.clock.utc()
    rules = services.questionnaire
    titles = {} if rules is None else {key: motif.title for key, motif in rules.motifs.items()}
    with services.database.read() as connection:
        found = slots.reoriented(connection, now - LOOKED_AT)
    items = [_looked_at(each, titles, names) for each in found if sight.sees(each.act.resident)]
    return models.ReorientedList(items=items, open=sum(item.reviewed is None for item in items))


def _looked_at(each: Reoriented, titles: Mapping[str, str], names: Names) -> models.ReorientedView:
    review = each.review
    return models.ReorientedView.model_validate(
        {
            "act": each.act.id,
            "resident": each.act.resident,
            "state": each.act.state,
            "closed": each.act.closed or 0,
            "reoriented_to": str(each.act.fields.get("reoriented_to", "")),
            "reason": each.reason,
            "asked_for": each.act.reason,
            "triage": each.triage,
            "motif_title": titles.get(each.motif, each.motif),
            "outcome": each.outcome,
            "reviewed": None if review is None else review.time,
            "reviewed_by": "" if review is None else names.get(review.author, review.author),
            "sentence": "" if review is None else review.sentence,
        }
    )


def _review(services: Services, key: str, sentence: str, account: Account) -> None:
    now, said = services.clock.utc(), " ".join(sentence.split())
    if not said:
        raise invalid("body.sentence", "is empty")
    with services.database.write() as connection:
        if key not in {each.act.id for each in slots.reoriented(connection, now - LOOKED_AT)}:
            raise unknown("act", key)
        before = slots.review(connection, key)
        if before is not None:
            if (before.author, before.sentence) == (account.username, said):
                return
            raise RefusedError(HTTPStatus.CONFLICT, "changed_meanwhile", f"act {key[:64]!r} was reviewed")
        slots.save_review(connection, Review(key, now, account.username, said))
        records.audit(connection, AuditEntry(now, account.username, "act_reviewed", key, said))


def names_of(services: Services) -> Names:
    """Return display names by user name, and those of groups of experts by what questions call them; blocks on the store."""
    groups = {expertise.group(key): name for key, name in services.experts.names.items()}
    return {user.username: user.display_name for user in services.accounts.users()} | groups
