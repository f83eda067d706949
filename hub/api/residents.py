"""The home, its residents, and what was measured of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from hub.api.models import Home, MeasurementPage, MeasurementQuery, ResidentView, Span, WaveformView
from hub.api.security import Anyone, Carer

router = APIRouter(prefix="/api/v1", tags=["residents"])


@router.get("/home", operation_id="get_home")
async def get_home(account: Anyone, request: Request) -> Home:
    """Tell the home's name and what can be measured in it."""
    raise NotImplementedError


@router.get("/residents", operation_id="list_residents")
async def list_residents(account: Carer, request: Request) -> list[ResidentView]:
    """List every resident as the ward sees them now."""
    raise NotImplementedError


@router.get("/residents/{resident}", operation_id="get_resident")
async def get_resident(resident: str, account: Carer, request: Request) -> ResidentView:
    """Show one resident as the ward sees them now."""
    raise NotImplementedError


@router.get(
    "/residents/{resident}/measurements", operation_id="list_measurements", response_model=MeasurementPage
)
async def list_measurements(
    resident: str, query: Annotated[MeasurementQuery, Query()], account: Carer, request: Request
) -> Response:
    """Return one metric of a resident over time, oldest first.

    With `max_points` the whole span is down-sampled into that many intervals, each with its mean, lowest and highest
    value. Without it a page of at most `limit` points comes, and `next` is the `from` of the following one.
    """
    raise NotImplementedError


@router.get("/residents/{resident}/waveforms", operation_id="list_waveforms")
async def list_waveforms(
    resident: str, query: Annotated[Span, Query()], account: Carer, request: Request
) -> list[WaveformView]:
    """Return the stored blocks of one waveform of a resident, oldest first."""
    raise NotImplementedError
