"""A home whose rooms keep what they are told, and pages that join its calls."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from devices.wire.messages import Signal, SignalKind

RESIDENT = "jeanne"
EDGE = "room-12"


class Wire:
    """Keeps what rooms are told."""

    def __init__(self) -> None:
        self.sent: list[Signal] = []

    def send(self, _edge: str, _kind: str, message: object) -> None:
        assert isinstance(message, Signal)
        self.sent.append(message)

    async def hear(self, kind: SignalKind) -> Signal:
        async with asyncio.timeout(60):
            while True:
                for signal in self.sent:
                    if signal.kind is kind:
                        return signal
                await asyncio.sleep(0.01)


async def start(client: httpx.AsyncClient, reason: str = "") -> dict[str, Any]:
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/calls", json={"reason": reason})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def signal(
    home: Any,
    client: httpx.AsyncClient | None,
    call: str,
    headers: dict[str, str] | None = None,
    *,
    path: str = "/api/v1/calls/{call}/signal",
) -> connect:
    """Open a page's socket with somebody's cookies."""
    cookies = "" if client is None else "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    return connect(
        f"ws://127.0.0.1:{home.port}{path.replace('{call}', call)}",
        additional_headers={"cookie": cookies} | (headers or {}),
    )


async def read(page: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await asyncio.wait_for(page.recv(), 10)))


async def closed(page: ClientConnection) -> int:
    await asyncio.wait_for(page.wait_closed(), 10)
    assert page.close_code is not None
    return page.close_code


async def talking(home: Any, client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """Begin a call that its room accepts."""
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/calls", json=more)
    assert answer.status_code == 201, answer.text
    call = dict(answer.json())
    for kind in (SignalKind.RINGING, SignalKind.ACCEPTED):
        home.services.calls.from_room(EDGE, Signal(call["id"], 1, kind, 0))

    async def accepted() -> Any:
        found = (await client.get(f"/api/v1/calls/{call['id']}")).json()
        return found if found["state"] == "accepted" else None

    return dict(await home.until(accepted, 20))


async def until_state(page: ClientConnection, seat: str, state: str) -> dict[str, Any]:
    """Read until somebody in the call is in a state."""
    async with asyncio.timeout(60):
        while True:
            said = await read(page)
            people = (said["call"] or {}).get("participants", [])
            if any((one["seat"], one["state"]) == (seat, state) for one in people):
                return said
