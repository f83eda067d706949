"""The live WebSocket: each page gets a snapshot, then changes; each page says whether it can be heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from devices.clock import SECOND
from hub.alerting.model import Alert, Kind, Suppressor
from hub.api.models import (
    LiveAct,
    LiveAlert,
    LiveCall,
    LiveCallRequest,
    LiveEdge,
    LiveHeartbeat,
    LiveProbe,
    LiveSnapshot,
    LiveSuppression,
    LiveValues,
    Model,
    ResidentValues,
    Role,
    TabletState,
)
from hub.api.security import Account, services_of, websocket_account
from hub.api.services import Services
from hub.api.sight import EVERYBODY, NOBODY, sight_now
from hub.api.sockets import SEND_WITHIN, close, until_one_ends, while_signed_in
from hub.api.views import (
    alert_view,
    call_view,
    edge_view,
    metric_infos,
    request_view,
    resident_view,
    suppression_view,
    values_view,
)
from hub.auth.care import Sight
from hub.live import (
    ActDue,
    AlertDue,
    CallDue,
    CallRequestDue,
    Due,
    EdgeDue,
    HeartbeatDue,
    Live,
    ProbeDue,
    SnapshotDue,
    Subscription,
    SuppressionDue,
    Tablet,
    ValuesDue,
)
from hub.ward import Roll

router = APIRouter()

LOOK_EVERY = 2 * SECOND
"Microseconds between two looks at whom a physician sees; a call or a request is looked at at once."
MAX_MESSAGE = 65_536
"Characters of a tablet's message: two lists of 100 alerts."
_WARD = frozenset({Role.NURSE, Role.COORDINATOR})
"Those who are there when their screen sounds."
INVALID = 4400
"WebSocket close code: the page said something that is no `TabletState`."


@dataclass(slots=True)
class Narrator:
    """Puts what is due into messages for one page, numbered without a hole."""

    live: Live
    role: Role
    sight: Sight = EVERYBODY
    "Whom the page's account sees."
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
            if not self._tells(due.told.alert):
                return None
            view = alert_view(due.told, ward.roll, anonymous=self._anonymous)
            return LiveAlert(seq=seq, time=now, alert=view)
        if isinstance(due, EdgeDue):
            if due.edge not in ward.edges:
                return None
            people = () if self._anonymous else due.residents
            seen = [who for who in people if who in ward.roll.inhabitants and self.sight.sees(who)]
            residents = [resident_view(ward, who, now) for who in seen]
            return LiveEdge(seq=seq, time=now, edge=edge_view(ward, due.edge, now), residents=residents)
        if isinstance(due, ValuesDue):
            if self._anonymous:
                return None
            changed = [
                ResidentValues(resident=who, values=values_view(values))
                for who, values in due.values.items()
                if self.sight.sees(who)
            ]
            return LiveValues(seq=seq, time=now, residents=changed) if changed else None
        if isinstance(due, CallDue | CallRequestDue):
            about = due.call.resident if isinstance(due, CallDue) else due.request.resident
            unseen = self._anonymous or not self.sight.sees(about)
            return None if unseen else _of_calls(due, ward.roll, seq, now)
        if isinstance(due, ActDue):
            act = due.act
            unseen = self._anonymous or not self.sight.sees(act.resident)
            return None if unseen else LiveAct(seq=seq, time=now, act=act.id, resident=act.resident)
        if isinstance(due, SuppressionDue):
            if not self._orders(due.order):
                return None
            order = suppression_view(due.order, ward.roll, anonymous=self._anonymous)
            return LiveSuppression(seq=seq, time=now, suppression=order)
        return _sign_of_life(due, seq, now)

    def _tells(self, alert: Alert) -> bool:
        return alert.technical if self._anonymous else self.sight.sees(alert.resident)

    def _orders(self, order: Suppressor) -> bool:
        return order.kind is Kind.OUT_OF_SERVICE if self._anonymous else self.sight.sees(order.resident)

    def _snapshot(self, seq: int, now: int) -> LiveSnapshot:
        ward = self.live.ward
        return LiveSnapshot(
            seq=seq,
            time=now,
            home=ward.roll.home,
            metrics=metric_infos(),
            residents=[]
            if self._anonymous
            else [resident_view(ward, who, now) for who in ward.roll.inhabitants if self.sight.sees(who)],
            alerts=[
                alert_view(told, ward.roll, anonymous=self._anonymous)
                for told in ward.alerts()
                if self._tells(told.alert)
            ],
            edges=[edge_view(ward, edge, now) for edge in ward.roll.rooms],
            suppressions=[
                suppression_view(order, ward.roll, anonymous=self._anonymous)
                for order in ward.orders()
                if self._orders(order)
            ],
        )


@dataclass(slots=True)
class Eyes:
    """Whom a page's account sees, looked up anew as time passes: a physician's sight widens and ends by itself."""

    services: Services
    account: Account
    sight: Sight = NOBODY
    _looked: int = 0

    async def look(self) -> Sight:
        """Look up whom the account sees now."""
        self._looked = self.services.clock.monotonic()
        self.sight = await run_sync(sight_now, self.services, self.account)
        return self.sight

    async def changed(self, waiting: Sequence[Due]) -> bool:
        """Look again when it may have changed, and tell whether it did."""
        if self.account.role is not Role.PHYSICIAN:
            return False
        calls = any(isinstance(due, CallDue | CallRequestDue | ActDue) for due in waiting)
        if not calls and self.services.clock.monotonic() - self._looked < LOOK_EVERY:
            return False
        before = self.sight
        return await self.look() != before


def _of_calls(due: CallDue | CallRequestDue, roll: Roll, seq: int, now: int) -> Model:
    """Return what is told of a call, or of who asks for one."""
    if isinstance(due, CallRequestDue):
        return LiveCallRequest(seq=seq, time=now, request=request_view(due.request, roll))
    view = call_view(due.call, due.caller_name, roll, due.participants)
    return LiveCall(seq=seq, time=now, call=view)


def _sign_of_life(due: ProbeDue | HeartbeatDue, seq: int, now: int) -> Model:
    """Return what every page is sent, whoever looks."""
    if isinstance(due, ProbeDue):
        return LiveProbe(seq=seq, time=now, id=due.id)
    return LiveHeartbeat(seq=seq, time=now)


@router.websocket("/api/v1/live")
async def live(websocket: WebSocket) -> None:
    """Stream `LiveMessage` to a page, and take its `TabletState`."""
    account = await websocket_account(websocket)
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
    code = await until_one_ends(
        send=_send(websocket, services, account, subscription),
        receive=_receive(websocket, services, account, subscription),
        check=while_signed_in(websocket),
    )
    await close(websocket, code)


async def _send(
    websocket: WebSocket, services: Services, account: Account, subscription: Subscription
) -> int | None:
    eyes = Eyes(services, account)
    narrator = Narrator(services.live, account.role, await eyes.look())
    while True:
        waiting = await subscription.next()
        if await eyes.changed(waiting):
            # Who comes into sight is not known to the page yet, and who is out of it must leave the screen.
            narrator.sight = eyes.sight
            waiting = [
                SnapshotDue(),
                *(due for due in waiting if isinstance(due, CallDue | CallRequestDue | ActDue)),
            ]
        for due in waiting:
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
        except (WebSocketDisconnect, RuntimeError):
            # The second when what was sent last found nobody.
            return None
        except (ValidationError, KeyError):
            services.metrics.problems.labels(code="invalid_tablet_state").inc()
            return INVALID
        now, ward = services.clock.utc(), account.role in _WARD
        tablet = subscription.tablet = Tablet(
            account.username,
            said.audio,
            said.visible,
            said.battery,
            now,
            ward,
            account.display_name,
            tuple(said.showing) if said.visible else (),
            said.sounding,
            tuple(said.seen),
        )
        services.heard(tablet)
        if said.probed and said.audio == "ready":
            services.probed(said.probed, account.username)
