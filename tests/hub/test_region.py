"""Two homes with three months behind them: each hub tells its own figures, and both together are those of the pilot."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from argon2 import PasswordHasher

from devices.clock import SECOND, ManualClock
from devices.errors import ConfigError
from hub import provisioning
from hub.activity_cli import add_files
from hub.acts.activity_file import read
from hub.api.app import create_api
from hub.api.metrics import ApiMetrics
from hub.api.services import PaperDesk, Services
from hub.auth.passwords import Passwords
from hub.auth.sessions import Sessions
from hub.config import HubConfig, TimeseriesSettings, load
from hub.demo import home as demo_home
from hub.demo.region import Made, prepare, read_region, write_config
from hub.health import Health
from hub.live import Live
from hub.metrics import Metrics
from hub.paperwork import Paperwork
from hub.store import records
from hub.store.accounts import Accounts
from hub.stores import open_timeseries

NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()) * SECOND
MONTHS = ["2026-08", "2026-09", "2026-10"]


@dataclass
class Hub:
    """One home's interface over its real store, and a director who is signed in."""

    made: Made
    services: Services
    client: httpx.AsyncClient

    async def figure(self, area: str, figure: str) -> dict[str, Any]:
        answer = await self.client.get("/api/v1/activity")
        assert answer.status_code == 200, answer.text
        found = [row for row in answer.json()["figures"] if (row["area"], row["figure"]) == (area, figure)]
        return dict(found[0])

    async def get(self, path: str) -> httpx.Response:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make both homes once; with fewer alarms, which are the most of the work."""
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    patch = pytest.MonkeyPatch()
    patch.setattr(demo_home, "Passwords", lambda: quick)
    region = read_region()
    homes = tuple(msgspec.structs.replace(home, alarms=0.05) for home in region.home)
    made = tmp_path_factory.mktemp("region")
    prepare(made, msgspec.structs.replace(region, home=homes), NOW)
    patch.undo()
    return made


def compose(made: Made, config: HubConfig) -> Services:
    clock = ManualClock(NOW)
    database = provisioning.open_database(provisioning.DataDirectory(made.folder / "hub"))
    accounts, metrics = Accounts(database), ApiMetrics(Metrics().registry)
    live = Live(clock, fell_behind=metrics.resynchronised.inc)
    series = open_timeseries(TimeseriesSettings(), database)
    return Services(
        clock,
        database,
        series,
        live,
        lambda *_: pytest.fail("nobody answers an alarm here"),
        accounts,
        Sessions(accounts, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))),
        Health(),
        metrics,
        billing=config.billing,
        papers=PaperDesk(Paperwork(database, series, live.ward, accounts, clock, config.papers)),
    )


@pytest.fixture
async def hubs(folder: Path) -> AsyncIterator[list[Hub]]:
    found = []
    for made in prepare(folder, read_region(), NOW):
        services = compose(made, load(write_config(made.folder, 8080, 1883)))
        transport = httpx.ASGITransport(create_api(services, pages=False))
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60)
        [password] = [a.password for a in demo_home.read_accounts(made.folder) if a.username == "cadre"]
        answer = await client.post("/api/v1/session", json={"username": "cadre", "password": password})
        assert answer.status_code == 200, answer.text
        found.append(Hub(made, services, client))
    yield found
    for hub in found:
        await hub.client.aclose()
        hub.services.timeseries.close()
        hub.services.database.close()


async def test_both_homes_held_66_consultations_for_32_residents(hubs: list[Hub]) -> None:
    held = [(await hub.figure("consultation", "held"))["total"]["value"] for hub in hubs]
    seen = [(await hub.figure("consultation", "residents"))["total"]["value"] for hub in hubs]
    assert (held, sum(held)) == ([39, 27], 66)
    assert (seen, sum(seen)) == ([19, 13], 32)
    # One home's page adds the other's file.
    first, second = hubs
    file = (await second.get("/api/v1/activity/file")).text
    answer = await first.client.post("/api/v1/activity/region", json={"files": [file]})
    assert answer.status_code == 200, answer.text
    region = answer.json()
    totals = {(row["area"], row["figure"]): row["total"] for row in region["figures"]}
    assert (region["homes"], region["months"]) == (["Les Tilleuls", "Les Glycines"], MONTHS)
    assert totals["consultation", "held"] == {"value": 66, "at_least": False}
    assert totals["consultation", "residents"] == {"value": 32, "at_least": False}


async def test_what_leaves_names_nobody_and_is_written_down(hubs: list[Hub]) -> None:
    hub = hubs[0]
    text = (await hub.get("/api/v1/activity/file")).text
    with hub.services.database.read() as connection:
        people = records.residents(connection).values()
        log = [(entry.actor, entry.action) for entry in records.audit_log(connection)]
    assert ("cadre", "activity_left") in log
    assert not [person.family_name for person in people if f";{person.family_name}" in text]
    left, inside = read(text), await hub.figure("consultation", "emergency")
    assert inside["total"] == {"value": 1, "hidden": False}
    row = left.row("consultation", "emergency")
    assert row is not None
    assert not isinstance(row.total, int)


async def test_two_pages_of_one_home_and_of_both(hubs: list[Hub]) -> None:
    first, second = hubs
    made = (await first.get("/api/v1/activity/pdf")).content
    file = (await second.get("/api/v1/activity/file")).text
    answer = await first.client.post("/api/v1/activity/region/pdf", json={"files": [file]})
    assert answer.status_code == 200, answer.text
    assert made.startswith(b"%PDF-1.4")
    assert answer.content.startswith(b"%PDF-1.4")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["x"], "line 1: is no file of activity"),
        ([""], "line 1"),
        (["own"], "Les Tilleuls comes twice"),
        (["other"], "tells of"),
    ],
)
async def test_files_that_cannot_be_added(hubs: list[Hub], files: list[str], said: str) -> None:
    own = (await hubs[0].get("/api/v1/activity/file")).text
    other = (await hubs[1].get("/api/v1/activity/file?from=2026-09&to=2026-10")).text
    given = [{"own": own, "other": other}.get(file, file) for file in files]
    answer = await hubs[0].client.post("/api/v1/activity/region", json={"files": given})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_file")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["from=2026-10&to=2026-09", "from=2026-12&to=2026-12", "from=2020-01&to=2026-10", "to=x"]
)
async def test_months_that_cannot_be(hubs: list[Hub], query: str) -> None:
    for path in ("activity", "billing"):
        answer = await hubs[0].client.get(f"/api/v1/{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_month_that_is_not_over_is_told_until_now(hubs: list[Hub]) -> None:
    answer = (await hubs[0].get("/api/v1/activity?from=2026-10&to=2026-12")).json()
    assert answer["months"] == ["2026-10", "2026-11"]


async def test_lines_are_proposed_for_what_was_taken_in_charge(hubs: list[Hub]) -> None:
    bill = (await hubs[0].get("/api/v1/billing")).json()
    codes = [line["code"] for line in bill["lines"]]
    charged = (await hubs[0].figure("consultation", "in_charge"))["total"]["value"]
    assert codes.count("TCG") == charged == 32
    assert codes.count("TE2") == 11
    assert set(codes) == {"TCG", "TE2"}
    reasons = {(row["kind"], row["why"]): row["count"] for row in bill["refusals"]}
    assert reasons["consultation", "reoriented"] == 6
    assert reasons["consultation", "emergency"] == 1
    # The nurse is the home's own: neither beside the resident nor as who asks.
    assert reasons["consultation", "salaried"] == 32
    assert reasons["expertise", "salaried"] == 11
    assert bill["cents"] == 32 * 2500 + 11 * 2300
    told = (await hubs[0].get("/api/v1/billing/sums")).json()
    counted = [(row["code"], row["cents"], row["count"], row["total"], row["sure"]) for row in told["sums"]]
    assert sorted(counted) == [
        ("TCG", 2500, 32, 80_000, "secondary"),
        ("TE2", 2300, 11, 25_300, "secondary"),
    ]
    assert (told["cents"], told["refusals"]) == (bill["cents"], bill["refusals"])
    assert (told["lines"], told["unpriced"]) == (43, 0)
    [year] = told["years"]
    assert (year["code"], year["year"], year["maximum"], year["lines"]) == ("TE2", 2026, 4, 11)
    names = {line["resident_name"] for line in bill["lines"]}
    assert names
    assert not any(name in str(told) for name in names)
    text = (await hubs[0].get("/api/v1/billing/file")).text
    assert text.count("TCG") == 32
    assert "rien n'est transmis" in text


async def test_an_agency_adds_files_up(hubs: list[Hub], tmp_path: Path) -> None:
    files = []
    for hub in hubs:
        files.append(tmp_path / f"{hub.made.folder.name}.csv")
        files[-1].write_bytes((await hub.get("/api/v1/activity/file")).content)
    lines = await asyncio.to_thread(lambda: list(add_files(files, tmp_path / "region.pdf", NOW)))
    assert "Téléconsultations : 66 ; résidents : 32" in lines
    assert (tmp_path / "region.pdf").read_bytes().startswith(b"%PDF-1.4")
    with pytest.raises(ConfigError, match=r"none\.csv"):
        list(add_files([tmp_path / "none.csv"], tmp_path / "region.pdf", NOW))
    with pytest.raises(ConfigError, match="comes twice"):
        list(add_files([files[0], files[0]], tmp_path / "region.pdf", NOW))


def test_a_home_that_was_cut_off_is_made_anew_and_another_stays(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "glycines", tmp_path / "glycines")
    kept = (tmp_path / "glycines" / "hub" / "hub.db").stat().st_ino
    (tmp_path / "tilleuls").mkdir()
    (tmp_path / "tilleuls" / "half").touch()
    region = read_region()
    small = msgspec.structs.replace(
        region.home[0], residents=6, consultations=(2, 2), reoriented=(), emergencies=0
    )
    none = dict.fromkeys(("declined", "cancelled", "missed", "expertises", "unanswered", "assistances"), 0)
    none |= dict.fromkeys(("stayed", "transferred", "surveillances"), 0)
    small = msgspec.structs.replace(small, alarms=0.0, **none)
    prepare(tmp_path, msgspec.structs.replace(region, home=(small, region.home[1])), NOW)
    assert not (tmp_path / "tilleuls" / "half").exists()
    assert (tmp_path / "tilleuls" / "accounts.json").exists()
    assert (tmp_path / "glycines" / "hub" / "hub.db").stat().st_ino == kept
