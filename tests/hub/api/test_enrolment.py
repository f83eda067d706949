"""One-time codes over HTTP: once, in time, throttled, and every step written down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from devices.clock import SECOND, ManualClock
from devices.wire.enrolment import (
    Code,
    Confirmation,
    Credentials,
    Invitation,
    Redeemed,
    ask,
    confirmation,
    opened,
)
from devices.wire.seal import edge_secret
from hub.auth.throttle import FREE_OF_ADDRESS
from hub.enrolment import LIFETIME, MAX_OPEN, EnrolmentError, Enrolments, Reach
from hub.provisioning import Secrets
from hub.store import records
from hub.store.records import Room

MASTER = bytes(32)
NONCE = bytes(16)


def body(message: object) -> Any:
    return msgspec.to_builtins(message)


def audited(home: Any) -> list[str]:
    with home.services.database.read() as connection:
        return [e.action for e in records.audit_log(connection) if "enrol" in e.action]


async def offered(home: Any, **order: Any) -> tuple[Any, Invitation]:
    technician = await home.signed_in("tom")
    answer = await technician.post("/api/v1/enrolments", json=order)
    assert answer.status_code == 200, answer.text
    return technician, Invitation.parse(answer.json()["uri"])


async def test_a_code_gives_the_keys_of_one_room_and_is_used_up(home: Any) -> None:
    technician, invitation = await offered(home, room="14", replace=True)
    assert invitation.hub == home.url, "the address by which the technician reached the hub"
    name = invitation.code.name
    device = home.client()
    path = f"/api/v1/enrolments/{name}"
    redeemed = await device.post(f"{path}/redeem", json=body(ask(invitation.code, NONCE)))
    credentials = opened(invitation.code, NONCE, Redeemed(redeemed.json()["box"]))
    assert (credentials.edge, credentials.room) == ("room-14", "14")
    secret = bytes.fromhex(credentials.secret)
    assert secret == edge_secret(MASTER, "room-14", 2), (
        "the earlier keys of this device are worth nothing now"
    )
    assert (await technician.get(path)).json()["state"] == "used"
    wrong = await device.post(f"{path}/confirm", json=body(confirmation(bytes(32), name)))
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_code")
    said = await device.post(f"{path}/confirm", json=body(confirmation(secret, name)))
    assert said.json()["state"] == "confirmed"
    again = await device.post(f"{path}/redeem", json=body(ask(invitation.code, NONCE)))
    assert (again.status_code, again.json()["code"]) == (403, "wrong_code")
    assert invitation.code.secret not in again.text
    assert (await technician.delete(path)).json()["code"] == "enrolment_over"
    assert audited(home) == [
        "offer enrolment",
        "enrol edge",
        "use enrolment",
        "refuse enrolment",
        "confirm enrolment",
        "refuse enrolment",
    ]
    listed = (await technician.get("/api/v1/enrolments")).json()
    assert [(each["id"], each["state"], each["author"]) for each in listed] == [(name, "confirmed", "tom")]


async def test_a_room_is_known_and_its_device_not_replaced_by_accident(home: Any) -> None:
    technician = await home.signed_in("tom")
    taken = await technician.post("/api/v1/enrolments", json={"room": "12"})
    assert (taken.status_code, taken.json()["code"]) == (409, "room_has_edge")
    assert taken.json()["params"] == {"edge": "room-12"}
    unknown = await technician.post("/api/v1/enrolments", json={"room": "99"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_room")
    missing = await technician.get("/api/v1/enrolments/ZZZZ")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_enrolment")


async def test_guessing_is_slowed_down_and_written_down(home: Any) -> None:
    _, invitation = await offered(home, room="12", replace=True)
    device = home.client()
    wrong = body(ask(Code(invitation.code.name, "0" * 26), NONCE))
    path = f"/api/v1/enrolments/{invitation.code.name}/redeem"
    answers = [await device.post(path, json=wrong) for _ in range(FREE_OF_ADDRESS + 1)]
    assert {answer.json()["code"] for answer in answers[:-1]} == {"wrong_code"}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_attempts")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert audited(home).count("refuse enrolment") == FREE_OF_ADDRESS
    stranger = await home.client().post("/api/v1/enrolments/ZZZZ/redeem", json=wrong)
    assert stranger.status_code == 429


async def test_a_code_is_good_for_a_quarter_of_an_hour(home: Any) -> None:
    clock = ManualClock(home.now())
    reach = Reach("10.0.0.1", 8883, "PEM", "https://hub.local", "ab" * 32)
    desk = Enrolments(home.services.database, home.writer.change, Secrets(MASTER, "x"), clock, lambda: reach)

    def run() -> tuple[Credentials, str, str]:
        offer = desk.offer("12", "tom", "http://127.0.0.1", replace_edge=True)
        invitation = Invitation.parse(offer.uri)
        assert (invitation.hub, invitation.fingerprint) == (reach.url, reach.fingerprint)
        clock.advance(LIFETIME - SECOND)
        redeemed = desk.redeem(invitation.code.name, ask(invitation.code, NONCE), "10.0.0.9")
        late = Invitation.parse(desk.offer("12", "tom", "http://127.0.0.1", replace_edge=True).uri)
        clock.advance(LIFETIME)
        with pytest.raises(EnrolmentError) as expired:
            desk.redeem(late.code.name, ask(late.code, NONCE), "10.0.0.9")
        with pytest.raises(EnrolmentError) as unknown:
            desk.confirm("ZZZZ", Confirmation("00"), "10.0.0.9")
        return opened(invitation.code, NONCE, redeemed), expired.value.code, unknown.value.code

    credentials, expired, unknown = await asyncio.to_thread(run)
    assert (credentials.broker_host, credentials.broker_port, credentials.broker_ca) == (
        "10.0.0.1",
        8883,
        "PEM",
    )
    assert (expired, unknown) == ("wrong_code", "wrong_code")


async def test_codes_that_wait_are_few(home: Any) -> None:
    def work(connection: Any) -> None:
        for number in range(MAX_OPEN + 1):
            records.add_room(connection, Room(f"n{number}", f"ch. n{number}"))

    await asyncio.wrap_future(home.writer.change(work))
    desk = replace(home.services).fleet.enrolments

    def run() -> str:
        for number in range(MAX_OPEN):
            desk.offer(f"n{number}", "tom", "http://127.0.0.1", replace_edge=False)
        with pytest.raises(EnrolmentError) as refused:
            desk.offer(f"n{MAX_OPEN}", "tom", "http://127.0.0.1", replace_edge=False)
        return refused.value.code

    assert await asyncio.to_thread(run) == "too_many_codes"
