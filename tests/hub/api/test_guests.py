"""Guests: a link opens one call once, is revocable and expires, and opens nothing else of the hub."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi.routing import APIWebSocketRoute

from devices.clock import SECOND
from devices.wire.messages import Signal, SignalKind
from hub.api.app import _declare, openapi_document
from hub.api.calls_socket import CALL_OVER
from hub.api.guests import COOKIE
from hub.api.security import NOT_SIGNED_IN
from hub.store import records
from tests.hub.api.calls_wire import EDGE, Wire, closed, read, signal, talking, until_state

SAMU = {"guest": " Dr  Durand, SAMU 35 ", "role": "regulator"}
PUBLIC = {
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/guest"),
    ("GET", "/api/v1/guest"),
    ("POST", "/api/v1/enrolments/{enrolment}/redeem"),
    ("POST", "/api/v1/enrolments/{enrolment}/confirm"),
    ("POST", "/api/v1/push/receipts"),
    ("GET", "/api/v1/calendars/{secret}/teleconsultations.ics"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
}
"""What answers without an account: signing in, a guest's own two, a device that fetches its keys by a code, a push
that says by its own secret that it came, and the hub's own state."""


async def invited(client: httpx.AsyncClient, call: str, **order: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/calls/{call}/invites", json=order or SAMU)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def token(invite: dict[str, Any]) -> str:
    page, _, found = invite["link"].partition("#")
    assert page == "/invitation"
    return str(found)


async def guest_of(home: Any, invite: dict[str, Any]) -> httpx.AsyncClient:
    client: httpx.AsyncClient = home.client()
    answer = await client.post("/api/v1/guest", json={"token": token(invite)})
    assert answer.status_code == 200, answer.text
    return client


def with_cookie(home: Any, guest: httpx.AsyncClient) -> httpx.AsyncClient:
    """Return who sends a guest's cookie everywhere, whatever its path."""
    raw = next(cookie.value for cookie in guest.cookies.jar if cookie.name == COOKIE)
    found: httpx.AsyncClient = home.client()
    found.headers["cookie"] = f"{COOKIE}={raw}"
    return found


def audit(home: Any) -> list[tuple[str, str, str]]:
    with home.services.database.read() as connection:
        log = records.audit_log(connection)
    return [(each.actor, each.action, each.detail) for each in log if "invite" in each.action]


async def test_a_link_opens_its_call_once(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"])
    assert (invite["name"], invite["role"], invite["guest"], invite["state"], invite["seat"]) == (
        "Dr Durand, SAMU 35",
        "regulator",
        True,
        "open",
        "p2",
    )
    assert len(token(invite)) >= 22  # 128 bit
    client = home.client()
    answer = await client.post("/api/v1/guest", json={"token": token(invite)})
    told = answer.json()
    assert told["call"]["id"] == call["id"]
    assert told["resident"] == {
        "family_name": "Martin",
        "given_name": "Jeanne",
        "birth_year": 1935,
        "room": "ch. 12",
    }
    assert (told["name"], told["role"]) == ("Dr Durand, SAMU 35", "regulator")
    cookies = answer.headers.get_list("set-cookie")
    paths = {"path=/api/v1/guest", f"path=/api/v1/calls/{call['id'].lower()}/signal"}
    assert {part for cookie in cookies for part in cookie.lower().split("; ") if "path" in part} == paths
    assert all("httponly" in each.lower() and "samesite=strict" in each.lower() for each in cookies)
    assert (await client.get("/api/v1/guest")).json()["name"] == "Dr Durand, SAMU 35"
    again = await home.client().post("/api/v1/guest", json={"token": token(invite)})
    assert (again.status_code, again.json()["code"]) == (410, "invite_used")
    [listed] = (await benali.get(f"/api/v1/calls/{call['id']}/invites")).json()["items"]
    assert (listed["state"], listed["link"]) == ("used", "")
    found = [(actor, action) for actor, action, _ in audit(home)]
    assert found == [
        ("guest:Dr Durand, SAMU 35", "invite_used"),
        ("guest:Dr Durand, SAMU 35", "invite_refused"),
    ]


async def test_neither_token_nor_cookie_is_on_the_disk(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"])
    guest = await guest_of(home, invite)
    kept = home.services.database.path
    stored = b"".join(each.read_bytes() for each in kept.parent.glob(f"{kept.name}*"))
    for secret in (token(invite), *(cookie.value for cookie in guest.cookies.jar)):
        assert secret is not None
        assert secret.encode() not in stored


async def test_a_guest_talks_in_the_call_and_is_shown_out_when_revoked(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"])
    guest = with_cookie(home, await guest_of(home, invite))
    headers = {"cookie": guest.headers["cookie"]}
    async with signal(home, None, call["id"], headers) as page:
        assert (await read(page))["seat"] == "p2"
        join = await wire.hear(SignalKind.JOIN)
        assert (join.caller, join.caller_role) == ("Dr Durand, SAMU 35", "regulator")
        offer = Signal(call["id"], 1, SignalKind.OFFER, 0, sdp="v=0", peer="p2")
        home.services.calls.from_room(EDGE, offer)
        await until_state(page, "p2", "joined")
        await page.send(json.dumps({"kind": "answer", "epoch": 1, "sdp": "v=0 answer"}))
        assert (await wire.hear(SignalKind.ANSWER)).peer == "p2"
        revoked = await benali.delete(f"/api/v1/calls/{call['id']}/invites/{invite['id']}")
        assert revoked.json()["state"] == "revoked"
        while (said := await read(page))["kind"] != "bye":
            pass
        assert said["reason"] == "revoked"
        assert await closed(page) == CALL_OVER
    assert (await wire.hear(SignalKind.LEFT)).peer == "p2"
    async with signal(home, None, call["id"], headers) as page:
        assert await closed(page) == NOT_SIGNED_IN
    assert (await guest.get("/api/v1/guest")).json()["code"] == "not_invited"
    used = await home.client().post("/api/v1/guest", json={"token": token(invite)})
    assert (used.status_code, used.json()["code"]) == (410, "invite_revoked")


async def test_a_guest_who_lost_the_line_comes_back_to_another_seat(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    guest = with_cookie(home, await guest_of(home, await invited(benali, call["id"])))
    headers = {"cookie": guest.headers["cookie"]}
    async with signal(home, None, call["id"], headers) as page:
        await until_state(page, "p2", "announced")
    await home.services.calls.leave_seat(call["id"], "p2", "page_gone", "veilleuse")
    async with signal(home, None, call["id"], headers) as page:
        assert (await read(page))["seat"] == "p3"
    async with signal(home, None, "call-other", headers) as page:
        assert await closed(page) == NOT_SIGNED_IN
    [listed] = (await benali.get(f"/api/v1/calls/{call['id']}/invites")).json()["items"]
    assert listed["seat"] == "p3"


async def test_a_guest_whom_the_room_declined_does_not_come_back(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    guest = with_cookie(home, await guest_of(home, await invited(benali, call["id"])))
    headers = {"cookie": guest.headers["cookie"]}
    async with signal(home, None, call["id"], headers) as page:
        await until_state(page, "p2", "announced")
        declined = Signal(call["id"], 1, SignalKind.DECLINED, 0, reason="refused", peer="p2")
        home.services.calls.from_room(EDGE, declined)
        assert await closed(page) == CALL_OVER
    async with signal(home, None, call["id"], headers) as page:
        assert await closed(page) == CALL_OVER


async def test_the_end_of_the_call_is_the_end_of_the_guest(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    used, unused = await invited(benali, call["id"]), await invited(benali, call["id"])
    guest = await guest_of(home, used)
    await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    assert (await guest.get("/api/v1/guest")).status_code == 401
    late = await home.client().post("/api/v1/guest", json={"token": token(unused)})
    assert (late.status_code, late.json()["code"]) == (409, "call_over")
    refused = await benali.post(f"/api/v1/calls/{call['id']}/invites", json=SAMU)
    assert (refused.status_code, refused.json()["code"]) == (409, "call_over")


async def test_a_link_that_waited_too_long_has_expired(home: Any, wire: Wire, monkeypatch: Any) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"], **SAMU, minutes=1)
    assert invite["expires"] - invite["created"] <= 60 * SECOND
    now = home.now() + 61 * SECOND
    monkeypatch.setattr(type(home.services.clock), "utc", lambda _: now)
    late = await home.client().post("/api/v1/guest", json={"token": token(invite)})
    assert (late.status_code, late.json()["code"]) == (410, "invite_expired")


async def test_guessing_is_slowed_down_and_written_down(home: Any, wire: Wire) -> None:
    client = home.client()
    codes = [
        (await client.post("/api/v1/guest", json={"token": f"guess-{number}"})).json()["code"]
        for number in range(11)
    ]
    assert codes == ["unknown_invite"] * 10 + ["too_many_attempts"]
    answer = await client.post("/api/v1/guest", json={"token": "guess"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert [action for _, action, _ in audit(home)] == ["invite_refused"] * 10
    assert all("127.0.0.1" in detail for *_, detail in audit(home))


async def test_who_may_invite(home: Any, wire: Wire) -> None:
    benali, claire, ines = [await home.signed_in(who) for who in ("benali", "claire", "ines")]
    call = await talking(home, benali)
    address = f"/api/v1/calls/{call['id']}/invites"
    outside = await claire.post(address, json=SAMU)
    assert (outside.status_code, outside.json()["code"]) == (403, "not_in_call")
    await claire.post(f"/api/v1/calls/{call['id']}/participants")
    assert (await claire.post(address, json=SAMU)).status_code == 201
    await ines.post(f"/api/v1/calls/{call['id']}/participants")
    assert (await ines.post(address, json=SAMU)).json()["code"] == "forbidden"
    assert (await ines.get(address)).status_code == 200
    missing = await benali.delete(f"{address}/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_invite")


async def test_somebody_of_the_home_is_invited_by_account(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"], username="ines")
    assert (invite["name"], invite["role"], invite["link"], invite["state"]) == ("Ines", "nurse", "", "open")
    async with signal(home, ines, call["id"]) as page:
        await until_state(page, "p2", "announced")
        [listed] = (await benali.get(f"/api/v1/calls/{call['id']}/invites")).json()["items"]
        assert listed["state"] == "used"
    twice = await benali.post(f"/api/v1/calls/{call['id']}/invites", json={"username": "ines"})
    assert (twice.status_code, twice.json()["code"]) == (409, "in_call")
    for nobody in ("tom", "nobody"):
        answer = await benali.post(f"/api/v1/calls/{call['id']}/invites", json={"username": nobody})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account")


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"guest": "  "},
        {"guest": "x", "username": "ines"},
        {"guest": "x", "role": "physician"},
        {"guest": "x", "minutes": 0},
        {"guest": "x", "minutes": 24 * 60 + 1},
        {"guest": "x" * 81},
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(home: Any, wire: Wire, order: dict[str, Any]) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    answer = await benali.post(f"/api/v1/calls/{call['id']}/invites", json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_guest_reaches_nothing_else_of_the_hub(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    guest = with_cookie(home, await guest_of(home, await invited(benali, call["id"])))
    walked = 0
    for route, operations in openapi_document()["paths"].items():
        path = route.replace("{call}", call["id"]).replace("{resident}", "jeanne").replace("{edge}", EDGE)
        for method in {each.upper() for each in operations}:
            if (method, route) in PUBLIC:
                continue
            answer = await guest.request(method, path.replace("{", "x").replace("}", ""), json={})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (method, route)
            walked += 1
    assert walked > 80
    for path in sockets() - {"/api/v1/calls/{call}/signal"}:
        async with signal(home, None, "", {"cookie": guest.headers["cookie"]}, path=path) as page:
            assert await closed(page) == NOT_SIGNED_IN


def sockets() -> set[str]:
    """Return the addresses of every WebSocket of the interface."""
    found = {
        route.path
        for included in _declare().routes
        for route in getattr(getattr(included, "original_router", None), "routes", ())
        if isinstance(route, APIWebSocketRoute)
    }
    assert found >= {"/api/v1/live", "/api/v1/calls/{call}/signal"}
    return found


async def test_who_may_be_asked_in_is_a_list(home: Any, wire: Wire) -> None:
    benali, claire = await home.signed_in("benali"), await home.signed_in("claire")
    call = await talking(home, benali)
    address = f"/api/v1/calls/{call['id']}/invitable"
    async with home.live(claire) as screen:
        await screen.recv()
        items = (await benali.get(address)).json()["items"]
    # Who is here comes first; neither who is in the call nor who works on devices is in it.
    assert items == [
        {"username": "claire", "name": "Claire", "role": "coordinator", "here": True},
        {"username": "ines", "name": "Ines", "role": "nurse", "here": False},
    ]
    await invited(benali, call["id"], username="claire")
    assert [one["username"] for one in (await benali.get(address)).json()["items"]] == ["ines"]
    # One asks while one is in the call; nobody else reads the list.
    ines = await home.signed_in("ines")
    assert (await ines.get(address)).status_code == 403
    outside = await benali.get("/api/v1/calls/none/invitable")
    assert (outside.status_code, outside.json()["code"]) == (404, "unknown_call")


async def test_a_guest_is_told_which_home_asks(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    invite = await invited(benali, call["id"])
    guest: httpx.AsyncClient = home.client()
    answer = await guest.post("/api/v1/guest", json={"token": token(invite)})
    assert answer.json()["home"] == home.services.live.ward.roll.home != ""
