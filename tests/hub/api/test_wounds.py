"""Wounds over HTTP: a photograph is kept without what it tells, measured from its points, and seen by who may."""

from __future__ import annotations

import io
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import select

from hub.photographs import MAX_BYTES
from hub.store.schema import AUDIT
from hub.store.schema_wounds import WOUND_PICTURES
from tests.hub.api.conftest import RESIDENT, Home
from tests.hub.photos import SCALE, SCALE_MM, SIZE, SQUARE, jpeg, picture, telling

HEEL = {"cause": "pressure", "region": "heel_left", "begun": "3 semaines"}
MEASURED = {"length_mm": 50.0, "width_mm": 37.5, "area_mm2": 1200.0}
POINTS = {"scale": SCALE, "scale_mm": SCALE_MM, "outline": SQUARE}


async def opened(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/residents/{RESIDENT}/wounds", json={**HEEL, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def shown(client: httpx.AsyncClient, wound: str, file: bytes, view: str = "close") -> httpx.Response:
    address = f"/api/v1/wounds/{wound}/pictures?view={view}"
    return await client.post(address, content=file, headers={"content-type": "image/jpeg"})


async def found(client: httpx.AsyncClient, wound: str, **said: Any) -> httpx.Response:
    return await client.post(f"/api/v1/wounds/{wound}/findings", json=said)


async def test_a_photograph_is_kept_measured_and_seen(home: Home) -> None:
    nurse, physician = await home.signed_in("ines"), await home.signed_in("benali")
    wound = await opened(nurse)
    answer = await shown(nurse, wound["id"], jpeg(exif=telling()))
    assert answer.status_code == 201, answer.text
    [kept] = answer.json()["pictures"]
    assert (kept["view"], kept["width"], kept["height"]) == ("close", *SIZE)
    # The same file once more, from a finger that was too fast, is the same picture.
    again = await shown(nurse, wound["id"], jpeg(exif=telling()))
    assert [one["id"] for one in again.json()["pictures"]] == [kept["id"]]

    answer = await found(
        nurse, wound["id"], picture=kept["id"], points=POINTS, shown=MEASURED, stage="3", pain=4
    )
    assert answer.status_code == 201, answer.text
    [noted] = answer.json()["findings"]
    assert {name: round(noted[name], 6) for name in MEASURED} == MEASURED
    assert (noted["points"]["outline"], noted["pain"]) == ([list(one) for one in SQUARE], 4)

    listed = (await physician.get(f"/api/v1/residents/{RESIDENT}/wounds")).json()
    assert (listed["resident"], listed["items"][0]["findings"]) == (RESIDENT, [noted])
    seen = await physician.get(f"/api/v1/wounds/{wound['id']}/pictures/{kept['id']}")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(seen.content)) as image:
        assert (image.size, dict(image.getexif()), image.info.get("exif")) == (SIZE, {}, None)
    assert b"Telephone of Ines" not in seen.content


async def test_who_copies_the_database_sees_no_picture_and_who_looked_is_written_down(home: Home) -> None:
    nurse = await home.signed_in("ines")
    wound = await opened(nurse)
    [kept] = (await shown(nurse, wound["id"], jpeg())).json()["pictures"]
    seen = (await nurse.get(f"/api/v1/wounds/{wound['id']}/pictures/{kept['id']}")).content
    await nurse.get(f"/api/v1/residents/{RESIDENT}/wounds")
    with home.services.database.read() as connection:
        [box] = connection.execute(select(WOUND_PICTURES.c.image)).scalars()
        told = connection.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.object)).all()
    assert seen.startswith(b"\xff\xd8")
    assert b"\xff\xd8\xff" not in box
    assert seen[100:160] not in box
    assert [
        (action, subject) for actor, action, subject in told if actor == "ines" and "wound" in action
    ] == [
        ("wound_opened", RESIDENT),
        ("wound_picture_kept", RESIDENT),
        ("wound_picture_seen", RESIDENT),
        ("wounds_read", RESIDENT),
    ]


REFUSED = [
    (b"no picture", "picture_unreadable", 422),
    (jpeg()[:20_000], "picture_unreadable", 422),
    (jpeg(picture((1270, 1200))), "picture_too_small", 422),
    (jpeg(picture(light=0.2)), "picture_dark", 422),
    (jpeg(picture(light=1.6)), "picture_bright", 422),
    (jpeg(picture(blur=14)), "picture_blurred", 422),
    (b"\xff" * (MAX_BYTES + 1), "too_large", 413),
]


async def test_a_photograph_that_shows_nothing_is_refused_with_its_figures(home: Home) -> None:
    nurse = await home.signed_in("ines")
    wound = await opened(nurse)
    for file, code, status in REFUSED:
        answer = await shown(nurse, wound["id"], file)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        if code not in {"picture_unreadable", "too_large"}:
            assert answer.json()["params"]["expected"] > 0
    listed = (await nurse.get(f"/api/v1/residents/{RESIDENT}/wounds")).json()
    assert listed["items"][0]["pictures"] == []


async def test_figures_that_the_points_do_not_give_are_refused(home: Home) -> None:
    nurse = await home.signed_in("ines")
    wound = await opened(nurse)
    [kept] = (await shown(nurse, wound["id"], jpeg())).json()["pictures"]
    outside = {**POINTS, "outline": [[0, 0], [5000, 0], [5000, 900]]}
    twisted = {**POINTS, "outline": [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"points": POINTS, "shown": {**MEASURED, "area_mm2": 1300.0}}, "figures_differ"),
        ({"points": outside, "shown": MEASURED}, "bad_outline"),
        ({"points": twisted, "shown": MEASURED}, "bad_outline"),
        ({"points": POINTS}, "bad_finding"),
        ({}, "bad_finding"),
    ]
    for said, code in cases:
        answer = await found(nurse, wound["id"], picture=kept["id"], **said)
        assert answer.json()["code"] == code, answer.text
    answer = await found(nurse, wound["id"], points=POINTS, shown=MEASURED)
    assert answer.json()["code"] == "bad_finding"
    parts = {"necrosis": 50, "fibrin": 20, "granulation": 20, "epithelium": 5}
    answer = await found(nurse, wound["id"], tissue=parts)
    assert (answer.status_code, answer.json()["params"]["where"]) == (422, "body.tissue")
    listed = (await nurse.get(f"/api/v1/residents/{RESIDENT}/wounds")).json()
    assert listed["items"][0]["findings"] == []


async def test_a_stage_never_goes_down_and_a_mistake_is_withdrawn(home: Home) -> None:
    nurse = await home.signed_in("ines")
    wound = await opened(nurse)
    key = wound["id"]
    assert wound["stages"] == ["1", "2", "3", "4", "unstageable", "deep_tissue"]
    assert (await found(nurse, key, stage="2")).status_code == 201
    noted = (await found(nurse, key, stage="4", id="typo")).json()
    assert noted["stages"] == ["4"]
    answer = await found(nurse, key, stage="3", healing=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_stage")
    healing = (await found(nurse, key, stage="4", healing=True)).json()
    assert healing["findings"][-1]["healing"] is True
    withdrawn = await nurse.post(f"/api/v1/wounds/{key}/withdrawals/typo", json={"reason": "faute de frappe"})
    assert [one["reason"] for one in withdrawn.json()["withdrawn"]] == ["faute de frappe"]
    await nurse.post(
        f"/api/v1/wounds/{key}/withdrawals/{healing['findings'][-1]['id']}", json={"reason": "idem"}
    )
    assert (await found(nurse, key, stage="3")).status_code == 201

    other = await opened(nurse, cause="burn")
    assert other["stages"] == []
    assert (await found(nurse, other["id"], stage="2")).json()["code"] == "bad_stage"


async def test_a_picture_of_somebody_else_is_shown_no_more(home: Home) -> None:
    nurse = await home.signed_in("ines")
    key = (await opened(nurse))["id"]
    [kept] = (await shown(nurse, key, jpeg())).json()["pictures"]
    await found(nurse, key, picture=kept["id"], points=POINTS, shown=MEASURED)
    answer = await nurse.post(
        f"/api/v1/wounds/{key}/withdrawals/{kept['id']}", json={"reason": "autre résident"}
    )
    assert (answer.json()["pictures"], answer.json()["findings"]) == ([], [])
    assert sorted(one["what"] for one in answer.json()["withdrawn"]) == ["finding", "picture"]
    gone = await nurse.get(f"/api/v1/wounds/{key}/pictures/{kept['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_wound")
    # Whoever took it once more by mistake may keep it after all.
    again = (await shown(nurse, key, jpeg())).json()["pictures"]
    assert [one["id"] for one in again] != [kept["id"]]
    assert len(again) == 1


async def test_nothing_is_written_twice_and_nothing_after_the_end(home: Home) -> None:
    nurse = await home.signed_in("ines")
    assert (await opened(nurse, id="heel"))["id"] == (await opened(nurse, id="heel"))["id"]
    other = await nurse.post(
        f"/api/v1/residents/{RESIDENT}/wounds", json={**HEEL, "id": "heel", "cause": "burn"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "key_used")
    strange = await nurse.post(f"/api/v1/residents/{RESIDENT}/wounds", json={**HEEL, "region": "third_arm"})
    assert (strange.status_code, strange.json()["code"]) == (422, "bad_finding")
    assert len((await found(nurse, "heel", id="one", pain=0)).json()["findings"]) == 1
    assert len((await found(nurse, "heel", id="one", pain=0)).json()["findings"]) == 1
    assert (await found(nurse, "heel", id="one", pain=1)).json()["code"] == "key_used"
    for outcome, status in (("healed", 200), ("healed", 200), ("grafted", 409)):
        ended = await nurse.post("/api/v1/wounds/heel/end", json={"outcome": outcome})
        assert ended.status_code == status
    assert (await shown(nurse, "heel", jpeg())).json()["code"] == "wound_closed"
    assert (await found(nurse, "heel", pain=2)).json()["code"] == "wound_closed"


async def test_what_is_not_there_is_unknown(home: Home) -> None:
    nurse = await home.signed_in("ines")
    key = (await opened(nurse))["id"]
    for method, address, body in (
        ("POST", "/api/v1/residents/nobody/wounds", HEEL),
        ("POST", "/api/v1/wounds/none/end", {"outcome": "healed"}),
        ("POST", "/api/v1/wounds/none/findings", {"pain": 1}),
        ("POST", f"/api/v1/wounds/{key}/findings", {"picture": "none", "pain": 1}),
        ("POST", f"/api/v1/wounds/{key}/withdrawals/none", {"reason": "rien"}),
        ("GET", f"/api/v1/wounds/{key}/pictures/none", None),
        ("GET", "/api/v1/wounds/none/pictures/none", None),
    ):
        answer = await nurse.request(method, address, json=body)
        assert answer.status_code == 404, address
    assert (await shown(nurse, "none", jpeg())).status_code == 404
