"""What a home's acts came to, for who runs it; what of that may leave it, as a file and on two pages; several homes together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from devices.clock import to_datetime
from hub.acts.activity import Activity, Hidden, PeriodError, Value, before, month_of, months
from hub.acts.activity_file import ActivityFileError, Region, Sum, SumRow, add, read, write
from hub.acts.disclosure import leaving
from hub.acts.documents import activity as report
from hub.acts.documents.model import PaperError
from hub.acts.documents.pdf import PrinterError, pdf
from hub.api.activity_models import (
    ActivityView,
    CellView,
    FigureView,
    MonthsQuery,
    RegionFigureView,
    RegionOrder,
    RegionView,
    SumView,
)
from hub.api.problems import RefusedError, invalid
from hub.api.security import Account, Coordinator, services_of
from hub.api.services import Services
from hub.counting import Asked, home_activity
from hub.store import records
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["activity"])

USUAL: Final = 3
"Months of a report, when none are named: those that are over."
LEFT: Final = "activity_left"
"Action of the audit: figures were handed out in a form that is made to leave the home."
_CSV: Final = "text/csv; charset=utf-8"
_PDF: Final = "application/pdf"

Months = Annotated[MonthsQuery, Query()]


@router.get("/activity", operation_id="get_activity")
async def get_activity(query: Months, _account: Coordinator, request: Request) -> ActivityView:
    """Count the acts of some months: every figure, for who runs the home."""
    services = services_of(request)
    found = await _counted(services, query)
    return ActivityView(
        home=found.home,
        months=list(found.months),
        figures=[
            FigureView(
                area=row.area,
                figure=row.figure,
                unit=row.unit.value,
                months=[_cell(each) for each in row.months],
                total=_cell(row.total),
            )
            for row in found.rows
        ],
        now=services.clock.utc(),
    )


@router.get(
    "/activity/file",
    operation_id="get_activity_file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_activity_file(query: Months, account: Coordinator, request: Request) -> Response:
    """Return the figures that may leave the home as CSV; that they were asked for is written down."""
    services = services_of(request)
    found = leaving(await _counted(services, query))
    await run_sync(_audit, services, account, found)
    return download(write(found).encode(), _CSV, f"activite-{found.months[0]}-{found.months[-1]}.csv")


@router.get(
    "/activity/pdf",
    operation_id="get_activity_pdf",
    response_class=Response,
    responses={200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_activity_pdf(query: Months, account: Coordinator, request: Request) -> Response:
    """Return the figures that may leave the home on two pages, PDF/A; that they were asked for is written down."""
    services = services_of(request)
    found = leaving(await _counted(services, query))
    made = await _printed(services, account, [found])
    await run_sync(_audit, services, account, found)
    return download(made, _PDF, f"activite-{found.months[0]}-{found.months[-1]}.pdf")


@router.post("/activity/region", operation_id="add_activity")
async def add_activity(
    query: Months, given: RegionOrder, _account: Coordinator, request: Request
) -> RegionView:
    """Add other homes' files to this home's figures: only what may leave each; nothing of it is kept."""
    region = _added(await _together(services_of(request), query, given))
    return RegionView(
        homes=list(region.homes), months=list(region.months), figures=[_sum_row(row) for row in region.rows]
    )


@router.post(
    "/activity/region/pdf",
    operation_id="print_region",
    response_class=Response,
    responses={200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def print_region(query: Months, given: RegionOrder, account: Coordinator, request: Request) -> Response:
    """Return this home's figures and other homes' files on paper, PDF/A; that this home's left is written down."""
    services = services_of(request)
    homes = await _together(services, query, given)
    made = await _printed(services, account, homes)
    await run_sync(_audit, services, account, homes[0])
    return download(made, _PDF, f"activite-region-{homes[0].months[0]}-{homes[0].months[-1]}.pdf")


# ---- parts ----


def asked(services: Services, query: MonthsQuery) -> Asked:
    """Return the months that a query names.

    Raises:
        RefusedError: 422 `invalid_request`.
    """
    now, zone = services.clock.utc(), services.zone
    try:
        last = query.last or before(month_of(now, zone), 1)
        return Asked(months(query.first or before(last, USUAL - 1), last), zone, now)
    except PeriodError as error:
        raise invalid("query.from", str(error)) from None


async def within(services: Services, work: Callable[[Connection], Activity]) -> Activity:
    """Read in a thread.

    Raises:
        RefusedError: 422 `invalid_request`, when the months cannot be a period.
    """

    def reading() -> Activity:
        with services.database.read() as connection:
            return work(connection)

    try:
        return await run_sync(reading)
    except PeriodError as error:
        raise invalid("query.from", str(error)) from None


async def _counted(services: Services, query: MonthsQuery) -> Activity:
    wanted = asked(services, query)
    return await within(services, lambda connection: home_activity(connection, wanted))


async def _together(services: Services, query: MonthsQuery, given: RegionOrder) -> list[Activity]:
    own = leaving(await _counted(services, query))
    others = []
    for place, text in enumerate(given.files):
        try:
            others.append(read(text))
        except ActivityFileError as error:
            raise _refused(f"file {place + 1}, {error}") from None
    homes = [own, *others]
    _added(homes)
    return homes


def _added(homes: Sequence[Activity]) -> Region:
    try:
        return add(homes)
    except ActivityFileError as error:
        raise _refused(str(error)) from None


def _refused(text: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_file", text)


async def _printed(services: Services, account: Account, homes: Sequence[Activity]) -> bytes:
    desk = services.papers
    if desk is None:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_papers", "this hub makes no papers")
    now, zone = services.clock.utc(), services.zone
    created = to_datetime(now).astimezone(zone).isoformat(timespec="seconds")
    body = report.body(homes, report.Print(now, zone))
    try:
        return await run_sync(
            desk.work.lay_out,
            lambda: pdf(report.TITLE, account.display_name, created, body, pages=report.PAGES),
        )
    except PrinterError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "no_printer", str(error)) from None
    except PaperError as error:
        raise RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "paper_refused", str(error)) from None


def _audit(services: Services, account: Account, left: Activity) -> None:
    entry = AuditEntry(
        services.clock.utc(), account.username, LEFT, left.home, f"{left.months[0]} to {left.months[-1]}"
    )
    with services.database.write() as connection:
        records.audit(connection, entry)


def download(body: bytes, kind: str, name: str) -> Response:
    """Return a file that a browser saves under a name."""
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _cell(value: Value) -> CellView:
    if isinstance(value, Hidden):
        return CellView(value=None, hidden=True)
    return CellView(value=value, hidden=False)


def _sum(value: Sum) -> SumView:
    return SumView(value=value.value, at_least=value.at_least)


def _sum_row(row: SumRow) -> RegionFigureView:
    return RegionFigureView(
        area=row.area,
        figure=row.figure,
        unit=row.unit.value,
        homes=[_cell(each) for each in row.homes],
        months=[_sum(each) for each in row.months],
        total=_sum(row.total),
    )
