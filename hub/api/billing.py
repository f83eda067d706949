"""What acts could be billed by whom: proposals for the desk, which name residents and stay in the home. Nothing is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from hub.acts.activity import PeriodError
from hub.acts.billing import Bill, Line, Year, write
from hub.acts.billing_sums import Sum, missing, sums
from hub.api.activity import asked, download
from hub.api.activity_models import MonthsQuery
from hub.api.billing_models import (
    BillLineView,
    BillRefusalView,
    BillSumsView,
    BillSumView,
    BillView,
    BillYearView,
)
from hub.api.problems import invalid
from hub.api.security import Coordinator, services_of
from hub.api.services import Services
from hub.counting import home_bill
from hub.store import records
from hub.store.records import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["activity"])

READ: Final = "billing_read"
"Action of the audit: residents' acts were handed out as lines that may be billed."


@router.get("/billing", operation_id="get_billing")
async def get_billing(
    query: Annotated[MonthsQuery, Query()], account: Coordinator, request: Request
) -> BillView:
    """Return which acts of some months could be billed, and why the others could not; that it was read is written down."""
    bill, names = await _bill(services_of(request), query, account.username)
    return BillView(
        lines=[_line(each, names) for each in bill.lines], refusals=_refusals(bill, names), cents=_cents(bill)
    )


@router.get("/billing/sums", operation_id="get_billing_sums")
async def get_billing_sums(
    query: Annotated[MonthsQuery, Query()], _account: Coordinator, request: Request
) -> BillSumsView:
    """Return those lines added up by professional and tariff, and why there are no others; no resident is named."""
    bill, names = await _bill(services_of(request), query, None)
    return BillSumsView(
        sums=[_sum(each, names) for each in sums(bill.lines)],
        refusals=_refusals(bill, names),
        years=[_year(each) for each in bill.years],
        lines=len(bill.lines),
        unpriced=sum(line.cents is None for line in bill.lines),
        cents=_cents(bill),
    )


@router.get(
    "/billing/file",
    operation_id="get_billing_file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_billing_file(
    query: Annotated[MonthsQuery, Query()], account: Coordinator, request: Request
) -> Response:
    """Return those lines as CSV for the desk; that they were handed out is written down."""
    services = services_of(request)
    bill, names = await _bill(services, query, account.username)
    return download(write(bill.lines, names, services.zone).encode(), "text/csv; charset=utf-8", "lignes.csv")


async def _bill(
    services: Services, query: MonthsQuery, username: str | None
) -> tuple[Bill, Mapping[str, str]]:
    """Return the lines, and the names of whom they speak; `username` reads of residents, and that is written down."""
    wanted = asked(services, query)

    def work() -> tuple[Bill, Mapping[str, str]]:
        with services.database.read() as connection:
            bill = home_bill(connection, wanted, services.billing)
            people = records.residents(connection).values()
        if username is not None:
            detail = f"{wanted.months[0]} to {wanted.months[-1]}, {len(bill.lines)} lines"
            with services.database.write() as connection:
                records.audit(connection, AuditEntry(wanted.now, username, READ, "home", detail))
        names = {each.id: f"{each.family_name} {each.given_name}" for each in people}
        billers = {line.biller for line in bill.lines} | {refusal.biller for refusal in bill.refusals}
        known = ((name, services.accounts.user(name)) for name in sorted(billers))
        return bill, names | {name: user.display_name for name, user in known if user is not None}

    try:
        return await run_sync(work)
    except PeriodError as error:
        raise invalid("query.from", str(error)) from None


def _line(line: Line, names: Mapping[str, str]) -> BillLineView:
    return BillLineView.model_validate(
        {
            "act": line.act,
            "kind": line.kind.value,
            "resident": line.resident,
            "resident_name": names.get(line.resident, line.resident),
            "biller_name": names.get(line.biller, line.biller),
            "time": line.time,
            "code": line.tariff.code,
            "label": line.tariff.label,
            "cents": line.cents,
            "source": line.tariff.source,
            "sure": line.tariff.sure,
        }
    )


def _sum(found: Sum, names: Mapping[str, str]) -> BillSumView:
    return BillSumView(
        biller_name=names.get(found.biller, found.biller),
        code=found.tariff.code,
        label=found.tariff.label,
        cents=found.cents,
        count=found.count,
        total=found.total,
        source=found.tariff.source,
        sure=found.tariff.sure.value,
    )


def _year(found: Year) -> BillYearView:
    return BillYearView(
        code=found.limit.code,
        year=found.year,
        maximum=found.limit.maximum,
        of=found.limit.of.value,
        lines=found.lines,
        residents=found.residents,
        full=found.full,
        source=found.limit.source,
        sure=found.limit.sure.value,
    )


def _refusals(bill: Bill, names: Mapping[str, str]) -> list[BillRefusalView]:
    return [
        BillRefusalView(
            kind=each.kind.value,
            why=each.why.value,
            biller_name=names.get(each.biller, each.biller),
            count=each.count,
        )
        for each in missing(bill.refusals)
    ]


def _cents(bill: Bill) -> int:
    return sum(each.cents or 0 for each in bill.lines)
