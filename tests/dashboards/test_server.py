"""What the hub's pages are served with: headers, caching, and nothing outside their folder."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dashboards import server

SECRET = "not a page"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built folder in small, with something beside it that nobody may read."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "icons").mkdir()
    for name in {*server.PAGES.values(), server.ROOM_PAGE}:
        (folder / name).write_text(f"<!doctype html><title>{name}</title>")
    (folder / "assets" / "ward-abc123.js").write_text("export {};")
    (folder / "icons" / "veilleuse.svg").write_text("<svg/>")
    (folder / "sw.js").write_text("0;")
    (folder / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret.txt").write_text(SECRET)
    return folder


@pytest.fixture
def client(static: Path) -> httpx.AsyncClient:
    app = FastAPI()

    @app.get("/api/v1/home")
    async def home() -> dict[str, str]:
        return {"name": "Les Tilleuls"}

    server.mount(app, static)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://home")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/", "login.html"),
        ("/connexion", "login.html"),
        ("/service", "ward.html"),
        ("/service/resident/r-7", "ward.html"),
        ("/medecin", "physician.html"),
        ("/medecin/resident/r-7", "physician.html"),
    ],
)
async def test_an_address_shows_its_page(client: httpx.AsyncClient, address: str, page: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert page in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_page_is_asked_for_again_each_time(client: httpx.AsyncClient) -> None:
    first = await client.get("/service")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["etag"]


async def test_a_page_carries_every_security_header(client: httpx.AsyncClient) -> None:
    answer = await client.get("/service")
    for name, value in server.SECURITY_HEADERS.items():
        assert answer.headers[name] == value


def test_the_policy_allows_nothing_inline_and_no_other_host() -> None:
    rules = dict(rule.split(" ", 1) for rule in server.CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "font-src"):
        assert rules[name] == "'self'"
    assert "unsafe" not in server.CONTENT_SECURITY_POLICY
    assert "http" not in server.CONTENT_SECURITY_POLICY
    assert "*" not in server.CONTENT_SECURITY_POLICY


async def test_a_hashed_file_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/ward-abc123.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["/sw.js", "/manifest.webmanifest", "/icons/veilleuse.svg"])
async def test_what_keeps_its_name_is_asked_for_again(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_service_worker_is_a_script(client: httpx.AsyncClient) -> None:
    answer = await client.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "address",
    [
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/....//....//secret.txt",
        "/icons/..%5c..%5csecret.txt",
        "/assets//etc/passwd",
        "/assets/%00",
        "/secret.txt",
    ],
)
async def test_nothing_outside_is_served(client: httpx.AsyncClient, address: str) -> None:
    # A raw path, because the client would tidy the dots away before they are sent.
    request = client.build_request("GET", "http://home/")
    request.url = request.url.copy_with(raw_path=address.encode())
    answer = await client.send(request)
    assert answer.status_code in {400, 404}
    assert SECRET not in answer.text


async def test_a_link_out_of_the_folder_is_not_followed(client: httpx.AsyncClient, static: Path) -> None:
    (static / "assets" / "link.txt").symlink_to(static.parent / "secret.txt")
    answer = await client.get("/assets/link.txt")
    assert answer.status_code == 404


async def test_the_hub_never_serves_the_rooms_own_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/room.html")).status_code == 404


async def test_other_addresses_stay_the_hubs(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/home")).json() == {"name": "Les Tilleuls"}
    assert (await client.get("/api/v1/nothing")).status_code == 404
    assert (await client.post("/service")).status_code == 405


@pytest.mark.parametrize("name", ["ward.html", "sw.js", "manifest.webmanifest"])
def test_a_missing_page_is_named(static: Path, name: str) -> None:
    (static / name).unlink()
    with pytest.raises(
        server.DashboardsMissingError, match=rf"'{name}' is not built: run `make setup`"
    ) as raised:
        server.mount(FastAPI(), static)
    assert raised.value.missing == static / name


def test_the_room_gets_the_folder_of_its_page(static: Path) -> None:
    assert server.room_files(static) == static
    (static / server.ROOM_PAGE).unlink()
    with pytest.raises(server.DashboardsMissingError, match=r"room\.html"):
        server.room_files(static)
