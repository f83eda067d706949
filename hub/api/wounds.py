"""Wounds of residents: photographs, measures and stages over time; every read is written down."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final, NoReturn

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from hub.acts.wounds import Measure, WoundError
from hub.api import wounds_models as models
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Carer, services_of
from hub.api.services import Services
from hub.api.wounds_views import wound_view
from hub.photographs import PhotographError
from hub.sealing import SealError
from hub.store.wounds import Points, Wound
from hub.woundcare import Seen, Shot, WoundCare

router = APIRouter(prefix="/api/v1", tags=["wounds"])

_JPEG: Final = "image/jpeg"
_STATUS: Final = {
    "unknown_wound": HTTPStatus.NOT_FOUND,
    "bad_outline": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_finding": HTTPStatus.UNPROCESSABLE_ENTITY,
}
"Anything else is a conflict with how things stand."
_SEEN: Final = ("healing", "pain", "tissue", "exudate", "odour", "infection", "note")
"What a finding says beside measures and stage."


@router.get("/residents/{resident}/wounds", operation_id="list_wounds")
async def list_wounds(resident: str, account: Carer, request: Request) -> models.WoundList:
    """Return a resident's wounds with their pictures and findings."""
    services = services_of(request)
    _lives_here(resident, services)
    found = await run_sync(_care(services).read, resident, account.username)
    names = await run_sync(_names, services)
    return models.WoundList(resident=resident, items=[wound_view(course, names) for course in found])


@router.post("/residents/{resident}/wounds", operation_id="open_wound", status_code=HTTPStatus.CREATED)
async def open_wound(
    resident: str, given: models.WoundIn, account: Carer, request: Request
) -> models.WoundView:
    """Write down that a resident has a wound."""
    services = services_of(request)
    _lives_here(resident, services)
    wound = Wound(
        given.id,
        resident,
        given.cause,
        given.region,
        given.begun.strip(),
        given.note.strip(),
        0,
        account.username,
    )
    try:
        made = await run_sync(_care(services).open, wound)
        return await run_sync(_wound, services, made.id)
    except WoundError as error:
        refuse(error)


@router.post("/wounds/{wound}/end", operation_id="close_wound")
async def close_wound(
    wound: str, given: models.WoundEnd, account: Carer, request: Request
) -> models.WoundView:
    """Write down how a wound ended."""
    services = services_of(request)
    try:
        await run_sync(_care(services).close, wound, given.outcome, account.username)
        return await run_sync(_wound, services, wound)
    except WoundError as error:
        refuse(error)


@router.post(
    "/wounds/{wound}/pictures",
    operation_id="keep_wound_picture",
    status_code=HTTPStatus.CREATED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in (_JPEG, "image/png", "image/webp")
            },
        }
    },
)
async def keep_wound_picture(
    wound: str, query: Annotated[models.PictureQuery, Query()], account: Carer, request: Request
) -> models.WoundView:
    """Keep a photograph; the body is a JPEG, PNG or WebP of at most 8 MB. What it says beside its pixels is not kept."""
    services, file = services_of(request), await request.body()
    try:
        await run_sync(_care(services).keep, wound, Shot(query.view, query.note, file), account.username)
        return await run_sync(_wound, services, wound)
    except PhotographError as error:
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            error.code,
            str(error),
            measured=error.measured,
            expected=error.expected,
        ) from None
    except WoundError as error:
        refuse(error)


@router.get(
    "/wounds/{wound}/pictures/{picture}",
    operation_id="get_wound_picture",
    response_class=Response,
    responses={200: {"content": {_JPEG: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_wound_picture(wound: str, picture: str, account: Carer, request: Request) -> Response:
    """Return a picture of a wound; who looked is written down."""
    try:
        image = await run_sync(_care(services_of(request)).look, wound, picture, account.username)
    except WoundError as error:
        refuse(error)
    except SealError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "picture_sealed", str(error)) from None
    return Response(image, media_type=_JPEG, headers={"content-disposition": "inline"})


@router.post("/wounds/{wound}/findings", operation_id="note_wound", status_code=HTTPStatus.CREATED)
async def note_wound(
    wound: str, given: models.FindingIn, account: Carer, request: Request
) -> models.WoundView:
    """Write down what was measured and seen; measures of a picture are computed here from its points."""
    services = services_of(request)
    if given.tissue is not None and sum(given.tissue.model_dump().values()) != 100:
        raise invalid("body.tissue", "the parts of the wound bed do not make 100 %")
    try:
        await run_sync(_care(services).note, wound, _seen(given), account.username)
        return await run_sync(_wound, services, wound)
    except WoundError as error:
        refuse(error)


@router.post("/wounds/{wound}/withdrawals/{what}", operation_id="withdraw_of_wound")
async def withdraw_of_wound(
    wound: str, what: str, given: models.WoundMistake, account: Carer, request: Request
) -> models.WoundView:
    """Withdraw a picture or a finding that was a mistake; that there was one stays."""
    services = services_of(request)
    try:
        await run_sync(_care(services).withdraw, wound, what, account.username, given.reason.strip())
        return await run_sync(_wound, services, wound)
    except WoundError as error:
        refuse(error)


def refuse(error: WoundError) -> NoReturn:
    """Answer that something about a wound is not done.

    Raises:
        RefusedError: always.
    """
    raise RefusedError(_STATUS.get(error.code, HTTPStatus.CONFLICT), error.code, str(error)) from None


def _seen(given: models.FindingIn) -> Seen:
    said = given.model_dump(include=set(_SEEN), exclude_none=True)
    points, shown = given.points, given.shown
    return Seen(
        given.id,
        given.picture,
        None if points is None else Points(points.scale, points.scale_mm, tuple(points.outline)),
        None if shown is None else Measure(shown.length_mm, shown.width_mm, shown.area_mm2),
        given.length_mm,
        given.width_mm,
        given.depth_mm,
        given.stage or "",
        {name: value for name, value in said.items() if value != ""},
    )


def _wound(services: Services, key: str) -> models.WoundView:
    return wound_view(_care(services).course(key), _names(services))


def _names(services: Services) -> dict[str, str]:
    return {user.username: user.display_name for user in services.accounts.users()}


def _care(services: Services) -> WoundCare:
    if services.wounds is None:
        raise RefusedError(
            HTTPStatus.SERVICE_UNAVAILABLE, "no_wounds", "this hub keeps no pictures of wounds"
        )
    return services.wounds


def _lives_here(resident: str, services: Services) -> None:
    if resident not in services.live.ward.roll.inhabitants:
        raise unknown("resident", resident)
