"""The home, its residents, and what was measured of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response

from devices.clock import SECOND
from devices.errors import DecodeError
from devices.nomenclature import Metric, metric
from hub.api.models import Home, MeasurementPage, MeasurementQuery, ResidentView, Span, WaveformView
from hub.api.problems import RefusedError, invalid, unknown
from hub.api.security import Anyone, Carer, services_of
from hub.api.services import Services
from hub.api.sight import sight_of
from hub.api.views import metric_infos, resident_view
from hub.store import records
from hub.store.ports import Columns

router = APIRouter(prefix="/api/v1", tags=["residents"])

_DAY = 24 * 3600 * SECOND
_AHEAD = 60 * SECOND
"How far past the hub's own time `now` reaches: an edge's clock may be ahead."
_LONGEST_WAVEFORM = 600 * SECOND
"Microseconds of samples that one answer holds: ten minutes of an ECG at 250 Hz are 150 000 numbers."


@router.get("/home", operation_id="get_home")
async def get_home(_account: Anyone, request: Request) -> Home:
    """Tell the home's name and what can be measured in it."""
    return Home(name=services_of(request).live.ward.roll.home, metrics=metric_infos())


@router.get("/residents", operation_id="list_residents")
async def list_residents(account: Carer, request: Request) -> list[ResidentView]:
    """List the residents whom one sees, as the ward sees them now."""
    services, sight = services_of(request), await sight_of(request, account)
    ward, now = services.live.ward, services.clock.utc()
    return [resident_view(ward, resident, now) for resident in ward.roll.inhabitants if sight.sees(resident)]


@router.get("/residents/{resident}", operation_id="get_resident")
async def get_resident(resident: str, _account: Carer, request: Request) -> ResidentView:
    """Show one resident as the ward sees them now."""
    services = services_of(request)
    ward = services.live.ward
    if resident not in ward.roll.inhabitants:
        raise unknown("resident", resident)
    return resident_view(ward, resident, services.clock.utc())


@router.get(
    "/residents/{resident}/measurements", operation_id="list_measurements", response_model=MeasurementPage
)
async def list_measurements(
    resident: str, query: Annotated[MeasurementQuery, Query()], _account: Carer, request: Request
) -> Response:
    """Return one metric of a resident over time, oldest first; the last 24 hours unless told otherwise.

    With `max_points` the whole span is down-sampled into at most that many intervals, each with its mean, lowest and
    highest value. Without it a page of about `limit` points comes, and `next` is the `from` of the following one.
    """
    services = services_of(request)
    start, end = _span(query, services, _DAY)
    row = _metric(query.metric)
    return await run_sync(_measurements, services, resident, row, (start, end), query)


@router.get("/residents/{resident}/waveforms", operation_id="list_waveforms")
async def list_waveforms(
    resident: str, query: Annotated[Span, Query()], _account: Carer, request: Request
) -> list[WaveformView]:
    """Return the stored blocks of one waveform of a resident, oldest first; the last minute unless told otherwise."""
    services = services_of(request)
    start, end = _span(query, services, 60 * SECOND)
    if end - start > _LONGEST_WAVEFORM:
        raise invalid("query.to", f"{(end - start) // SECOND} s of samples, at most 600 s allowed")
    row = _metric(query.metric)
    return await run_sync(_waveforms, services, resident, row, (start, end))


def _measurements(
    services: Services, resident: str, row: Metric, span: tuple[int, int], query: MeasurementQuery
) -> Response:
    _must_exist(services, resident)
    limit = query.limit if query.max_points is None else None
    columns = services.timeseries.read(resident, row.name, *span, max_points=query.max_points, limit=limit)
    return Response(page_json(resident, row, columns), media_type="application/json")


def page_json(resident: str, row: Metric, columns: Columns) -> bytes:
    """Return a `MeasurementPage` as JSON; a day has 86 400 points, too many for a model of each."""
    return msgspec.json.encode(
        {
            "resident": resident,
            "metric": row.name,
            "unit": row.unit,
            "times": columns.times.tolist(),
            "values": columns.values.tolist(),
            "flags": columns.flags.tolist(),
            "lows": None if columns.lows is None else columns.lows.tolist(),
            "highs": None if columns.highs is None else columns.highs.tolist(),
            "downsampled": columns.lows is not None,
            "next": columns.next,
        }
    )


def _waveforms(services: Services, resident: str, row: Metric, span: tuple[int, int]) -> list[WaveformView]:
    _must_exist(services, resident)
    return [
        WaveformView(
            sensor=block.sensor,
            metric=block.metric,
            time=block.time,
            rate=block.rate,
            scale=block.scale,
            flags=block.flags,
            samples=block.samples.tolist(),
        )
        for block in services.timeseries.waveforms(resident, row.name, *span)
    ]


def _must_exist(services: Services, resident: str) -> None:
    """Refuse a resident who never lived here; one who left still has a past."""
    with services.database.read() as connection:
        if resident not in records.residents(connection):
            raise unknown("resident", resident)


def _metric(name: str) -> Metric:
    try:
        return metric(name)
    except DecodeError:
        raise unknown("metric", name) from None


def _span(query: Span, services: Services, usual: int) -> tuple[int, int]:
    now = services.clock.utc()
    end = now + _AHEAD if query.until is None else query.until
    # Counted from now, not from the end: what is allowed for fast clocks must not push the present out.
    start = max(0, min(now, end) - usual) if query.since is None else query.since
    if start > end:
        raise _backwards(start, end)
    return start, end


def _backwards(start: int, end: int) -> RefusedError:
    return invalid("query.from", f"{start} is after `to`, {end}")
