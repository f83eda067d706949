"""Questions to experts: who may be asked, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from hub.acting import PICTURES
from hub.acts.machines import expertise
from hub.acts.model import DAY, Act, Kind, Step
from hub.api import expertises_models as models
from hub.api.agenda import names_of
from hub.api.models import Role
from hub.api.security import Account, Carer, require_session, services_of
from hub.api.services import Services
from hub.api.sight import looks_of, sight_of
from hub.auth.care import Sight
from hub.store import acts

router = APIRouter(prefix="/api/v1", tags=["acts"])

ANSWERED_SINCE: Final = 30 * DAY
"How far back the questions are listed that somebody answered."
_READ: Final = "expertises_read"
_TEXTS: Final = ("question", "topic", "urgency", "to")


@router.get("/experts", operation_id="list_experts")
async def list_experts(_account: Carer, request: Request) -> models.ExpertList:
    """Return whom a question may be put to: groups first, then physicians."""
    services = services_of(request)
    users = await run_sync(services.accounts.users)
    groups = [
        models.ExpertView(
            to=expertise.group(key), name=name, group=True, members=len(services.experts.members[key])
        )
        for key, name in sorted(services.experts.names.items(), key=lambda item: item[1])
    ]
    people = [
        models.ExpertView(to=user.username, name=user.display_name, group=False, members=1)
        for user in sorted(users, key=lambda user: user.display_name)
        if user.role == Role.PHYSICIAN
    ]
    return models.ExpertList(items=[*groups, *people])


@router.get("/expertises", operation_id="list_expertises")
async def list_expertises(account: Carer, request: Request) -> models.QuestionList:
    """Return the questions that wait: to a physician those that are put to them or a group of theirs, else all of the home's."""
    services = services_of(request)
    sight = await sight_of(request, account)
    now = services.clock.utc()
    # A page asks every few seconds for as long as it is open: that they were read is written down once an hour.
    session = (await require_session(request)).session
    if looks_of(request).new(session.digest, account.username, _READ, now):
        await run_sync(_written_down, services, account, now)
    return await run_sync(_questions, services, account, sight, now)


def _written_down(services: Services, account: Account, now: int) -> None:
    services.accounts.audit(now, account.username, _READ, account.username, "")


def _questions(services: Services, account: Account, sight: Sight, now: int) -> models.QuestionList:
    with services.database.read() as connection:
        waits = acts.in_states(connection, Kind.EXPERTISE, expertise.WAITING)
        done = acts.done_by(
            connection, Kind.EXPERTISE, expertise.Event.ANSWER, account.username, now - ANSWERED_SINCE
        )
        steps = acts.steps(connection, [act.id for act in (*waits, *done)])
    names = names_of(services)

    def views(found: Iterable[Act]) -> list[models.QuestionView]:
        return [_view(act, steps[act.id], names, now) for act in found if sight.sees(act.resident)]

    if account.role is Role.PHYSICIAN:
        mine = {account.username, *services.experts.asked_as(account.username)}
        waits = [act for act in waits if act.fields.get("to") in mine]
    # What is due first is on top.
    open_ = sorted(views(waits), key=lambda view: (view.answer_by or 0, view.act))
    others = [
        each for each in open_ if account.role is Role.PHYSICIAN and each.holder not in {"", account.username}
    ]
    answered = [view for view in views(done) if view.answered is not None]
    return models.QuestionList(
        time=now,
        items=[view for view in open_ if view not in others],
        taken=others,
        answered=sorted(answered, key=lambda view: -(view.answered or 0)),
    )


def _view(act: Act, steps: Sequence[Step], names: Mapping[str, str], now: int) -> models.QuestionView:
    said = {name: text for name in _TEXTS if isinstance(text := act.fields.get(name), str)}
    to, sent = said.get("to", ""), act.fields.get(expertise.SENT_AT)
    holder, pictures = expertise.holder(steps) or "", act.fields.get(PICTURES)
    answer_by = expertise.due_by(act.fields, steps)
    waits = act.state in expertise.WAITING
    answers = [step.time for step in steps if step.event == expertise.Event.ANSWER]
    return models.QuestionView(
        act=act.id,
        resident=act.resident,
        state=act.state,
        question=said.get("question", ""),
        topic=said.get("topic", ""),
        urgency=said.get("urgency", ""),
        to_name=names.get(to, to),
        author_name=names.get(act.author, act.author),
        sent=sent if isinstance(sent, int) else act.opened,
        answer_by=answer_by,
        late=waits and answer_by is not None and now >= answer_by,
        pictures=len(pictures) if isinstance(pictures, list) else 0,
        holder=holder,
        holder_name=names.get(holder, holder),
        informed=waits and steps[-1].event == expertise.Event.COMPLETE,
        answered=answers[-1] if answers else None,
    )
