"""Who may what: the one table (hub.api.rights) held against every address there is, by real requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from dashboards.server import PAGES
from hub.api.app import create_api
from hub.api.models import Role
from hub.api.rights import RIGHTS, Right, right_of
from hub.store.whose import KINDS
from tests.hub.api.calls_wire import Wire, talking

PEOPLE = {"ines": "nurse", "benali": "physician", "tom": "technician", "claire": "coordinator"}
GUEST = "guest"
"Who came by a one-time link: with a guest's cookie, and no account."
REFUSED = frozenset({"forbidden", "not_signed_in", "no_right"})
NOT_ASKED_IN_TURN = frozenset({"DELETE /api/v1/session"})
"Whoever asks for it can ask for nothing afterwards."


def addresses(routes: Any) -> Iterator[str]:
    """Return `METHOD /address` of every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from addresses(inner.routes)
        elif isinstance(route, WebSocketRoute):
            yield f"WS {route.path}"
        elif isinstance(route, Mount):
            yield f"GET {route.path}"
        elif isinstance(route, Route):
            yield from (f"{method} {route.path}" for method in route.methods or () if method != "HEAD")
        else:
            raise TypeError(f"{route!r} is no kind of route that this walk knows")


@pytest.mark.parametrize("home", [True], indirect=True)
async def test_every_address_has_a_row_and_every_row_an_address(home: Any) -> None:
    app: FastAPI = create_api(home.services)
    found = set(addresses(app.routes))
    assert len(found) > 120
    missing = sorted(found - RIGHTS.keys())
    assert not missing, f"say in hub/api/rights.py who may ask for {missing}"
    gone = sorted(RIGHTS.keys() - found)
    assert not gone, f"hub/api/rights.py has rows for addresses that do not exist: {gone}"


def test_what_a_row_is_about_is_part_of_its_address() -> None:
    for address, right in RIGHTS.items():
        if right.about is not None:
            part, kind = right.about
            assert kind in KINDS, f"say in hub/store/whose.py of which resident a {kind} is"
            assert f"{{{part}}}" in address, address
            assert "{resident}" not in address, f"{address}: the resident is known already"


def test_pages_hold_no_data_and_ask_for_no_session() -> None:
    for path in PAGES:
        right = right_of("GET", path)
        assert right is not None, path
        assert right.instead, path


def test_a_head_is_asked_for_like_a_get() -> None:
    assert right_of("HEAD", "/api/v1/home") == RIGHTS["GET /api/v1/home"]


def expected(right: Right, who: str | None) -> str:
    """Return the refusal that the table says, empty for none."""
    if right.instead:
        return ""
    if who is None or who == GUEST:
        return "not_signed_in"
    return "" if Role(PEOPLE[who]) in right.roles else "forbidden"


async def arrive(home: Any, call: dict[str, Any], who: str | None) -> Any:
    """Return the client of an account, of a guest of a call, or of nobody."""
    if who is None:
        return home.client()
    if who != GUEST:
        return await home.signed_in(who)
    caller = await home.signed_in(call["caller"])
    order = {"guest": "Dr Paul, SAMU", "role": "regulator", "minutes": 30}
    made = await caller.post(f"/api/v1/calls/{call['id']}/invites", json=order)
    assert made.status_code == 201, made.text
    client = home.client()
    used = await client.post("/api/v1/guest", json={"token": made.json()["link"].partition("#")[2]})
    assert used.status_code == 200, used.text
    # A browser sends it to three addresses only; whoever steals it tries everywhere.
    client.headers["cookie"] = next(f"{c.name}={c.value}" for c in client.cookies.jar)
    return client


@pytest.mark.parametrize("who", [None, GUEST, *PEOPLE])
async def test_each_may_what_the_table_says(home: Any, wire: Wire, who: str | None) -> None:
    # A call of somebody else's goes on: its caller alone may end it, whatever the role.
    other = await home.signed_in("claire" if who == "benali" else "benali")
    call = await talking(home, other)
    client = await arrive(home, call, who)
    wrong = []
    for address, right in RIGHTS.items():
        method, _, route = address.partition(" ")
        if method == "WS" or not route.startswith(("/api/", "/healthz", "/metrics")):
            continue
        if address in NOT_ASKED_IN_TURN:
            continue
        path = route.replace("{call}", call["id"]).replace("{", "x").replace("}", "")
        answer = await client.request(method, path, json={})
        said = answer.json().get("code", "") if answer.status_code >= 400 else ""
        got = said if said in REFUSED else ""
        if got != expected(right, who):
            wrong.append(f"{address}: {answer.status_code} {said or 'allowed'}")
        if got:
            assert answer.status_code == (401 if got == "not_signed_in" else 403), address
    assert not wrong, f"as {who or 'nobody'}, otherwise than hub/api/rights.py says: {wrong}"


async def opened(home: Any, client: httpx.AsyncClient, route: str) -> int | None:
    """Open a socket, and return the code with which it was closed at once, if it was."""
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items())
    url = f"ws://127.0.0.1:{home.port}{route.replace('{', 'x').replace('}', '')}"
    async with connect(url, additional_headers={"cookie": cookie}) as socket:
        try:
            await socket.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code
    return None


async def test_each_opens_the_sockets_that_the_table_says_and_may_sign_out(home: Any, wire: Wire) -> None:
    sockets = [address.partition(" ")[2] for address in RIGHTS if address.startswith("WS ")]
    assert len(sockets) > 2
    for who in (None, *PEOPLE):
        client = home.client() if who is None else await home.signed_in(who)
        for route in sockets:
            code = await opened(home, client, route)
            refused = (
                4401
                if who is None
                else 4403
                if Role(PEOPLE[who]) not in RIGHTS[f"WS {route}"].roles
                else None
            )
            assert (code if code in {4401, 4403} else None) == refused, (who, route, code)
        answer = await client.delete("/api/v1/session")
        assert answer.status_code == (401 if who is None else 204)


async def test_an_address_without_a_row_is_refused_in_words(home: Any) -> None:
    app: FastAPI = create_api(home.services, pages=False)
    coordinator = await home.signed_in("claire")

    @app.get("/api/v1/forgotten")
    async def forgotten() -> dict[str, str]:
        return {"name": "Martin"}

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", cookies=dict(coordinator.cookies)
    ) as client:
        answer = await client.get("/api/v1/forgotten")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_right")
    assert "hub/api/rights.py" in answer.json()["detail"]
    assert "Martin" not in answer.text
