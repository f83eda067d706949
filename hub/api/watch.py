"""Who is watching now."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request

from hub.alerting.watch import Place, Watched
from hub.api.problems import RefusedError
from hub.api.security import Carer, services_of
from hub.api.services import Services, WatchDesk
from hub.api.sight import sight_of
from hub.api.watch_models import HoleView, HumanView, ResidentWatch, TrialView, WatchView
from hub.synthetic import Trial

router = APIRouter(prefix="/api/v1", tags=["watch"])


@router.get("/watch", operation_id="get_watch")
async def get_watch(account: Carer, request: Request) -> WatchView:
    """Tell for every resident whether sensor, device, hub and a human who can be reached watch them now."""
    services, sight = services_of(request), await sight_of(request, account)
    watching = desk(services).watching
    inhabitants = services.live.ward.roll.inhabitants
    found = [one for who, one in watching.watched.items() if who in inhabitants and sight.sees(who)]
    return WatchView(
        time=services.clock.utc(),
        hub=watching.problem,
        humans=[HumanView(name=h.name, way=h.way, proven=h.proven) for h in watching.humans],
        trial=_trial(watching.trial),
        arrived=_trial(watching.arrived),
        residents=[_resident(one) for one in found],
    )


def desk(services: Services) -> WatchDesk:
    """Return what knows of the watch.

    Raises:
        RefusedError: 503 `watch_unavailable`, this hub was made without.
    """
    if services.watch is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "watch_unavailable", "nobody looks who is watching"
        )
    return services.watch


def _resident(one: Watched) -> ResidentWatch:
    last = {link.place: link.last for link in one.links}
    hole = one.hole
    return ResidentWatch(
        resident=one.resident,
        rounds=one.rounds,
        hole=None if hole is None else HoleView(place=hole.place.value, since=hole.since, reason=hole.reason),
        measured=last.get(Place.SENSOR),
        heard=last.get(Place.EDGE),
    )


def _trial(trial: Trial | None) -> TrialView | None:
    if trial is None:
        return None
    return TrialView(started=trial.started, ended=trial.ended, place=trial.place.value, unheard=trial.unheard)
