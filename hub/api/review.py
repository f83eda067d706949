"""The periodic review of télésurveillance: what was measured, what rang, what was done since the last one; all of it from the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import Connection

from hub import timeline
from hub.acts.adherence import Mark, Meter, Share
from hub.acts.machines.surveillance import Event
from hub.acts.model import Act, Kind, Role, Step, possible
from hub.acts.registry import MACHINES
from hub.alerting.model import Alert, Transition
from hub.alerting.model import Event as AlertEvent
from hub.api import review_models as models
from hub.api.acts_views import head_view, timeline_view
from hub.api.agenda import Names, names_of
from hub.api.problems import RefusedError, unknown
from hub.api.security import Account, Carer, services_of
from hub.api.services import Services
from hub.following import Followed, Following, looked_at, parameters
from hub.store import acts, journal, prescribing
from hub.timeline import Span

router = APIRouter(prefix="/api/v1/acts", tags=["acts"])

ALARMS: Final = 200
"Alarms that are listed one by one."
COUNTED: Final = 10_000
DONE: Final = frozenset({"act", "step", "call", "note", "triage", "paper"})
"What of the timeline says that somebody did something."
_ANSWERS: Final = frozenset({AlertEvent.ACKNOWLEDGED, AlertEvent.TAKEN})


@router.get("/{act}/adherence", operation_id="get_adherence")
async def get_adherence(act: str, account: Carer, request: Request) -> models.AdherenceView:
    """Tell on how many days what is followed was measured since the last review, why not, and how the first months stand."""
    return await run_sync(_adherence, services_of(request), act, account)


@router.get("/{act}/follow-up", operation_id="get_follow_up")
async def get_follow_up(act: str, account: Carer, request: Request) -> models.FollowUpView:
    """Return everything that a review of télésurveillance looks at."""
    return await run_sync(_follow_up, services_of(request), act, account)


# ---- in a thread ----


def _adherence(services: Services, key: str, account: Account) -> models.AdherenceView:
    act, steps = _found(services, key)
    services.accounts.audit(services.clock.utc(), account.username, "adherence_read", key, "")
    return _adherence_view(act, _followed(services, act, steps))


def _follow_up(services: Services, key: str, account: Account) -> models.FollowUpView:
    act, steps = _found(services, key)
    now, names = services.clock.utc(), names_of(services)
    services.accounts.audit(now, account.username, "follow_up_read", key, "")
    followed, last = _followed(services, act, steps), looked_at(steps)
    since = act.opened if last is None else last.time
    with services.database.read() as connection:
        found = journal.alerts(connection, resident=act.resident, since=since, limit=COUNTED)
        alerts = [alert for alert in found if not alert.technical]
        history = journal.transitions(connection, [alert.id for alert in alerts])
        line = timeline.read(connection, act.resident, Span(since, now + 1), DONE)
        limits = list(_limits(connection, act.resident, since, names))
    done = [item for item in timeline_view(act.resident, line, names).items if item.link != act.id]
    gestures = possible(act, MACHINES[act.kind], Role(account.role.value))
    review = next((step for step in reversed(steps) if step.event == Event.REVIEW), None)
    return models.FollowUpView(
        head=head_view(act, names),
        number=act.version,
        time=now,
        may_review=Event.REVIEW in gestures,
        since=None if last is None else last.time,
        since_event="" if last is None else last.event,
        since_name="" if last is None else names.get(last.author, last.author),
        last_findings="" if review is None else str(review.fields.get("findings", "")),
        parameters=parameters(act),
        frequency=str(act.fields.get("frequency", "")),
        until=_time(act, "until"),
        review_days=_time(act, "review_days"),
        adherence=_adherence_view(act, followed),
        counts=_counts(alerts, history),
        alarms=[_alarm(alert, history[alert.id], names) for alert in alerts[:ALARMS]],
        more_alarms=len(alerts) > ALARMS,
        done=done,
        limits=limits,
    )


def _found(services: Services, key: str) -> tuple[Act, tuple[Step, ...]]:
    with services.database.read() as connection:
        act = acts.find(connection, key)
        if act is None:
            raise unknown("act", key)
        steps = acts.steps(connection, [key])[key]
    if act.kind is not Kind.SURVEILLANCE:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "not_surveillance",
            f"act {key[:64]!r} is a {act.kind.value}, nothing is followed",
        )
    return act, steps


def _followed(services: Services, act: Act, steps: Sequence[Step]) -> Followed:
    until = services.clock.utc() if act.closed is None else act.closed
    following = Following(services.database, services.timeseries, services.zone)
    return following.followed(act, steps, until)


def _time(act: Act, name: str) -> int | None:
    said = act.fields.get(name)
    return said if isinstance(said, int) else None


# ---- what is said ----


def _adherence_view(act: Act, followed: Followed) -> models.AdherenceView:
    return models.AdherenceView(
        act=act.id,
        resident=act.resident,
        begun=followed.begun,
        since=followed.since,
        together=_share(followed.together),
        meters=[_meter(meter, followed.months.get(meter.metric, ())) for meter in followed.meters],
    )


def _meter(meter: Meter, marks: Sequence[Mark]) -> models.MeterView:
    return models.MeterView.model_validate(
        {
            "metric": meter.metric,
            "share": _share(meter.share),
            "missing": {cause.value: days for cause, days in meter.missing.items()},
            "gaps": [
                {"start": gap.span.start, "end": gap.span.end, "days": gap.days, "cause": gap.cause.value}
                for gap in meter.gaps
            ],
            "marks": [
                {"month": number, "share": _share(mark.share), "over": mark.over, "reached": mark.reached}
                for number, mark in enumerate(marks, 1)
            ],
        }
    )


def _share(share: Share) -> models.ShareView:
    return models.ShareView(counted=share.counted, covered=share.covered, value=share.value)


def _counts(alerts: Sequence[Alert], history: dict[str, list[Transition]]) -> list[models.ReviewCount]:
    times = Counter((alert.code.value, alert.metric) for alert in alerts)
    missed = Counter(
        (alert.code.value, alert.metric) for alert in alerts if _answer(history[alert.id]) is None
    )
    return [
        models.ReviewCount(code=code, metric=metric, times=count, unanswered=missed[code, metric])
        for (code, metric), count in times.most_common()
    ]


def _answer(steps: Sequence[Transition]) -> Transition | None:
    return next((step for step in steps if step.event in _ANSWERS), None)


def _alarm(alert: Alert, steps: Sequence[Transition], names: Names) -> models.ReviewAlarm:
    answer = _answer(steps)
    return models.ReviewAlarm(
        id=alert.id,
        code=alert.code.value,
        metric=alert.metric,
        priority=alert.priority.value,
        raised=alert.raised,
        cleared=alert.cleared,
        value=alert.value,
        limit=alert.limit,
        detail=alert.detail,
        answered=None if answer is None else answer.time,
        answered_by="" if answer is None else names.get(answer.author, answer.author),
        reason="" if answer is None else answer.reason,
    )


def _limits(connection: Connection, resident: str, since: int, names: Names) -> Iterator[models.ReviewLimit]:
    papers = {paper.id: paper for paper in prescribing.limits(connection, resident)}
    steps = [step for each in prescribing.steps(connection, papers).values() for step in each]
    for step in sorted(steps, key=lambda step: -step.time):
        limit = papers[step.paper].limit
        if step.time >= since:
            yield models.ReviewLimit(
                time=step.time,
                act=step.act.value,
                metric=limit.metric,
                low=limit.low,
                high=limit.high,
                priority=limit.priority.value,
                author_name=names.get(step.author, step.author),
                reason=step.reason,
            )
