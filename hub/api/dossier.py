"""A resident's dossier: read by who cares for them (which is written down), written section by section."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from hub.acts.dossier import VALIDATORS, WRITERS, Section, gathered
from hub.acts.dossier_checks import DossierError, accept
from hub.acts.identity import doubts
from hub.acts.readiness import Validation, changed_since, lacks, stale
from hub.api.dossier_models import (
    DossierView,
    FaultView,
    LackView,
    ProfessionalsQuery,
    ProfessionalView,
    SectionOrder,
    SectionView,
    ValidationOrder,
    ValidationView,
)
from hub.api.prescriptions_models import PersonRef
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Account, Carer, services_of
from hub.api.services import Services
from hub.store import dossier, professionals, records
from hub.store.dossier import ChangedMeanwhileError, UnchangedError, Version
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["dossier"])

_Names = Mapping[str, str]


@router.get("/residents/{resident}/dossier", operation_id="get_dossier")
async def get_dossier(resident: str, account: Carer, request: Request) -> DossierView:
    """Return a resident's dossier; that it was read, by whom and when, is written down first."""
    services = services_of(request)

    def read() -> DossierView:
        with services.database.write() as connection:
            _must_exist(connection, resident)
            _audit(connection, services, account, "read_dossier", resident)
            return _view(connection, services, account, resident)

    return await run_sync(read)


@router.put("/residents/{resident}/dossier/{section}", operation_id="write_dossier")
async def write_dossier(
    resident: str, section: Section, order: SectionOrder, account: Carer, request: Request
) -> DossierView:
    """Write a new version of a section; what it said is kept.

    A version that is not the newest gives 409 `changed_meanwhile` with the newest; a body that cannot be so gives 422
    `invalid_section`, whose `faults` are `field:code`, separated by spaces.
    """
    services = services_of(request)
    _may(account, section, WRITERS[section])
    if order.version > 0 and not order.reason.strip():
        raise invalid("body.reason", "a correction has a reason")
    now = services.clock.utc()
    try:
        body = accept(section, order.body, _today(services, now))
    except DossierError as error:
        raise _refused(error) from None
    version = Version(resident, section, order.version + 1, now, account.username, order.reason.strip(), body)

    def write() -> DossierView:
        with services.database.write() as connection:
            _must_exist(connection, resident)
            made = dossier.write(connection, version)
            _audit(
                connection,
                services,
                account,
                "write_dossier",
                f"{resident}/{section.value}",
                f"version {made.version}",
            )
            return _view(connection, services, account, resident)

    return await _done(write)


@router.get("/residents/{resident}/dossier/{section}/versions", operation_id="list_dossier_versions")
async def list_dossier_versions(
    resident: str, section: Section, account: Carer, request: Request
) -> list[SectionView]:
    """Return every version of a section, newest first; audited like the dossier itself."""
    services = services_of(request)

    def read() -> list[SectionView]:
        with services.database.write() as connection:
            _must_exist(connection, resident)
            _audit(connection, services, account, "read_dossier_versions", f"{resident}/{section.value}")
            found = dossier.versions(connection, resident, section)
        names = _names(services)
        return [_section(version, names) for version in found]

    return await run_sync(read)


@router.post("/residents/{resident}/dossier/validation", operation_id="validate_dossier")
async def validate_dossier(
    resident: str, order: ValidationOrder, account: Carer, request: Request
) -> DossierView:
    """Say as a physician that the whole is right, for six months; the versions that were looked at are named."""
    services = services_of(request)
    _may(account, None, VALIDATORS)
    validation = Validation(services.clock.utc(), account.username, order.versions)

    def write() -> DossierView:
        with services.database.write() as connection:
            _must_exist(connection, resident)
            dossier.validate(connection, resident, validation)
            _audit(connection, services, account, "validate_dossier", resident)
            return _view(connection, services, account, resident)

    return await _done(write)


@router.get("/professionals", operation_id="find_professionals")
async def find_professionals(
    query: Annotated[ProfessionalsQuery, Query()], _account: Carer, request: Request
) -> list[ProfessionalView]:
    """Look for people of the public directory, as it was imported last; at most 20."""
    services = services_of(request)

    def read() -> list[ProfessionalView]:
        with services.database.read() as connection:
            return [
                ProfessionalView(
                    rpps=each.rpps,
                    family_name=each.family_name,
                    given_name=each.given_name,
                    profession=each.profession,
                    specialty=each.specialty,
                    place=each.place,
                    addresses=list(each.addresses),
                )
                for each in professionals.search(connection, query.q)
            ]

    return await run_sync(read)


def _view(connection: Connection, services: Services, account: Account, resident: str) -> DossierView:
    now, names = services.clock.utc(), _names(services)
    newest = dossier.newest(connection, resident)
    whole = gathered({section: version.body for section, version in newest.items()})
    versions = {section: version.version for section, version in newest.items()}
    looked = dossier.validation(connection, resident)
    return DossierView(
        resident=resident,
        now=now,
        sections={section: _section(version, names) for section, version in newest.items()},
        lacks=[LackView(section=each.section, field=each.field) for each in lacks(whole)],
        validation=None
        if looked is None
        else ValidationView(time=looked.time, author=_person(looked.author, names)),
        stale=stale(looked, versions, now),
        changed=[] if looked is None else list(changed_since(looked, versions)),
        doubts=[FaultView(field=each.field, code=each.code) for each in doubts(whole.identity)],
        may_write=[section for section in Section if account.role.value in WRITERS[section]],
        may_validate=account.role.value in VALIDATORS,
    )


def _section(version: Version, names: _Names) -> SectionView:
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(version.body))
    return SectionView(
        version=version.version,
        time=version.time,
        author=_person(version.author, names),
        reason=version.reason,
        body=body,
    )


def _person(username: str, names: _Names) -> PersonRef:
    return PersonRef(username=username, name=names.get(username, username))


def _names(services: Services) -> _Names:
    return {user.username: user.display_name for user in services.accounts.users()}


def _today(services: Services, now: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(now / 1e6, services.zone).date()


def _may(account: Account, section: Section | None, roles: frozenset[str]) -> None:
    if account.role.value not in roles:
        what = "validate a dossier" if section is None else f"write section {section.value}"
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            f"a {account.role.value} may not {what}",
            role=account.role.value,
        )


def _must_exist(connection: Connection, resident: str) -> None:
    if resident not in records.residents(connection):
        raise unknown("resident", resident)


def _audit(
    connection: Connection, services: Services, account: Account, action: str, target: str, detail: str = ""
) -> None:
    records.audit(connection, AuditEntry(services.clock.utc(), account.username, action, target, detail))


def _refused(error: DossierError) -> RefusedError:
    first = error.faults[0]
    faults = " ".join(f"{each.field}:{each.code}" for each in error.faults[:40])
    return RefusedError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_section",
        str(error),
        section=error.section.value,
        field=first.field,
        fault=first.code,
        faults=faults,
    )


async def _done(write: Callable[[], DossierView]) -> DossierView:
    try:
        return await run_sync(write)
    except ChangedMeanwhileError as error:
        raise RefusedError(
            HTTPStatus.CONFLICT, "changed_meanwhile", str(error), version=error.version
        ) from None
    except UnchangedError as error:
        raise RefusedError(HTTPStatus.CONFLICT, "no_change", str(error)) from None
