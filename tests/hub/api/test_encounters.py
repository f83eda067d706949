"""What is kept of a call: people, incidents, pictures; read by carers alone, and pictures not without a trace."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from devices.wire.messages import Signal, SignalKind
from hub.api.encounters import MAX_SNAPSHOTS
from hub.api.guard import MAX_PICTURE
from hub.consult.jpeg import bare
from hub.store import records, snapshots
from hub.store.schema_consult import CALL_SNAPSHOTS
from tests.hub.api.calls_wire import EDGE, RESIDENT, Wire, signal, talking, until_state
from tests.hub.consult.pictures import jpeg

JPEG = {"content-type": "image/jpeg"}


def address(call: dict[str, Any]) -> str:
    return f"/api/v1/calls/{call['id']}/snapshots?source=hand&note=plaie"


async def kept(client: httpx.AsyncClient, call: dict[str, Any], image: bytes) -> httpx.Response:
    return await client.post(address(call), content=image, headers=JPEG)


async def test_a_picture_is_kept_and_read_and_both_are_written_down(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await talking(home, benali)
    image = jpeg(640, 480, size=300_000)
    answer = await kept(benali, call, image)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["source"], made["note"], made["width"], made["height"], made["author_name"]) == (
        "hand",
        "plaie",
        640,
        480,
        "Benali",
    )
    seen = await ines.get(f"/api/v1/calls/{call['id']}/snapshots/{made['id']}")
    assert seen.content == bare(image)
    assert seen.headers["content-type"] == "image/jpeg"
    assert seen.headers["cache-control"] == "no-store"
    encounter = (await ines.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert encounter["snapshots"] == [made]
    with home.services.database.read() as connection:
        log = [(each.actor, each.action, each.object) for each in records.audit_log(connection)]
    assert log[-2:] == [("benali", "snapshot_kept", call["id"]), ("ines", "snapshot_seen", call["id"])]


async def test_a_picture_lies_encrypted_and_opens_nowhere_else(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    image = jpeg(640, 480, size=3_000)
    one, other = [(await kept(benali, call, image)).json()["id"] for _ in range(2)]
    database = home.services.database
    with database.write() as connection:
        boxes = [snapshots.box(connection, call["id"], each) for each in (one, other)]
        assert all(box is not None and bare(image)[:64] not in box for box in boxes)
        moved = update(CALL_SNAPSHOTS).where(CALL_SNAPSHOTS.c.id == one).values(image=boxes[1])
        connection.execute(moved)
    refused = await benali.get(f"/api/v1/calls/{call['id']}/snapshots/{one}")
    assert (refused.status_code, refused.json()["code"]) == (503, "picture_sealed")
    assert (await benali.get(f"/api/v1/calls/{call['id']}/snapshots/{other}")).content == bare(image)


async def test_what_was_kept_before_pictures_were_encrypted_is_encrypted_at_the_start(
    home: Any, wire: Wire
) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    image = bare(jpeg(640, 480, size=3_000))
    made = (await kept(benali, call, image)).json()["id"]
    database, pictures = home.services.database, home.services.pictures
    with database.write() as connection:
        connection.execute(update(CALL_SNAPSHOTS).values(image=image, sealed=False))
    for _ in range(2):
        pictures.seal_plain(database)
    with database.read() as connection:
        box = snapshots.box(connection, call["id"], made)
    assert box is not None
    assert image[:64] not in box
    assert (await benali.get(f"/api/v1/calls/{call['id']}/snapshots/{made}")).content == image


async def test_what_is_no_picture_is_not_kept(home: Any, wire: Wire) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    assert (await kept(benali, call, b"<html>")).json()["code"] == "invalid_request"
    other = await benali.post(address(call), content=jpeg(8, 8), headers={"content-type": "image/png"})
    assert (other.status_code, other.json()["code"]) == (415, "not_jpeg")
    large = await kept(benali, call, jpeg(8, 8, size=MAX_PICTURE + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    whole = await kept(benali, call, jpeg(8, 8, size=MAX_PICTURE))
    assert whole.status_code == 201
    elsewhere = await benali.post("/api/v1/alerts/x", content=b"x" * 100_000)
    assert elsewhere.json()["code"] == "too_large"


async def test_who_is_not_in_the_call_keeps_no_picture_of_it(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await talking(home, benali)
    await ines.post(f"/api/v1/calls/{call['id']}/participants")
    refused = await kept(ines, call, jpeg(8, 8))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_call")
    missing = await benali.get(f"/api/v1/calls/{call['id']}/snapshots/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_snapshot")
    made = (await kept(benali, call, jpeg(8, 8))).json()
    elsewhere = await benali.get(f"/api/v1/calls/call-other/snapshots/{made['id']}")
    assert elsewhere.status_code == 404
    await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    late = await kept(benali, call, jpeg(8, 8))
    assert (late.status_code, late.json()["code"]) == (409, "call_over")


async def test_a_call_keeps_so_many_pictures(home: Any, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    benali = await home.signed_in("benali")
    call = await talking(home, benali)
    monkeypatch.setattr("hub.api.encounters.MAX_SNAPSHOTS", 2)
    codes = [(await kept(benali, call, jpeg(8, 8))).status_code for _ in range(3)]
    assert codes == [201, 201, 409]
    assert MAX_SNAPSHOTS > 2


async def test_a_call_is_kept_with_who_was_there_and_what_went_wrong(home: Any, wire: Wire) -> None:
    benali, ines = await home.signed_in("benali"), await home.signed_in("ines")
    call = await talking(home, benali, reason="fièvre")
    await ines.post(f"/api/v1/calls/{call['id']}/participants")
    calls = home.services.calls
    async with signal(home, ines, call["id"]) as page:
        await until_state(page, "p2", "announced")
        for kind in (SignalKind.OFFER, SignalKind.CONNECTED, SignalKind.LOST):
            calls.from_room(EDGE, Signal(call["id"], 1, kind, 0, sdp="v=0", peer="p2"))
        await until_state(page, "p2", "reconnecting")
        await benali.post(f"/api/v1/calls/{call['id']}/hangup")
    found = (await ines.get(f"/api/v1/calls/{call['id']}/encounter")).json()
    assert found["reason"] == "fièvre"
    assert found["start"] <= found["answered"] <= found["end"]
    people = [(one["seat"], one["name"], one["role"], one["reason"]) for one in found["participants"]]
    assert people == [("p1", "Benali", "physician", "call_over"), ("p2", "Ines", "nurse", "call_over")]
    assert all(one["joined"] <= one["left"] for one in found["participants"])
    lost = [one for one in found["incidents"] if one["cause"] == "connection_lost"]
    assert [(one["seat"], one["ended"]) for one in lost] == [("p2", None)]
    assert (found["alert"], found["evidence"], found["recorded"]) == (None, None, False)
    past = (await ines.get(f"/api/v1/residents/{RESIDENT}/calls")).json()["items"]
    assert [(each["id"], each["caller_name"], each["state"]) for each in past] == [
        (call["id"], "Benali", "ended")
    ]
    assert len(past[0]["participants"]) == 2
    unknown = await ines.get("/api/v1/calls/call-none/encounter")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_call")
