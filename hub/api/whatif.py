"""What a change of limits would have done to the recorded past, before somebody signs it."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request

from devices.errors import ConfigError, DecodeError
from devices.limits import Limit, Priority
from devices.nomenclature import metric
from hub import standing
from hub.alerting.rules.file import parse
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Account, Signer, services_of
from hub.api.services import Services
from hub.api.sight import must_see, sight_of
from hub.api.whatif_jobs import BusyError, Job, WhatIfJobs
from hub.api.whatif_models import LimitChange, WhatIfJob, WhatIfRequest, WhatIfResult
from hub.auth.care import Sight
from hub.config import read_rules
from hub.store import records
from hub.whatif_worker import Change, Task

router = APIRouter(prefix="/api/v1", tags=["what-if"])

DRAFT = "draft"
"Id of a limit that is not prescribed yet."


@router.post("/what-if", operation_id="ask_what_if", status_code=HTTPStatus.ACCEPTED)
async def ask(question: WhatIfRequest, account: Signer, request: Request) -> WhatIfJob:
    """Begin to compute what a change would have done to the last days; ask for the answer by the job's id.

    A process of its own computes it, one question at a time; 429 `too_many` when too many wait.
    """
    services = services_of(request)
    jobs = _jobs(services)
    await must_see(request, account, question.resident)
    for number, change in enumerate(question.changes):
        _known_metric(change, number)
    _check_rules(question.rules)
    task = jobs.make()
    if question.resident is not None:
        await run_sync(_check, services, task, question.resident, question.changes)
    changes = tuple(_change(change, number) for number, change in enumerate(question.changes))
    task = msgspec.structs.replace(
        task, days=question.days, resident=question.resident, changes=changes, trial=question.rules
    )
    try:
        return _view(jobs.ask(task, account.username, services.clock.utc()))
    except BusyError as error:
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too_many", str(error)) from None


@router.get("/what-if", operation_id="list_what_if")
async def list_jobs(account: Signer, request: Request) -> list[WhatIfJob]:
    """List the questions of late, newest first, without their answers."""
    sight = await sight_of(request, account)
    jobs = _jobs(services_of(request)).jobs()
    return [_view(job, whole=False) for job in jobs if sight.sees(job.task.resident)]


@router.get("/what-if/{job}", operation_id="get_what_if")
async def get(job: str, account: Signer, request: Request) -> WhatIfJob:
    """Tell how far an answer is, and the answer when it is there."""
    found = await _seen(request, account, job)
    return _in_sight(_view(found), await sight_of(request, account))


@router.delete("/what-if/{job}", operation_id="cancel_what_if")
async def cancel(job: str, account: Signer, request: Request) -> WhatIfJob:
    """End a question; one that is answered stays so."""
    services = services_of(request)
    found = await _seen(request, account, job)
    await _jobs(services).cancel(found)
    return _view(found)


def _jobs(services: Services) -> WhatIfJobs:
    if services.whatif is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "what_if_unavailable", "this hub cannot ask its past"
        )
    return services.whatif


def _find(services: Services, key: str) -> Job:
    found = _jobs(services).get(key)
    if found is None:
        raise unknown("what_if", key)
    return found


async def _seen(request: Request, account: Account, key: str) -> Job:
    """Return a question whose resident one sees."""
    found = _find(services_of(request), key)
    await must_see(request, account, found.task.resident)
    return found


def _in_sight(view: WhatIfJob, sight: Sight) -> WhatIfJob:
    """Return an answer without the residents whom one does not see; what it counts of all stays."""
    if view.result is None:
        return view
    lists = ("residents", "missed", "appeared")
    seen = {name: [one for one in getattr(view.result, name) if sight.sees(one.resident)] for name in lists}
    seen["shifted"] = [one for one in view.result.shifted if sight.sees(one.alarm.resident)]
    return view.model_copy(update={"result": view.result.model_copy(update=seen)})


def _known_metric(change: LimitChange, number: int) -> None:
    if change.limit is None:
        return
    try:
        metric(change.limit.metric)
    except DecodeError:
        raise invalid(
            f"body.changes.{number}.limit.metric", f"{change.limit.metric!r} is no metric"
        ) from None


def _check_rules(text: str | None) -> None:
    if text is None:
        return
    try:
        parse(text, "rules")
    except ConfigError as error:
        raise invalid("body.rules", str(error)) from None


def _check(services: Services, task: Task, resident: str, changes: list[LimitChange]) -> None:
    now = services.clock.utc()
    with services.database.read() as connection:
        if resident not in records.residents(connection):
            raise unknown("resident", resident)
        found = standing.read_papers(connection, now).standing(read_rules(task.rules), resident, now)
    theirs = {limit.id for limit in found.limits}
    for change in changes:
        if change.replaces is not None and change.replaces not in theirs:
            raise unknown("limit", change.replaces)


def _change(change: LimitChange, number: int) -> Change:
    draft = change.limit
    if draft is None:
        return Change(change.replaces, None)
    limit = Limit(
        # The same id as the limit whose place it takes, so that an alarm that stays is the same one.
        change.replaces or f"{DRAFT}-{number}",
        draft.metric,
        Priority(draft.priority),
        draft.low,
        draft.high,
        draft.delay,
        draft.hysteresis,
        draft.gap,
        draft.area,
    )
    return Change(change.replaces, limit)


def _view(job: Job, *, whole: bool = True) -> WhatIfJob:
    return WhatIfJob(
        id=job.id,
        asked=job.asked,
        author=job.author,
        resident=job.task.resident,
        days=job.task.days,
        state=job.state,
        progress=job.progress,
        problem=job.problem,
        result=WhatIfResult.model_validate(job.result) if whole and job.result is not None else None,
    )
