"""The live WebSocket: each page gets a snapshot, then changes; each page says whether it can be heard."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from hub.alerting.model import Kind
from hub.api.models import (
    LiveAlert,
    LiveCall,
    LiveEdge,
    LiveHeartbeat,
    LiveSnapshot,
    LiveSuppression,
    LiveValues,
    Model,
    ResidentValues,
    Role,
    TabletState,
)
from hub.api.security import NOT_SIGNED_IN, Account, services_of, signed_in, websocket_account
from hub.api.services import Services
from hub.api.views import (
    alert_view,
    call_view,
    edge_view,
    metric_infos,
    resident_view,
    suppression_view,
    values_view,
)
from hub.live import (
    AlertDue,
    CallDue,
    Due,
    EdgeDue,
    Live,
    SnapshotDue,
    Subscription,
    SuppressionDue,
    Tablet,
    ValuesDue,
)

router = APIRouter()

SEND_WITHIN = 10.0
"Seconds after which a page that takes nothing is let go; it comes back by itself when it wakes."
CHECK_EVERY = 30.0
"Seconds between two looks whether the session still stands: who signs out sees nothing more."
MAX_MESSAGE = 1024
"Characters of a tablet's message."
INVALID = 4400
"WebSocket close code: the page said something that is no `TabletState`."


@dataclass(slots=True)
class Narrator:
    """Puts what is due into messages for one page, numbered without a hole."""

    live: Live
    role: Role
    seq: int = field(default=0)

    def message(self, due: Due, now: int) -> Model | None:
        """Return the message, or `None` for what this role does not see."""
        made = self._made(due, self.seq + 1, now)
        if made is not None:
            self.seq += 1
        return made

    @property
    def _anonymous(self) -> bool:
        """A technician sees devices, and nobody's name or value."""
        return self.role is Role.TECHNICIAN

    def _made(self, due: Due, seq: int, now: int) -> Model | None:
        ward = self.live.ward
        if isinstance(due, SnapshotDue):
            return self._snapshot(seq, now)
        if isinstance(due, AlertDue):
            if self._anonymous and not due.told.alert.technical:
                return None
            view = alert_view(due.told, ward.roll, anonymous=self._anonymous)
            return LiveAlert(seq=seq, time=now, alert=view)
        if isinstance(due, EdgeDue):
            if due.edge not in ward.edges:
                return None
            people = () if self._anonymous else due.residents
            residents = [resident_view(ward, who, now) for who in people if who in ward.roll.inhabitants]
            return LiveEdge(seq=seq, time=now, edge=edge_view(ward, due.edge, now), residents=residents)
        if isinstance(due, ValuesDue):
            if self._anonymous:
                return None
            changed = [
                ResidentValues(resident=who, values=values_view(values)) for who, values in due.values.items()
            ]
            return LiveValues(seq=seq, time=now, residents=changed)
        if isinstance(due, CallDue):
            if self._anonymous:
                return None
            return LiveCall(seq=seq, time=now, call=call_view(due.call, due.caller_name, ward.roll))
        if isinstance(due, SuppressionDue):
            if self._anonymous and due.order.kind is not Kind.OUT_OF_SERVICE:
                return None
            order = suppression_view(due.order, ward.roll, anonymous=self._anonymous)
            return LiveSuppression(seq=seq, time=now, suppression=order)
        return LiveHeartbeat(seq=seq, time=now)

    def _snapshot(self, seq: int, now: int) -> LiveSnapshot:
        ward = self.live.ward
        return LiveSnapshot(
            seq=seq,
            time=now,
            home=ward.roll.home,
            metrics=metric_infos(),
            residents=[]
            if self._anonymous
            else [resident_view(ward, who, now) for who in ward.roll.inhabitants],
            alerts=[
                alert_view(told, ward.roll, anonymous=self._anonymous)
                for told in ward.alerts()
                if told.alert.technical or not self._anonymous
            ],
            edges=[edge_view(ward, edge, now) for edge in ward.roll.rooms],
            suppressions=[
                suppression_view(order, ward.roll, anonymous=self._anonymous)
                for order in ward.orders()
                if order.kind is Kind.OUT_OF_SERVICE or not self._anonymous
            ],
        )


@router.websocket("/api/v1/live")
async def live(websocket: WebSocket) -> None:
    """Stream `LiveMessage` to a page, and take its `TabletState`."""
    account = await websocket_account(websocket, *Role)
    if account is None:
        return
    await websocket.accept()
    services = services_of(websocket)
    gauge = services.metrics.subscribers.labels(role=account.role.value)
    devices = account.role is Role.TECHNICIAN
    with (
        services.live.subscribe(account.username, devices=devices) as subscription,
        gauge.track_inprogress(),
    ):
        await _serve(websocket, services, account, subscription)


async def _serve(
    websocket: WebSocket, services: Services, account: Account, subscription: Subscription
) -> None:
    """Send, receive and check until one of them ends; then end the others."""
    parts = (
        asyncio.create_task(_send(websocket, services, account.role, subscription), name="live send"),
        asyncio.create_task(_receive(websocket, services, account, subscription), name="live receive"),
        asyncio.create_task(_check(websocket), name="live check"),
    )
    try:
        done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
    for part in done:
        code = part.result()
        if code is not None:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await websocket.close(code)


async def _send(
    websocket: WebSocket, services: Services, role: Role, subscription: Subscription
) -> int | None:
    narrator = Narrator(services.live, role)
    while True:
        for due in await subscription.next():
            message = narrator.message(due, services.clock.utc())
            if message is None:
                continue
            try:
                async with asyncio.timeout(SEND_WITHIN):
                    await websocket.send_text(message.model_dump_json())
            except (TimeoutError, WebSocketDisconnect, RuntimeError):
                return None


async def _receive(
    websocket: WebSocket, services: Services, account: Account, subscription: Subscription
) -> int | None:
    while True:
        try:
            text = await websocket.receive_text()
            said = TabletState.model_validate_json(text[:MAX_MESSAGE])
        except WebSocketDisconnect:
            return None
        except (ValidationError, KeyError):
            services.metrics.problems.labels(code="invalid_tablet_state").inc()
            return INVALID
        subscription.tablet = Tablet(
            account.username, said.audio, said.visible, said.battery, services.clock.utc()
        )


async def _check(websocket: WebSocket) -> int | None:
    while True:
        await asyncio.sleep(CHECK_EVERY)
        if await signed_in(websocket) is None:
            return NOT_SIGNED_IN
