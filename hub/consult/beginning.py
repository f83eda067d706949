"""How a call begins: under which rule, because of which alert, in answer to whom. Read and frozen before the room rings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from devices.clock import Clock
from hub.consult.calls import CallService, Start, Wish
from hub.consult.consents import EMERGENCY, in_force
from hub.consult.evidence import alert_of, freeze, text_of
from hub.consult.model import Caller, CallRefusedError
from hub.consult.requests import Requests
from hub.consult.room import Call
from hub.live import Live
from hub.store import consents, consult
from hub.store.call_requests import Asking, CallRequest
from hub.store.consult import Opening
from hub.store.database import Database
from hub.store.ports import TimeSeries


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for who calls."""

    alert: str = ""
    urgent: bool = False
    request: str = ""


@dataclass(frozen=True, slots=True)
class _Frozen:
    consent: str
    alert: str | None
    evidence: str


class Beginning:
    """Makes calls with everything that belongs to their beginning."""

    def __init__(
        self,
        database: Database,
        series: TimeSeries,
        live: Live,
        clock: Clock,
        calls: CallService,
        requests: Requests,
    ) -> None:
        self._database = database
        self._series = series
        self._live = live
        self._clock = clock
        self._calls = calls
        self._requests = requests

    async def call(self, resident: str, caller: Caller, order: Order) -> Call:
        """Ring in a resident's room.

        Raises:
            CallRefusedError: as `CallService.request`; `unknown_alert`, `unknown_request`, `request_settled`, or
                `emergency_not_prescribed`.
            StoreError: it cannot be recorded, so there is no call.
        """
        asked = await self._asked(order.request, resident, caller)
        key = order.alert or (None if asked is None else asked.alert)
        metrics = [latest.metric for latest in self._live.ward.values(resident)]
        frozen = await asyncio.to_thread(self._freeze, resident, key, metrics)
        if order.urgent and frozen.consent != EMERGENCY:
            raise CallRefusedError(
                "emergency_not_prescribed", "no rule in force lets this room be opened without being asked"
            )
        written: list[str] = []

        def write(connection: Connection, call: Call) -> None:
            consult.save_opening(
                connection,
                Opening(
                    call.id,
                    caller.reason,
                    order.urgent,
                    frozen.consent,
                    order.request or None,
                    frozen.alert,
                    frozen.evidence,
                ),
            )
            if asked is not None:
                self._requests.take(connection, asked, call, caller.username)
            written.append(call.id)

        beside = None if asked is None else _asker(asked)
        start = Start(frozen.consent, urgent=order.urgent, beside=beside, write=write)
        call = await self._calls.request(resident, caller, start)
        if asked is not None and beside is not None:
            await self._answered(asked, beside, call, new=bool(written))
        return await self._calls.find(call.id)

    async def _asked(self, key: str, resident: str, caller: Caller) -> CallRequest | None:
        """Return the open request that is to be answered; one that this caller's open call answers is done."""
        if not key:
            return None
        asked = await self._requests.find(key, resident)
        if asked.state is Asking.OPEN:
            return asked
        call = None if asked.call is None else self._calls.opened(asked.call)
        if call is not None and call.caller == caller.username:
            return None
        raise CallRefusedError("request_settled", f"request {asked.id!r} is open no longer")

    async def _answered(self, asked: CallRequest, beside: Caller, call: Call, *, new: bool) -> None:
        """Tell of the answer; a call that was there already becomes it now."""
        if not new:
            await asyncio.to_thread(self._take, asked, call)
            if beside.username != call.caller:
                await self._calls.take_seat(call.id, Wish(beside, call.caller))
        await self._requests.taken(asked.id)

    # ---- in a thread ----

    def _take(self, asked: CallRequest, call: Call) -> None:
        with self._database.write() as connection:
            self._requests.take(connection, asked, call, call.caller)

    def _freeze(self, resident: str, alert: str | None, metrics: Iterable[str]) -> _Frozen:
        now = self._clock.utc()
        with self._database.read() as connection:
            rule = in_force(consents.newest(connection, resident), now).ring
            if not alert:
                return _Frozen(rule, None, "")
            found = alert_of(connection, alert, resident)
            evidence = freeze(connection, self._series, found, metrics, now)
        return _Frozen(rule, alert, text_of(evidence))


def _asker(asked: CallRequest) -> Caller:
    return Caller(asked.asked_by, asked.asked_name, asked.asked_role)
