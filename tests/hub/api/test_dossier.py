"""Dossiers over HTTP: who writes what, nothing overwritten, every read written down."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hub.acts.directory import Entry
from hub.acts.dossier import WRITERS, Section
from hub.api.app import openapi_document
from hub.store import professionals, records

ADDRESS = "/api/v1/residents/jeanne/dossier"
NOTHING: dict[str, Any] = {}


async def put(
    client: httpx.AsyncClient, section: str, body: Any, version: int = 0, reason: str = ""
) -> httpx.Response:
    return await client.put(f"{ADDRESS}/{section}", json={"version": version, "reason": reason, "body": body})


def audited(home: Any) -> list[tuple[str, str, str]]:
    with home.services.database.read() as connection:
        log = records.audit_log(connection)
    return [(each.actor, each.action, each.object) for each in log if "dossier" in each.action]


async def test_a_dossier_is_empty_until_somebody_writes(home: Any) -> None:
    nurse = await home.signed_in("ines")
    found = (await nurse.get(ADDRESS)).json()
    assert (found["resident"], found["sections"], found["validation"]) == ("jeanne", {}, None)
    assert found["stale"] == "never_validated"
    assert {"section": "allergies", "field": "known"} in found["lacks"]
    assert found["may_write"] == ["usual", "persons", "consents"]
    assert not found["may_validate"]


async def test_what_is_written_comes_back_with_who_wrote_it(home: Any) -> None:
    nurse = await home.signed_in("ines")
    answer = await put(nurse, "usual", {"gir": 3, "weight": 54.5, "weighed": "2026-01-02"})
    assert answer.status_code == 200, answer.text
    usual = (await nurse.get(ADDRESS)).json()["sections"]["usual"]
    assert (usual["version"], usual["author"], usual["reason"]) == (
        1,
        {"username": "ines", "name": "Ines"},
        "",
    )
    assert (usual["body"]["gir"], usual["body"]["weighed"], usual["body"]["spo2"]) == (3, "2026-01-02", None)


async def test_a_correction_is_a_version_with_a_reason(home: Any) -> None:
    nurse = await home.signed_in("ines")
    await put(nurse, "usual", {"gir": 3})
    refused = await put(nurse, "usual", {"gir": 2}, 1, "  ")
    assert (refused.status_code, refused.json()["params"]["where"]) == (422, "body.reason")
    done = await put(nurse, "usual", {"gir": 2}, 1, "réévalué")
    assert done.json()["sections"]["usual"]["version"] == 2
    versions = (await nurse.get(f"{ADDRESS}/usual/versions")).json()
    assert [(each["version"], each["body"]["gir"], each["reason"]) for each in versions] == [
        (2, 2, "réévalué"),
        (1, 3, ""),
    ]
    assert (await nurse.get(f"{ADDRESS}/allergies/versions")).json() == []


async def test_nobody_writes_over_what_they_have_not_seen(home: Any) -> None:
    nurse, claire = await home.signed_in("ines"), await home.signed_in("claire")
    await put(nurse, "usual", {"gir": 3})
    answer = await put(claire, "usual", {"gir": 1})
    assert (answer.status_code, answer.json()["code"], answer.json()["params"]) == (
        409,
        "changed_meanwhile",
        {"version": 1},
    )
    assert (await put(claire, "usual", {"gir": 3}, 1, "x")).json()["code"] == "no_change"
    assert (await nurse.get(ADDRESS)).json()["sections"]["usual"]["body"]["gir"] == 3


async def test_the_same_request_again_is_answered_like_the_first(home: Any) -> None:
    nurse = await home.signed_in("ines")
    first, again = await put(nurse, "usual", {"gir": 3}), await put(nurse, "usual", {"gir": 3})
    assert (again.status_code, again.json()["sections"]) == (200, first.json()["sections"])


@pytest.mark.parametrize(
    ("username", "role"), [("ines", "nurse"), ("benali", "physician"), ("claire", "coordinator")]
)
async def test_each_section_is_written_by_its_roles_alone(home: Any, username: str, role: str) -> None:
    client = await home.signed_in(username)
    for section in Section:
        answer = await put(client, section.value, NOTHING)
        assert answer.status_code == (200 if role in WRITERS[section] else 403), section


async def test_a_technician_reads_no_dossier(home: Any) -> None:
    technician = await home.signed_in("tom")
    assert (await technician.get(ADDRESS)).json()["code"] == "forbidden"
    assert (await put(technician, "usual", NOTHING)).status_code == 403
    assert (await technician.get("/api/v1/professionals?q=ben")).status_code == 403


async def test_what_cannot_be_so_is_refused_field_by_field(home: Any) -> None:
    claire = await home.signed_in("claire")
    body = {"items": [{"bond": "treating", "family_name": "", "rpps": "12345678901", "phone": "1"}]}
    answer = await put(claire, "physicians", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_section")
    assert answer.json()["params"] == {
        "section": "physicians",
        "field": "items[0].family_name",
        "fault": "missing",
        "faults": "items[0].family_name:missing items[0].rpps:rpps_key items[0].phone:phone",
    }
    wrong = await put(claire, "physicians", {"items": [{"bond": "uncle", "family_name": "x"}]})
    assert wrong.json()["params"]["faults"] == "items[0].bond:form"
    assert (await put(claire, "nothing", NOTHING)).json()["code"] == "invalid_request"


async def test_number_and_traits_that_differ_are_told(home: Any) -> None:
    claire = await home.signed_in("claire")
    body = {"matricule": "2 84 05 88 321 025 32", "sex": "M", "birth_date": "1984-05-12"}
    answer = await put(claire, "identity", body)
    assert answer.json()["doubts"] == [{"field": "sex", "code": "differs_from_matricule"}]


async def test_a_physician_says_that_the_whole_is_right(home: Any) -> None:
    nurse, benali = await home.signed_in("ines"), await home.signed_in("benali")
    await put(nurse, "usual", {"gir": 3})
    assert (await nurse.post(f"{ADDRESS}/validation", json={"versions": {"usual": 1}})).status_code == 403
    old = await benali.post(f"{ADDRESS}/validation", json={"versions": {"usual": 2}})
    assert (old.status_code, old.json()["code"]) == (409, "changed_meanwhile")
    done = (await benali.post(f"{ADDRESS}/validation", json={"versions": {"usual": 1}})).json()
    assert (done["stale"], done["validation"]["author"]["username"], done["changed"]) == (None, "benali", [])
    later = (await put(nurse, "usual", {"gir": 2}, 1, "réévalué")).json()
    assert (later["stale"], later["changed"]) == ("changed_since", ["usual"])


async def test_every_read_is_written_down(home: Any) -> None:
    nurse = await home.signed_in("ines")
    await nurse.get(ADDRESS)
    await put(nurse, "usual", NOTHING)
    await nurse.get(f"{ADDRESS}/usual/versions")
    assert audited(home) == [
        ("ines", "read_dossier", "jeanne"),
        ("ines", "write_dossier", "jeanne/usual"),
        ("ines", "read_dossier_versions", "jeanne/usual"),
    ]


async def test_nobody_has_no_dossier(home: Any) -> None:
    claire, benali = await home.signed_in("claire"), await home.signed_in("benali")
    for answer in (
        await claire.get("/api/v1/residents/nobody/dossier"),
        await claire.get("/api/v1/residents/nobody/dossier/usual/versions"),
        await claire.put("/api/v1/residents/nobody/dossier/usual", json={"version": 0, "body": {}}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_resident")
    answer = await benali.post("/api/v1/residents/nobody/dossier/validation", json={"versions": {}})
    assert answer.status_code in {403, 404}
    assert audited(home) == []


async def test_professionals_of_the_directory_are_found(home: Any) -> None:
    nurse = await home.signed_in("ines")
    with home.services.database.write() as connection:
        entry = Entry("10002909371", "BENALI", "Samir", "Médecin", "Gériatrie", "Dijon", "sb@a.mssante.fr")
        professionals.save(connection, [entry], 1)
    [found] = (await nurse.get("/api/v1/professionals", params={"q": "bénali s"})).json()
    assert (found["rpps"], found["specialty"], found["addresses"]) == (
        "10002909371",
        "Gériatrie",
        ["sb@a.mssante.fr"],
    )
    assert (await nurse.get("/api/v1/professionals?q=b")).status_code == 422
    assert (await nurse.get("/api/v1/professionals?q=roy")).json() == []


def test_the_document_tells_what_each_section_holds() -> None:
    schemas = openapi_document()["components"]["schemas"]
    assert set(schemas["DossierUsual"]["required"]) == schemas["DossierUsual"]["properties"].keys()
    assert schemas["DossierPersons"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/DossierPerson"
    }
