"""Papers: report, liaison file, SAED sheet; made of what the hub knows, signed, sent by secure mail to a recorded recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Final

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from hub.acts.documents.french import seconds
from hub.acts.documents.model import Kind, PaperError, Saed
from hub.acts.documents.pdf import PrinterError
from hub.acts.documents.script import spoken
from hub.api.models import Role
from hub.api.papers_models import (
    DispatchView,
    PaperIn,
    PaperList,
    PaperSend,
    PaperView,
    SaedView,
    SpokenPart,
)
from hub.api.problems import RefusedError, invalid
from hub.api.security import Account, Carer, services_of
from hub.api.services import PaperDesk, Services
from hub.notify.email_message import address
from hub.paperwork import FIELDS, SAED_FIELDS, PaperworkError, Wish
from hub.store import papers, records
from hub.store.papers import DispatchRecord, PaperRecord, Sending, SignedError
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["papers"])

SIGNS: Final[Mapping[Kind, frozenset[Role]]] = {
    Kind.REPORT: frozenset({Role.PHYSICIAN}),
    Kind.LIAISON: frozenset({Role.PHYSICIAN, Role.COORDINATOR, Role.NURSE}),
    Kind.SAED: frozenset({Role.PHYSICIAN, Role.COORDINATOR, Role.NURSE}),
}
"Who may sign what: a report is a physician's; a file that goes with a resident at night is signed by who sends them off."
_STATUS: Final = {"changed_meanwhile": HTTPStatus.CONFLICT}
_PDF: Final = "application/pdf"


@router.get("/residents/{resident}/saed", operation_id="get_saed")
async def get_saed(resident: str, account: Carer, request: Request) -> SaedView:
    """Return the SAED sheet of now, filled from facts; that it was read is written down."""
    return await _saed(request, resident, account, {})


@router.post("/residents/{resident}/saed", operation_id="draft_saed")
async def draft_saed(resident: str, given: PaperIn, account: Carer, request: Request) -> SaedView:
    """Return the SAED sheet of now with what somebody typed; nothing is kept."""
    _check(Kind.SAED, given)
    return await _saed(request, resident, account, given.fields)


@router.post("/residents/{resident}/papers", operation_id="make_paper", status_code=HTTPStatus.CREATED)
async def make_paper(resident: str, given: PaperIn, account: Carer, request: Request) -> PaperView:
    """Make a paper, or the next version of one (`replaces`)."""
    kind = Kind(given.kind)
    _check(kind, given)
    services, desk = services_of(request), _desk(request)
    wish = Wish(resident, kind, account.username, given.fields, given.act, given.call, given.replaces)
    try:
        made = await run_sync(desk.work.make, wish)
    except (PaperworkError, PaperError) as error:
        raise _refused(error) from None
    return await run_sync(_view, services, made)


@router.get("/residents/{resident}/papers", operation_id="list_papers")
async def list_papers(resident: str, _account: Carer, request: Request) -> PaperList:
    """Return the papers of a resident, every version, newest first."""
    services = services_of(request)

    def read() -> list[PaperView]:
        with services.database.read() as connection:
            found = papers.of_resident(connection, resident)
        return [_view(services, each) for each in found]

    return PaperList(items=await run_sync(read), mail=_desk(request).mail is not None)


@router.get("/papers/{paper}", operation_id="get_paper")
async def get_paper(paper: str, _account: Carer, request: Request) -> PaperView:
    """Return a version of a paper, and where it went."""
    services = services_of(request)
    return await run_sync(_view, services, await _found(request, paper))


@router.get(
    "/papers/{paper}/pdf",
    operation_id="get_paper_pdf",
    response_class=Response,
    responses={200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_paper_pdf(paper: str, account: Carer, request: Request) -> Response:
    """Return the file of a paper; who read it is written down."""
    body, _ = await _files(request, paper, account, "paper_read")
    return Response(body, media_type=_PDF, headers={"content-disposition": "inline"})


@router.get(
    "/papers/{paper}/cda",
    operation_id="get_paper_cda",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
async def get_paper_cda(paper: str, account: Carer, request: Request) -> Response:
    """Return the CDA of a signed paper, ready for the DMP as a file; 409 `not_signed` before."""
    _, envelope = await _files(request, paper, account, "paper_exported")
    if envelope is None:
        raise _not_signed(paper)
    return Response(envelope, media_type="application/xml", headers={"content-disposition": "attachment"})


@router.post("/papers/{paper}/sign", operation_id="sign_paper")
async def sign_paper(paper: str, account: Carer, request: Request) -> PaperView:
    """Sign a paper; its file says who and when, and its SHA-256 is kept."""
    services, desk = services_of(request), _desk(request)
    found = await _found(request, paper)
    if account.role not in SIGNS[Kind(found.kind)]:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "may_not_sign",
            f"a {account.role.value} signs no {found.kind}",
            role=account.role.value,
        )
    try:
        signed = await run_sync(desk.work.sign, paper, account.username)
    except SignedError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "already_signed", str(error)) from None
    except (PaperworkError, PaperError) as error:
        raise _refused(error) from None
    return await run_sync(_view, services, signed)


@router.post("/papers/{paper}/send", operation_id="send_paper", status_code=HTTPStatus.ACCEPTED)
async def send_paper(paper: str, given: PaperSend, account: Carer, request: Request) -> PaperView:
    """Send a signed paper by secure mail; who gets it is written down before it leaves.

    409 `no_mail_operator` where the home has none, 409 `not_signed`, 409 `no_address`, 422 `not_secure` for an address
    outside of the secure mail space.
    """
    services, desk = services_of(request), _desk(request)
    found = await _found(request, paper)
    if desk.mail is None:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "no_mail_operator",
            "no secure mail operator is configured: [papers.mail] in hub.toml; hand the file over another way",
        )
    if found.signed is None:
        raise _not_signed(paper)
    name, to = await run_sync(_recipient, desk, found, given)
    await run_sync(_dispatch, services, found, account, (name, to))
    desk.mail.look()
    return await run_sync(_view, services, found)


def _recipient(desk: PaperDesk, found: PaperRecord, given: PaperSend) -> tuple[str, str]:
    name, to = given.name.strip(), given.recipient.strip()
    if to == "treating":
        treating = desk.work.treating(found.resident)
        if treating is None or not treating.mail:
            raise RefusedError(
                HTTPStatus.CONFLICT,
                "no_address",
                "the dossier names no secure mail address of a médecin traitant",
            )
        name, to = treating.name, treating.mail
    if address(to) is None or not desk.work.settings.secure(to):
        raise RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "not_secure",
            f"{to[:64]!r} is no address of the secure mail space",
        )
    return name or to, to


def _dispatch(services: Services, found: PaperRecord, account: Account, to: tuple[str, str]) -> None:
    now = services.clock.utc()
    with services.database.write() as connection:
        made = DispatchRecord(0, found.id, *to, account.username, now, Sending.WAITING, due=now)
        papers.dispatch(connection, made)
        records.audit(connection, AuditEntry(now, account.username, "paper_sent", found.id, to[1]))


def _check(kind: Kind, given: PaperIn) -> None:
    if Kind(given.kind) is not kind:
        raise invalid("body.kind", f"is {given.kind}, expected {kind.value}")
    for name in given.fields:
        if name not in FIELDS[kind]:
            raise invalid(f"body.fields.{name}", f"a {kind.value} has no such field")


async def _saed(request: Request, resident: str, account: Account, fields: Mapping[str, str]) -> SaedView:
    desk = _desk(request)
    try:
        saed = await run_sync(desk.work.saed, resident, account.username, fields)
    except PaperworkError as error:
        raise _refused(error) from None
    return _saed_view(desk, resident, saed)


def _saed_view(desk: PaperDesk, resident: str, saed: Saed) -> SaedView:
    script = spoken(saed, desk.work.zone)
    known = {name: getattr(saed, name) for name in SAED_FIELDS if name != "worry"}
    known["worry"] = "" if saed.worry is None else str(saed.worry)
    return SaedView.model_validate(
        {
            "resident": resident,
            "time": saed.now,
            "script": [
                SpokenPart.model_validate({"letter": letter, "text": text}) for letter, text in script
            ],
            "seconds": seconds(" ".join(text for _, text in script)),
            "fields": known,
            "missing": sorted(name for name, text in known.items() if not text.strip()),
            "news2": None if saed.score is None else saed.score.total,
            "alert": saed.alert,
        }
    )


def _desk(request: Request) -> PaperDesk:
    desk = services_of(request).papers
    if desk is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_papers", "this hub makes no papers")
    return desk


async def _found(request: Request, key: str) -> PaperRecord:
    services, desk = services_of(request), _desk(request)

    def read() -> PaperRecord:
        with services.database.read() as connection:
            return desk.work.find(connection, key)

    try:
        return await run_sync(read)
    except PaperworkError as error:
        raise _refused(error) from None


async def _files(request: Request, key: str, account: Account, action: str) -> tuple[bytes, bytes | None]:
    services = services_of(request)
    await _found(request, key)

    def read() -> tuple[bytes, bytes | None]:
        with services.database.write() as connection:
            records.audit(connection, AuditEntry(services.clock.utc(), account.username, action, key))
            found = papers.files(connection, key)
        return (b"", None) if found is None else found

    return await run_sync(read)


def _refused(error: PaperworkError | PaperError) -> RefusedError:
    if isinstance(error, PaperworkError):
        return RefusedError(_STATUS.get(error.code, HTTPStatus.NOT_FOUND), error.code, str(error))
    if isinstance(error, PrinterError):
        return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_printer", str(error))
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "paper_refused", str(error))


def _not_signed(key: str) -> RefusedError:
    return RefusedError(HTTPStatus.CONFLICT, "not_signed", f"paper {key[:64]!r} is not signed")


def _view(services: Services, record: PaperRecord) -> PaperView:
    names = {user.username: user.display_name for user in services.accounts.users()}
    with services.database.read() as connection:
        sent = papers.dispatches(connection, [record.id])
    values = asdict(record)
    for hidden in ("content", "text"):
        del values[hidden]
    values |= {
        "fields": msgspec.json.decode(record.fields, type=dict[str, str]),
        "author_name": names.get(record.author, record.author),
        "signed_name": None if record.signed_by is None else names.get(record.signed_by, record.signed_by),
        "dispatches": [DispatchView.model_validate(_sent(each)) for each in sent],
    }
    return PaperView.model_validate(values)


def _sent(each: DispatchRecord) -> dict[str, object]:
    values = asdict(each)
    del values["paper"]
    return values | {"state": each.state.value}
